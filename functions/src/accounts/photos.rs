//! Pictures of people: offered, uploaded, confirmed, and only then shown.
//!
//! An offer is a URL that accepts one picture of one type and size, and a token that names the
//! upload. The upload lands below `pending/`, which the site does not serve and which the bucket
//! empties after a day. With the token, the caller confirms the upload: we read it, write the
//! picture without its metadata to `media/`, where the site serves it, and write its name into the
//! account. A name is random and used once, so it never leads to other bytes.
//!
//! The token is signed for one person, so nobody can confirm another person's picture or any other
//! object.

use super::{
    account::{Account, Accounts},
    photo_token::PhotoToken,
};
use crate::{env, fields};
use jiff::Timestamp;
use shared::{
    app::{App, FromApp},
    config::ConfigError,
    context::Cx,
    edge::Tag,
    session::SignedIn,
    sign::{NoKey, Signer},
    table::TableError,
    upload::{Bucket, Fetched, Form, NotAPicture, PictureType, Presigned, UploadError, unguessable},
    version::Expected,
};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// The largest picture, in bytes.
pub const MAX_SIZE: u64 = 5 * 1024 * 1024;
/// The longest token of an upload, in bytes.
pub const TICKET_MAX: usize = 512;
/// For how long an offer is valid.
pub const LIFETIME: Duration = Duration::from_mins(15);

/// An upload that the caller may make.
pub struct Offer {
    /// The URL and the headers of the upload.
    pub upload: Presigned,
    /// When the offer ends.
    pub expires_at: Timestamp,
    /// The token that confirms the upload.
    pub token: String,
}

/// Why a picture was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    /// The token is forged, expired, or another person's.
    #[error("must be the token of an upload that you may still confirm")]
    Token,
    /// Nothing was uploaded.
    #[error("must be the token of an upload that is complete; nothing was uploaded yet")]
    Missing,
    /// What was uploaded is not what was offered.
    #[error("is for another type or size than the uploaded file has")]
    Differs,
    /// What was uploaded is no picture.
    #[error("is for an upload that {0}")]
    NotAPicture(#[from] NotAPicture),
    /// The account was deleted.
    #[error("the account was deleted")]
    Gone,
    /// The system gave no randomness.
    #[error("no randomness")]
    Random,
    /// The bucket failed.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// The table failed.
    #[error(transparent)]
    Table(#[from] TableError),
    /// There is no key to sign or open the token with.
    #[error(transparent)]
    NoKey(#[from] NoKey),
}

/// Offers, confirms and deletes pictures.
pub struct Photos {
    bucket: Bucket,
    signer: Signer,
}

impl FromApp for Photos {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        let bucket = Bucket::from_vars(app.sdk(), app.vars(), env::MEDIA_BUCKET)?;
        Ok(Self { bucket, signer: app.signer()? })
    }
}

impl Photos {
    /// Offers the owner an upload of this type and size.
    pub async fn offer(&self, cx: &Cx, owner: &SignedIn, kind: PictureType, size: u64) -> Result<Offer, PhotoError> {
        let name = format!("{}.{}", unguessable().ok_or(PhotoError::Random)?, kind.suffix());
        let upload = self.bucket.presign(&pending(&name), &form(kind, size), LIFETIME).await?;
        let expires_at = cx.clock.now() + LIFETIME;
        let token = PhotoToken { name, kind, size, until: expires_at.as_second() };
        let token = token.seal(cx, &self.signer, owner.subject().into()).await?;
        Ok(Offer { upload, expires_at, token })
    }

    /// Shows the picture that `token` names, if the upload is what was offered. A second call with
    /// the same token changes nothing. An offer that is older than the one whose picture is shown
    /// is refused.
    pub async fn confirm(
        &self,
        cx: &Cx,
        accounts: &Accounts,
        owner: &SignedIn,
        token: &str,
    ) -> Result<Account, PhotoError> {
        let token = PhotoToken::open(cx, &self.signer, owner.subject().into(), token).await?;
        let PhotoToken { name, kind, size, until } = token.ok_or(PhotoError::Token)?;
        let user = accounts.stored(cx, owner).await?.ok_or(PhotoError::Gone)?;
        if until < user.photo_offer {
            return Err(PhotoError::Token);
        }
        self.publish(cx, &name, kind, size).await?;
        // The picture that the last try replaced: `change` calls the closure again after a
        // conflict.
        let former = Mutex::new(None);
        let any_version = Expected::default();
        let shown = accounts.change(cx, owner, &any_version, |user| {
            *former.lock().unwrap_or_else(PoisonError::into_inner) = user.photo.replace(name.clone());
            user.photo_offer = until;
        });
        let Some(account) = shown.await? else {
            self.delete(cx, &name).await;
            return Err(PhotoError::Gone);
        };
        let former = former.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(former) = former.filter(|former| *former != name) {
            self.delete(cx, &former).await;
        }
        Ok(account)
    }

    /// Deletes a picture that no account shows any more. A failure is counted and ignored, because
    /// [`PhotoRemover`] deletes the picture again.
    pub async fn delete(&self, cx: &Cx, name: &str) {
        if let Err(error) = self.bucket.delete(cx, &served(name)).await {
            cx.event.count(fields::PHOTO_LEFT_BEHIND, 1);
            tracing::warn!(%error, "a picture stays behind");
        }
    }

    async fn publish(&self, cx: &Cx, name: &str, kind: PictureType, size: u64) -> Result<(), PhotoError> {
        let picture = match self.bucket.fetch(cx, &pending(name), &form(kind, size)).await? {
            Fetched::Absent => return Err(PhotoError::Missing),
            Fetched::Differs => return Err(PhotoError::Differs),
            Fetched::Bytes(bytes) => kind.clean(bytes)?,
        };
        Ok(self.bucket.put_once(cx, &served(name), picture, kind.media_type()).await?)
    }
}

/// Deletes pictures that accounts show no more, from the table's stream: it covers requests that
/// died and buckets that did not answer.
pub struct PhotoRemover(Bucket);

impl FromApp for PhotoRemover {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self(Bucket::from_vars(app.sdk(), app.vars(), env::MEDIA_BUCKET)?))
    }
}

impl PhotoRemover {
    /// Deletes the picture. It is no error if the picture is gone already.
    pub async fn delete(&self, cx: &Cx, name: &str) -> Result<(), UploadError> {
        self.0.delete(cx, &served(name)).await
    }
}

fn form(kind: PictureType, size: u64) -> Form {
    Form { content_type: kind.media_type().to_owned(), size }
}

/// The object to which a picture is uploaded.
fn pending(name: &str) -> String {
    format!("pending/{name}")
}

/// The object of a confirmed picture; the site serves it under the same path.
fn served(name: &str) -> String {
    format!("media/{name}")
}

/// The CDN's tag of a picture.
pub fn tag(name: &str) -> Tag {
    Tag::path(format!("/{}", served(name)))
}

/// The CDN's tag of all pictures.
pub fn family() -> Tag {
    Tag::path("/media/*")
}
