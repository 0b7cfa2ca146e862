//! `DELETE /api/sessions`

use super::signed_out;
use crate::routes::WRITES;
use http::Method;
use schemars::JsonSchema;
use shared::{
    context::Cx,
    edge::NoContent,
    lambda::{Problem, Route, Spec},
    session::{Sessions, SignedIn},
};

/// Ends all sessions of the caller. This includes the current session, and those on other devices.
#[derive(JsonSchema)]
pub struct RevokeSessions;

impl Route for RevokeSessions {
    const SPEC: Spec =
        Spec { name: "sessions-revoke", method: Method::DELETE, path: "/api/sessions", shared: None, limits: WRITES };
    type State = Sessions;
    type Who = SignedIn;
    type Input = ();
    type Reply = NoContent;

    async fn handle(sessions: &Sessions, cx: &Cx, who: SignedIn, (): ()) -> Result<NoContent, Problem> {
        sessions.end_all(cx, who.subject()).await?;
        Ok(signed_out())
    }
}
