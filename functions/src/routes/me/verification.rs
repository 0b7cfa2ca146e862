//! `POST /api/me/verification`

use crate::accounts::{link_requests::Desk, links::Purpose};
use http::Method;
use schemars::JsonSchema;
use shared::{
    context::Cx,
    edge::Accepted,
    lambda::{Problem, Route, Spec},
    ratelimit::Limit,
    session::SignedIn,
};

/// Sends the link that verifies the caller's address once more.
#[derive(JsonSchema)]
pub struct Verification;

impl Route for Verification {
    const SPEC: Spec = Spec {
        name: "me-verification",
        method: Method::POST,
        path: "/api/me/verification",
        shared: None,
        limits: &[Limit::per_hour(10).durable()],
    };
    type State = Desk;
    type Who = SignedIn;
    type Input = ();
    type Reply = Accepted;

    async fn handle(desk: &Desk, cx: &Cx, who: SignedIn, (): ()) -> Result<Accepted, Problem> {
        desk.ask_for(cx, Purpose::Verification, who.subject().into()).await?;
        Ok(Accepted)
    }
}
