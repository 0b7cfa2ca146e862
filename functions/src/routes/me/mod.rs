//! `/api/me`: the caller's own account.

mod delete;
mod export;
mod export_reply;
mod get;
mod photo;
mod photo_reply;
mod photo_step;
mod update;
mod verification;

pub use delete::DeleteMe;
pub use export::ExportMe;
pub use export_reply::Exported;
pub use get::GetMe;
pub use photo::PutPhoto;
pub use photo_reply::{PhotoReply, Upload};
pub use update::UpdateMe;
pub use verification::ResendVerification;

use crate::{
    accounts::{Account, photos::PhotoError},
    analytics::summaries::{OrderSummary, Summaries},
    ids::UserId,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use shared::{
    context::Cx, lambda::Problem, openapi::DateTime, resilience::optional, upload::UploadError, version::Version,
};
use std::time::Duration;

/// How long an answer waits for the summary of orders, which is optional.
const LIMIT: Duration = Duration::from_millis(200);

/// An account, as its owner sees it.
// Not `Debug`: it holds an address.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Me")]
pub struct MeView {
    id: UserId,
    /// The name that the person chose.
    #[schemars(example = "Ada Lovelace")]
    name: String,
    /// The e-mail address of the account, in lower case.
    #[schemars(example = "ada@example.com")]
    email: String,
    /// Whether the owner has opened the link that was sent to the address.
    #[schemars(example = true)]
    email_verified: bool,
    /// The path of the person's picture, relative to the site; `null` without a picture.
    #[schemars(example = "/media/01a218c3285e71a3a8879dee67b1e42b.png")]
    photo_url: Option<String>,
    /// When the account was created.
    #[schemars(with = "DateTime")]
    created_at: Timestamp,
    /// The version of the account, for `If-Match`.
    version: Version,
    /// The sum of the orders; `null` when it could not be read in time.
    orders: Option<OrderSummary>,
}

impl MeView {
    async fn of(cx: &Cx, account: Account, summaries: &Summaries) -> Self {
        let orders = optional(cx, "orders", LIMIT, Box::pin(summaries.get(cx, account.id))).await;
        let Account { id, name, email, email_verified, photo_url, created_at, version } = account;
        Self { id, name, email: email.into(), email_verified, photo_url, created_at, version, orders }
    }
}

impl From<PhotoError> for Problem {
    fn from(error: PhotoError) -> Self {
        match error {
            PhotoError::Token | PhotoError::Missing | PhotoError::Differs | PhotoError::NotAPicture(_) => {
                Self::invalid_field("photo", error.to_string())
            }
            PhotoError::Gone => Self::unauthenticated(),
            PhotoError::Table(error) => error.into(),
            PhotoError::NoKey(error) => error.into(),
            PhotoError::Upload(UploadError::Unavailable(cause)) => Self::unavailable(cause),
            PhotoError::Random | PhotoError::Upload(UploadError::Refused(_)) => Self::internal(error),
        }
    }
}
