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

/// Requests a mail with a link that sets a new password. The answer, and the time that it takes, do
/// not show whether an account has the address.
#[derive(JsonSchema)]
pub struct ForgotPassword;

/// The account whose password was forgotten.
// Not `Debug`: it holds an address.
#[derive(Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ResetRequest")]
pub struct ForgotRequest {
    /// The e-mail address of the account.
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
