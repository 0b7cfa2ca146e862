//! `GET /api/me`

use super::MeView;
use crate::{accounts::Accounts, analytics::summaries::Summaries, routes::READS};
use http::Method;
use schemars::JsonSchema;
use shared::{
    context::Cx,
    edge::Private,
    lambda::{Problem, Route, Spec},
    session::SignedIn,
};

/// Returns the caller's account. It has the number and the sum of the caller's orders, which may be
/// a few seconds old.
#[derive(JsonSchema)]
pub struct GetMe;

impl Route for GetMe {
    const SPEC: Spec = Spec { name: "me-get", method: Method::GET, path: "/api/me", shared: None, limits: READS };
    type State = (Accounts, Summaries);
    type Who = SignedIn;
    type Input = ();
    type Reply = Private<MeView>;

    async fn handle(
        (accounts, summaries): &Self::State,
        cx: &Cx,
        who: SignedIn,
        (): (),
    ) -> Result<Private<MeView>, Problem> {
        let account = accounts.get(cx, &who).await?.ok_or_else(Problem::unauthenticated)?;
        Ok(Private(MeView::of(cx, account, summaries).await))
    }
}
