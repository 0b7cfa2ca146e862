//! `PATCH /api/me`

use super::MeView;
use crate::{
    accounts::{Accounts, users::NAME_MAX},
    analytics::summaries::Summaries,
    routes::WRITES,
};
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

/// Changes the caller's account. `If-Match` with the account's version makes sure that no other
/// change came between.
#[derive(JsonSchema)]
pub struct UpdateMe;

/// The fields to change.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChanges {
    /// The person's name: one line, with at least one visible character.
    #[serde(deserialize_with = "nfc")]
    #[garde(length(chars, min = 1, max = NAME_MAX), custom(name_text))]
    #[schemars(example = "Ada Lovelace")]
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
