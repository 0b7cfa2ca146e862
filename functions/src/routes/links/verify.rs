//! `POST /api/verifications`

use crate::accounts::{
    Accounts,
    links::{Links, Purpose},
};
use garde::Validate;
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{
    context::Cx,
    edge::NoContent,
    lambda::{Anyone, Json, Problem, Route, Spec},
    ratelimit::Limit,
};

/// Shows that mail to an account's address arrives.
#[derive(JsonSchema)]
pub struct VerifyEmail;

/// What the mail's link ends with.
// Not `Debug`: it is a secret.
#[derive(Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LinkToken")]
pub struct VerifyRequest {
    #[garde(length(min = 1, max = 512))]
    token: String,
}

impl Route for VerifyEmail {
    const SPEC: Spec = Spec {
        name: "verifications-create",
        method: Method::POST,
        path: "/api/verifications",
        shared: None,
        limits: &[Limit::per_minute(20)],
    };
    type State = (Accounts, Links);
    type Who = Anyone;
    type Input = Json<VerifyRequest>;
    type Reply = NoContent;

    async fn handle(
        (accounts, links): &(Accounts, Links),
        cx: &Cx,
        _: Anyone,
        Json(request): Json<VerifyRequest>,
    ) -> Result<NoContent, Problem> {
        let link = links.open(cx, Purpose::Verification, &request.token).await?;
        accounts.change_by_link(cx, &link, |user| user.email_verified = true).await?;
        Ok(NoContent::default())
    }
}
