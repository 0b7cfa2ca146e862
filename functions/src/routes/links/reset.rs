//! `POST /api/passwords`

use crate::accounts::{
    Accounts,
    links::{Links, Purpose},
    password,
};
use garde::Validate;
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{
    context::Cx,
    edge::NoContent,
    lambda::{Anyone, Json, Problem, Route, Spec, nfc},
    ratelimit::Limit,
    session::Sessions,
};

/// Sets a new password by a link, and signs out everywhere: whoever knew the old one is out.
#[derive(JsonSchema)]
pub struct ResetPassword;

/// What the mail's link ends with, and the new password.
// Not `Debug`: both are secrets.
#[derive(Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    #[garde(length(min = 1, max = 512))]
    token: String,
    #[serde(deserialize_with = "nfc")]
    #[garde(length(chars, min = 8, max = 128))]
    password: String,
}

impl Route for ResetPassword {
    const SPEC: Spec = Spec {
        name: "passwords-create",
        method: Method::POST,
        path: "/api/passwords",
        shared: None,
        limits: &[Limit::per_minute(10).durable()],
    };
    type State = (Accounts, Links, Sessions);
    type Who = Anyone;
    type Input = Json<NewPassword>;
    type Reply = NoContent;

    async fn handle(
        (accounts, links, sessions): &Self::State,
        cx: &Cx,
        _: Anyone,
        Json(new): Json<NewPassword>,
    ) -> Result<NoContent, Problem> {
        // Check the link first: hashing takes 60 ms, and strangers must not be able to ask for it.
        let link = links.open(cx, Purpose::Reset, &new.token).await?;
        accounts.check_link(cx, &link).await?;
        let hash = password::hash(&new.password).map_err(Problem::internal)?;
        Box::pin(accounts.set_password(cx, sessions, &link, &hash)).await?;
        Ok(NoContent::default())
    }
}
