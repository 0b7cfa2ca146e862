//! The answers to the two steps of a new picture.

use super::MeView;
use crate::accounts::photos::Offer;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use shared::openapi::DateTime;
use std::collections::BTreeMap;

/// What came of it.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub enum PhotoReply {
    /// An upload that may be made, and what confirms it.
    Offered {
        /// Where it goes.
        upload: Upload,
        /// What to send back when it is there.
        photo: String,
    },
    /// The account, with its picture.
    Shown(MeView),
}

/// An upload to make, header by header, once: 412 says that it was made already, and can be
/// confirmed.
#[derive(Serialize, JsonSchema)]
pub struct Upload {
    url: String,
    method: &'static str,
    headers: BTreeMap<String, String>,
    #[schemars(with = "DateTime")]
    expires_at: Timestamp,
}

impl From<Offer> for PhotoReply {
    fn from(Offer { upload, expires_at, token }: Offer) -> Self {
        let upload = Upload { url: upload.url, method: "PUT", headers: upload.headers, expires_at };
        Self::Offered { upload, photo: token }
    }
}
