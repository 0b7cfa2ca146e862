//! `DELETE /api/sessions/current`

use crate::routes::WRITES;
use http::{Method, header::SET_COOKIE};
use schemars::JsonSchema;
use shared::{
    context::Cx,
    edge::NoContent,
    lambda::{Problem, Route, SignedIn, Spec},
    session::{Sessions, Token},
};

/// Signs out here.
#[derive(JsonSchema)]
pub struct End;

impl Route for End {
    const SPEC: Spec = Spec {
        name: "sessions-end",
        method: Method::DELETE,
        path: "/api/sessions/current",
        shared: None,
        limits: WRITES,
    };
    type State = Sessions;
    type Who = SignedIn;
    type Input = ();
    type Reply = NoContent;

    async fn handle(sessions: &Sessions, cx: &Cx, who: SignedIn, (): ()) -> Result<NoContent, Problem> {
        sessions.end(cx, who.session()).await?;
        Ok(NoContent { headers: vec![(SET_COOKIE, Token::clear_cookie())] })
    }
}
