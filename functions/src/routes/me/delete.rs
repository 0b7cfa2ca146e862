//! `DELETE /api/me`

use crate::accounts::Accounts;
use http::{Method, header::SET_COOKIE};
use shared::{
    context::Cx,
    edge::NoContent,
    lambda::{Problem, Route, SignedIn, Spec},
    session::{Sessions, Token},
};

/// Deletes the caller's account, and signs out everywhere. Orders stay: the books need them, and their owner's id leads to
/// nobody any more.
pub struct Delete;

impl Route for Delete {
    const SPEC: Spec = Spec { name: "me-delete", method: Method::DELETE, path: "/api/me", shared: None };
    type State = (Accounts, Sessions);
    type Who = SignedIn;
    type Input = ();
    type Reply = NoContent;

    async fn handle(
        (accounts, sessions): &(Accounts, Sessions),
        cx: &Cx,
        who: SignedIn,
        (): (),
    ) -> Result<NoContent, Problem> {
        // The account first: if signing out fails after it, the same request can be sent again and finishes.
        accounts.delete(cx, &who).await?;
        sessions.end_all(cx, who.subject()).await?;
        Ok(NoContent { headers: vec![(SET_COOKIE, Token::clear_cookie())] })
    }
}
