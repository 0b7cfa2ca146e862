//! `DELETE /api/sessions/current`

use super::signed_out;
use crate::routes::WRITES;
use http::Method;
use schemars::JsonSchema;
use shared::{
    context::Cx,
    edge::NoContent,
    lambda::{Problem, Route, SigningOut, Spec},
    session::Sessions,
};

/// Ends the current session. If the session has ended already, the request succeeds too, and the
/// answer deletes the cookie.
#[derive(JsonSchema)]
pub struct EndSession;

impl Route for EndSession {
    const SPEC: Spec = Spec {
        name: "sessions-end",
        method: Method::DELETE,
        path: "/api/sessions/current",
        shared: None,
        limits: WRITES,
    };
    type State = Sessions;
    type Who = SigningOut;
    type Input = ();
    type Reply = NoContent;

    async fn handle(sessions: &Sessions, cx: &Cx, who: SigningOut, (): ()) -> Result<NoContent, Problem> {
        if let Some(session) = who.session() {
            sessions.end(cx, session).await?;
        }
        Ok(signed_out())
    }
}
