//! `POST /api/resets`

use crate::accounts::{email::EmailAddress, link_requests::LinkRequests, links::Purpose};
use garde::Validate;
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{
    context::Cx,
    edge::Accepted,
    lambda::{Anyone, Json, Problem, Route, Spec},
    ratelimit::{By, Limit},
};

/// Asks for a mail with a link that sets a new password. The answer and its time are the same,
/// whether anybody has the address or not.
#[derive(JsonSchema)]
pub struct ForgotPassword;

/// Whose password it is.
// Not `Debug`: it holds an address.
#[derive(Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ResetRequest")]
pub struct ForgotRequest {
    #[garde(skip)]
    email: EmailAddress,
}

impl Route for ForgotPassword {
    const SPEC: Spec = Spec {
        name: "resets-create",
        method: Method::POST,
        path: "/api/resets",
        shared: None,
        limits: &[Limit::per_hour(5).by(By::Account).durable(), Limit::per_minute(10).durable()],
    };
    type State = LinkRequests;
    type Who = Anyone;
    type Input = Json<ForgotRequest>;
    type Reply = Accepted;

    fn account(Json(request): &Json<ForgotRequest>) -> Option<String> {
        Some(request.email.as_str().to_owned())
    }

    async fn handle(
        requests: &LinkRequests,
        cx: &Cx,
        _: Anyone,
        Json(request): Json<ForgotRequest>,
    ) -> Result<Accepted, Problem> {
        requests.request_by_email(cx, Purpose::Reset, &request.email).await?;
        Ok(Accepted)
    }
}
