//! `POST /api/passwords`

use crate::accounts::{
    Accounts,
    links::{Links, Purpose, TOKEN_MAX},
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

/// Sets a new password. The token is from the link that the service sent to the account's address.
/// All sessions of the account end.
#[derive(JsonSchema)]
pub struct ResetPassword;

/// The token of a link in a mail, and the new password.
// Not `Debug`: both are secrets.
#[derive(Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The token at the end of the link in the mail. It works once.
    #[garde(length(min = 1, max = TOKEN_MAX))]
    #[schemars(example = "AZ9tX2bQ.c2lnbmVk")]
    token: String,
    /// The password to sign in with.
    #[serde(deserialize_with = "nfc")]
    #[garde(length(chars, min = password::MIN, max = password::MAX))]
    #[schemars(example = "correct horse battery")]
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
