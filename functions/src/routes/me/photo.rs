//! `PUT /api/me/photo`

use super::{MeView, PhotoReply};
use crate::{
    accounts::{
        Accounts,
        photos::{MAX_SIZE, Photos},
    },
    analytics::summaries::Summaries,
    routes::WRITES,
};
use garde::Validate;
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{
    context::Cx,
    edge::Private,
    lambda::{Json, Problem, Route, Spec},
    session::SignedIn,
    upload::PictureType,
};

/// Gives the caller's account a picture, in two steps: an address to upload it to, and the word
/// that it is there.
#[derive(JsonSchema)]
pub struct PutPhoto;

/// One of the two steps: `content_type` and `size`, or `photo` alone.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {"required": ["content_type", "size"], "properties": {"content_type": {"type": "string"}, "size": {"type": "integer"}, "photo": {"type": "null"}}},
    {"required": ["photo"], "properties": {"photo": {"type": "string"}, "content_type": {"type": "null"}, "size": {"type": "null"}}},
]))]
pub struct PhotoStep {
    #[garde(skip)]
    content_type: Option<PictureType>,
    #[garde(inner(range(min = 1, max = MAX_SIZE)))]
    #[schemars(range(min = 1, max = MAX_SIZE))]
    size: Option<u64>,
    #[garde(inner(length(max = 512)))]
    #[schemars(length(max = 512))]
    photo: Option<String>,
}

impl Route for PutPhoto {
    const SPEC: Spec =
        Spec { name: "me-photo", method: Method::PUT, path: "/api/me/photo", shared: None, limits: WRITES };
    const PROBLEMS: &'static [(StatusCode, &'static str)] =
        &[(StatusCode::PRECONDITION_FAILED, "The account changes faster than we can follow.")];
    type State = (Photos, Accounts, Summaries);
    type Who = SignedIn;
    type Input = Json<PhotoStep>;
    type Reply = Private<PhotoReply>;

    async fn handle(
        (photos, accounts, summaries): &Self::State,
        cx: &Cx,
        who: SignedIn,
        Json(step): Json<PhotoStep>,
    ) -> Result<Private<PhotoReply>, Problem> {
        let done = match (step.content_type, step.size, step.photo) {
            (Some(kind), Some(size), None) => photos.offer(cx, &who, kind, size).await?.into(),
            (None, None, Some(token)) => {
                let account = photos.confirm(cx, accounts, &who, &token).await?;
                PhotoReply::Shown(MeView::of(cx, account, summaries).await)
            }
            (_, _, Some(_)) => return Err(Problem::invalid_field("photo", "goes alone, without the other fields")),
            (None, _, None) => return Err(Problem::invalid_field("content_type", "is required")),
            (_, None, None) => return Err(Problem::invalid_field("size", "is required")),
        };
        Ok(Private(done))
    }
}
