//! `/api/me`: one's own account.

mod get;
mod photo;
mod update;

pub use get::Get;
pub use photo::Photo;
pub use update::Update;

use crate::{accounts::Account, ids::UserId, photos::PhotoError};
use jiff::Timestamp;
use serde::Serialize;
use shared::{lambda::Problem, upload::UploadError, version::Version};

/// An account on the wire, for its owner. Not `Debug`: it holds an address.
#[derive(Serialize)]
pub struct MeView {
    id: UserId,
    name: String,
    email: String,
    email_verified: bool,
    photo_url: Option<String>,
    created_at: Timestamp,
    version: Version,
}

impl From<Account> for MeView {
    fn from(account: Account) -> Self {
        let Account { id, name, email, email_verified, photo_url, created_at, version } = account;
        Self { id, name, email: email.into(), email_verified, photo_url, created_at, version }
    }
}

impl From<PhotoError> for Problem {
    fn from(error: PhotoError) -> Self {
        match error {
            PhotoError::Token | PhotoError::Missing | PhotoError::Differs => {
                Self::invalid_field("photo", error.to_string())
            }
            PhotoError::Gone => Self::unauthenticated(),
            PhotoError::Table(error) => error.into(),
            PhotoError::Upload(UploadError::Unavailable(cause)) => Self::unavailable(cause),
            PhotoError::Random | PhotoError::Upload(UploadError::Refused(_)) => Self::internal(error),
        }
    }
}
