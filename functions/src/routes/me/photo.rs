//! `PUT /api/me/photo`

use super::MeView;
use crate::{
    accounts::Accounts,
    photos::{Kind, MAX_SIZE, Offer, Photos},
    routes::WRITES,
    summaries::Summaries,
};
use garde::Validate;
use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::{
    context::Cx,
    edge::Private,
    lambda::{Json, Problem, Route, SignedIn, Spec},
};
use std::collections::BTreeMap;

/// Gives the caller's account a picture, in two steps: an address to upload it to, and the word that it is there.
pub struct Photo;

/// One of the two steps: `content_type` and `size`, or `photo` alone.
#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Step {
    #[garde(skip)]
    content_type: Option<Kind>,
    #[garde(inner(range(min = 1, max = MAX_SIZE)))]
    size: Option<u64>,
    #[garde(inner(length(max = 512)))]
    photo: Option<String>,
}

/// What came of it.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Done {
    /// An upload that may be made, and what confirms it.
    Offered {
        /// Where it goes.
        upload: UploadView,
        /// What to send back when it is there.
        photo: String,
    },
    /// The account, with its picture.
    Shown(MeView),
}

/// An upload to make, header by header.
#[derive(Serialize)]
pub struct UploadView {
    url: String,
    method: &'static str,
    headers: BTreeMap<String, String>,
    expires_at: Timestamp,
}

impl Route for Photo {
    const SPEC: Spec =
        Spec { name: "me-photo", method: Method::PUT, path: "/api/me/photo", shared: None, limits: WRITES };
    type State = (Photos, Accounts, Summaries);
    type Who = SignedIn;
    type Input = Json<Step>;
    type Reply = Private<Done>;

    async fn handle(
        (photos, accounts, summaries): &Self::State,
        cx: &Cx,
        who: SignedIn,
        Json(step): Json<Step>,
    ) -> Result<Private<Done>, Problem> {
        let done = match (step.content_type, step.size, step.photo) {
            (Some(kind), Some(size), None) => photos.offer(cx, &who, kind, size).await?.into(),
            (None, None, Some(token)) => {
                let account = photos.confirm(cx, accounts, &who, &token).await?;
                Done::Shown(MeView::of(cx, account, summaries).await)
            }
            (_, _, Some(_)) => {
                return Err(Problem::invalid_field("photo", "goes alone, without content_type and size"));
            }
            (None, _, None) => return Err(Problem::invalid_field("content_type", "is required")),
            (_, None, None) => return Err(Problem::invalid_field("size", "is required")),
        };
        Ok(Private(done))
    }
}

impl From<Offer> for Done {
    fn from(Offer { upload, expires_at, token }: Offer) -> Self {
        let upload = UploadView { url: upload.url, method: "PUT", headers: upload.headers, expires_at };
        Self::Offered { upload, photo: token }
    }
}
