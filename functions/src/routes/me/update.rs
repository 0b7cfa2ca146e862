//! `PATCH /api/me`

use super::MeView;
use crate::{accounts::Accounts, analytics::summaries::Summaries, routes::WRITES};
use garde::Validate;
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{
    context::Cx,
    edge::Private,
    lambda::{Conditions, Json, Problem, Route, Spec, name_text, nfc},
    session::SignedIn,
};

/// Changes the caller's account.
#[derive(JsonSchema)]
pub struct UpdateMe;

/// What is to be changed.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChanges {
    /// What the person is called: one line, in which something can be seen.
    #[serde(deserialize_with = "nfc")]
    #[garde(length(chars, min = 1, max = 100), custom(name_text))]
    name: String,
}

impl Route for UpdateMe {
    const SPEC: Spec = Spec { name: "me-update", method: Method::PATCH, path: "/api/me", shared: None, limits: WRITES };
    type State = (Accounts, Summaries);
    type Who = SignedIn;
    type Input = (Json<AccountChanges>, Conditions);
    type Reply = Private<MeView>;

    async fn handle(
        (accounts, summaries): &Self::State,
        cx: &Cx,
        who: SignedIn,
        (Json(changes), Conditions(expected)): Self::Input,
    ) -> Result<Private<MeView>, Problem> {
        let account = accounts.change(cx, &who, &expected, |user| user.name.clone_from(&changes.name)).await?;
        let account = account.ok_or_else(Problem::unauthenticated)?;
        Ok(Private(MeView::of(cx, account, summaries).await))
    }
}
