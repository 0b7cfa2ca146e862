//! `POST /api/resets`

use crate::accounts::{email::EmailAddress, link_requests::Desk, links::Purpose};
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

/// Asks for a mail with a link that sets a new password. The answer and its time are the same, whether anybody has the address or not.
#[derive(JsonSchema)]
pub struct Forgot;

/// Whose password it is.
// Not `Debug`: it holds an address.
#[derive(Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ResetRequest")]
pub struct Whose {
    #[garde(skip)]
    email: EmailAddress,
}

impl Route for Forgot {
    const SPEC: Spec = Spec {
        name: "resets-create",
        method: Method::POST,
        path: "/api/resets",
        shared: None,
        limits: &[Limit::per_hour(5).by(By::Account).durable(), Limit::per_minute(10).durable()],
    };
    type State = Desk;
    type Who = Anyone;
    type Input = Json<Whose>;
    type Reply = Accepted;

    fn account(Json(whose): &Json<Whose>) -> Option<String> {
        Some(whose.email.as_str().to_owned())
    }

    async fn handle(desk: &Desk, cx: &Cx, _: Anyone, Json(whose): Json<Whose>) -> Result<Accepted, Problem> {
        desk.ask_by_email(cx, Purpose::Reset, &whose.email).await?;
        Ok(Accepted)
    }
}
