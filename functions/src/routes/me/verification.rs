//! `POST /api/me/verification`

use crate::accounts::{link_requests::LinkRequests, links::Purpose};
use http::Method;
use schemars::JsonSchema;
use shared::{
    context::Cx,
    edge::Accepted,
    lambda::{Problem, Route, Spec},
    ratelimit::Limit,
    session::SignedIn,
};

/// Sends the link that verifies the caller's e-mail address again. The service sends no mail when
/// the address is verified already.
#[derive(JsonSchema)]
pub struct ResendVerification;

impl Route for ResendVerification {
    const SPEC: Spec = Spec {
        name: "me-verification",
        method: Method::POST,
        path: "/api/me/verification",
        shared: None,
        limits: &[Limit::per_hour(10).durable()],
    };
    type State = LinkRequests;
    type Who = SignedIn;
    type Input = ();
    type Reply = Accepted;

    async fn handle(requests: &LinkRequests, cx: &Cx, who: SignedIn, (): ()) -> Result<Accepted, Problem> {
        requests.request_for(cx, Purpose::Verification, who.subject().into()).await?;
        Ok(Accepted)
    }
}
