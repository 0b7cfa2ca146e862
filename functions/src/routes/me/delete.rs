//! `DELETE /api/me`

use crate::{accounts::Accounts, photos::Photos, routes::WRITES};
use http::{Method, StatusCode, header::SET_COOKIE};
use schemars::JsonSchema;
use shared::{
    context::Cx,
    edge::NoContent,
    lambda::{Conditions, Problem, Route, SignedIn, Spec},
    session::{Sessions, Token},
};

/// Deletes the caller's account, and signs out everywhere. Orders stay: the books need them, and their owner's id leads to
/// nobody any more.
#[derive(JsonSchema)]
pub struct Delete;

impl Route for Delete {
    const SPEC: Spec =
        Spec { name: "me-delete", method: Method::DELETE, path: "/api/me", shared: None, limits: WRITES };
    const PROBLEMS: &'static [(StatusCode, &'static str)] =
        &[(StatusCode::PRECONDITION_FAILED, "The account changes faster than we can follow.")];
    type State = (Accounts, Sessions, Photos);
    type Who = SignedIn;
    type Input = Conditions;
    type Reply = NoContent;

    async fn handle(
        (accounts, sessions, photos): &Self::State,
        cx: &Cx,
        who: SignedIn,
        Conditions(expected): Conditions,
    ) -> Result<NoContent, Problem> {
        // The account first, and the sessions last: until then the same request can be sent again, and finishes. Only the account
        // names its photo, so that follows at once.
        let deleted = accounts.delete(cx, &who, &expected).await?;
        if let Some(photo) = deleted.and_then(|user| user.photo) {
            photos.delete(cx, &photo).await;
        }
        sessions.revoke_admin(cx, who.subject()).await?;
        sessions.end_all(cx, who.subject(), Some(who.session())).await?;
        Ok(NoContent { headers: vec![(SET_COOKIE, Token::clear_cookie())] })
    }
}
