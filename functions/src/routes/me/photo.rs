//! `PUT /api/me/photo`

use super::{MeView, PhotoReply, photo_step::PhotoStep};
use crate::{
    accounts::{Accounts, photos::Photos},
    analytics::summaries::Summaries,
    routes::WRITES,
};
use http::{Method, StatusCode};
use schemars::JsonSchema;
use shared::{
    context::Cx,
    edge::Private,
    lambda::{Json, Problem, Route, Spec},
    session::SignedIn,
};

/// Sets the picture of the caller's account, in two requests. The first request describes a file,
/// and its answer has an address to upload the file to. After the upload, the second request
/// confirms it.
#[derive(JsonSchema)]
pub struct PutPhoto;

impl Route for PutPhoto {
    const SPEC: Spec =
        Spec { name: "me-photo", method: Method::PUT, path: "/api/me/photo", shared: None, limits: WRITES };
    const PROBLEMS: &'static [(StatusCode, &'static str)] =
        &[(StatusCode::PRECONDITION_FAILED, "Other requests changed the account at the same time, several times.")];
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
            (_, _, Some(_)) => return Err(Problem::invalid_field("photo", "must be the only field")),
            (None, _, None) => return Err(Problem::invalid_field("content_type", "is required")),
            (_, None, None) => return Err(Problem::invalid_field("size", "is required")),
        };
        Ok(Private(done))
    }
}
