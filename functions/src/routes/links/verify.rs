//! `POST /api/verifications`

use crate::accounts::{
    Accounts,
    links::{Links, Purpose, TOKEN_MAX},
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

/// Verifies the e-mail address of an account. The token is from the link that the service sent to
/// the address.
#[derive(JsonSchema)]
pub struct VerifyEmail;

/// The token of a link in a mail.
// Not `Debug`: it is a secret.
#[derive(Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LinkToken")]
pub struct VerifyRequest {
    /// The token at the end of the link in the mail. It works once.
    #[garde(length(min = 1, max = TOKEN_MAX))]
    #[schemars(example = "AZ9tX2bQ.c2lnbmVk")]
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
