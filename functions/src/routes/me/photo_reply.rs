//! The answers to the two steps of a new picture.

use super::MeView;
use crate::accounts::photos::Offer;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use shared::openapi::DateTime;
use std::collections::BTreeMap;

/// The answer to one of the two requests that set a picture.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub enum PhotoReply {
    /// The answer to the first request: where to upload the file.
    #[schemars(title = "UploadOffer")]
    Offered {
        /// The upload to make.
        upload: Upload,
        /// The text that confirms the upload, for the second request.
        #[schemars(example = "AZ9tX2bQ.c2lnbmVk")]
        photo: String,
    },
    /// The answer to the second request: the account with its picture.
    #[schemars(title = "AccountWithPhoto")]
    Shown(MeView),
}

/// A request that uploads a file. The storage accepts it once, and answers 412 after that; the
/// upload can then be confirmed.
#[derive(Serialize, JsonSchema)]
pub struct Upload {
    /// The address to send the file to. It is signed.
    #[schemars(example = "https://media.example.com/uploads/01a218c3?X-Amz-Signature=5d2f")]
    url: String,
    /// Always `PUT`.
    #[schemars(extend("const" = "PUT"))]
    method: &'static str,
    /// The headers to send with the file. All of them are needed.
    #[schemars(example = BTreeMap::from([("content-type", "image/png")]))]
    headers: BTreeMap<String, String>,
    /// When the address stops working.
    #[schemars(with = "DateTime")]
    expires_at: Timestamp,
}

impl From<Offer> for PhotoReply {
    fn from(Offer { upload, expires_at, token }: Offer) -> Self {
        let upload = Upload { url: upload.url, method: "PUT", headers: upload.headers, expires_at };
        Self::Offered { upload, photo: token }
    }
}
