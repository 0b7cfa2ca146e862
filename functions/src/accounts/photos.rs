//! Pictures of people: offered, uploaded, confirmed, and only then shown.
//!
//! An offer is an address that takes one picture of one type and size, and a token that names it. The
//! upload lands below `pending/`, which nothing serves and which the bucket empties after a day. A
//! caller that brings the token back confirms: we read what has come, write the picture without its
//! metadata to `media/`, where the site serves it, and its name into the account. A name is random
//! and used once, so that it never leads to other bytes.
//!
//! The token is signed for one person: nobody confirms another's picture, or any other object.

use super::account::{Account, Accounts};
use crate::{env, fields, ids::UserId};
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
/// How long an offer stands.
pub const LIFETIME: Duration = Duration::from_mins(15);

/// An upload that may be made.
pub struct Offer {
    /// Where, and with which headers.
    pub upload: Presigned,
    /// Until when.
    pub expires_at: Timestamp,
    /// What confirms it.
    pub token: String,
}

/// Why a picture was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    /// The token is forged, over, or another person's.
    #[error("is no upload of yours that is still open")]
    Token,
    /// Nothing was uploaded.
    #[error("names an upload that has not been made yet")]
    Missing,
    /// What was uploaded is not what was offered.
    #[error("names an upload of another type or size")]
    Differs,
    /// What was uploaded is no picture.
    #[error("names an upload that {0}")]
    NotAPicture(#[from] NotAPicture),
    /// The account is gone.
    #[error("the account is gone")]
    Gone,
    /// The system has no randomness to give.
    #[error("no randomness")]
    Random,
    /// The bucket did not do it.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// The table did not do it.
    #[error(transparent)]
    Table(#[from] TableError),
    /// There is no key to sign or open the token with.
    #[error(transparent)]
    NoKey(#[from] NoKey),
}

/// The pictures.
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
    /// Offers the owner an upload of this kind and size.
    pub async fn offer(&self, cx: &Cx, owner: &SignedIn, kind: PictureType, size: u64) -> Result<Offer, PhotoError> {
        let name = format!("{}.{}", unguessable().ok_or(PhotoError::Random)?, kind.suffix());
        let upload = self.bucket.presign(&pending(&name), &form(kind, size), LIFETIME).await?;
        let expires_at = cx.clock.now() + LIFETIME;
        let ticket = Ticket { name, kind, size, until: expires_at.as_second() };
        let token = ticket.seal(cx, &self.signer, owner.subject().into()).await?;
        Ok(Offer { upload, expires_at, token })
    }

    /// Shows the picture that `token` names, if it has come as it was offered. Asked again, it does no
    /// more. An offer that is older than the one that is shown is over.
    pub async fn confirm(
        &self,
        cx: &Cx,
        accounts: &Accounts,
        owner: &SignedIn,
        token: &str,
    ) -> Result<Account, PhotoError> {
        let ticket = Ticket::open(cx, &self.signer, owner.subject().into(), token).await?;
        let Ticket { name, kind, size, until } = ticket.ok_or(PhotoError::Token)?;
        let user = accounts.stored(cx, owner).await?.ok_or(PhotoError::Gone)?;
        if until < user.photo_offer {
            return Err(PhotoError::Token);
        }
        self.publish(cx, &name, kind, size).await?;
        // What the last try took out: a change that meets another is made again.
        let former = Mutex::new(None);
        let whatever = Expected::default();
        let shown = accounts.change(cx, owner, &whatever, |user| {
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

    /// Deletes a picture that no account shows any more, at once. [`TakenDown`] does it again for
    /// what fails here, so a failure is counted and no error.
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

/// Takes pictures down that accounts have ceased to show: what follows from the table's stream, for
/// a request that died or met a bucket that did not answer.
pub struct TakenDown(Bucket);

impl FromApp for TakenDown {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self(Bucket::from_vars(app.sdk(), app.vars(), env::MEDIA_BUCKET)?))
    }
}

impl TakenDown {
    /// Deletes the picture. One that is gone already is as good.
    pub async fn delete(&self, cx: &Cx, name: &str) -> Result<(), UploadError> {
        self.0.delete(cx, &served(name)).await
    }
}

fn form(kind: PictureType, size: u64) -> Form {
    Form { content_type: kind.media_type().to_owned(), size }
}

/// Where an upload lands.
fn pending(name: &str) -> String {
    format!("pending/{name}")
}

/// Where a confirmed one is served: the site's path of the same name.
fn served(name: &str) -> String {
    format!("media/{name}")
}

/// What the CDN keeps of a picture.
pub fn tag(name: &str) -> Tag {
    Tag::path(format!("/{}", served(name)))
}

/// What the CDN keeps of all pictures.
pub fn family() -> Tag {
    Tag::path("/media/*")
}

/// What a token says.
#[derive(Debug, PartialEq, Eq)]
struct Ticket {
    name: String,
    kind: PictureType,
    size: u64,
    until: i64,
}

impl Ticket {
    /// For this person only: the person is part of what is signed, and not of what is written.
    fn purpose(user: UserId) -> String {
        format!("photo 1 {user}")
    }

    async fn seal(&self, cx: &Cx, signer: &Signer, user: UserId) -> Result<String, NoKey> {
        let mut message = self.until.to_be_bytes().to_vec();
        message.extend(self.size.to_be_bytes());
        message.extend(self.name.as_bytes());
        signer.seal(cx, &Self::purpose(user), &message).await
    }

    async fn open(cx: &Cx, signer: &Signer, user: UserId, token: &str) -> Result<Option<Self>, NoKey> {
        let message = signer.open(cx, &Self::purpose(user), token).await?;
        Ok(message.and_then(|message| Self::read(&message, cx.clock.now_s())))
    }

    fn read(message: &[u8], now: i64) -> Option<Self> {
        let (until, rest) = message.split_first_chunk()?;
        let (size, name) = rest.split_first_chunk()?;
        let until = i64::from_be_bytes(*until);
        let name = std::str::from_utf8(name).ok()?;
        let kind = PictureType::ALL.into_iter().find(|kind| name.ends_with(kind.suffix()))?;
        (now < until).then(|| Self { name: name.to_owned(), kind, size: u64::from_be_bytes(*size), until })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::clock::Clock;

    fn ticket() -> Ticket {
        Ticket { name: format!("{}.webp", unguessable().unwrap()), kind: PictureType::Webp, size: 7, until: 100 }
    }

    fn at(second: i64) -> Cx {
        Cx::new(Clock::manual(second * 1_000), "test", Duration::from_secs(1))
    }

    #[tokio::test]
    async fn a_token_is_its_owners_alone_until_it_is_over() {
        let (signer, ada, eve) = (Signer::new(b"key"), UserId::generate(), UserId::generate());
        let token = ticket().seal(&at(0), &signer, ada).await.unwrap();
        let opened = async |second, signer: &Signer, user, token: &str| {
            Ticket::open(&at(second), signer, user, token).await.unwrap()
        };
        assert!(opened(99, &signer, ada, &token).await.is_some());
        assert_eq!(opened(99, &signer, eve, &token).await, None, "another person's");
        assert_eq!(opened(100, &signer, ada, &token).await, None, "over");
        assert_eq!(opened(99, &Signer::new(b"other"), ada, &token).await, None, "forged");
        let cursor = signer.seal(&at(0), "cursor", b"photo").await.unwrap();
        let short = signer.seal(&at(0), &Ticket::purpose(ada), b"short").await.unwrap();
        for text in ["", "nonsense", &cursor, &short] {
            assert_eq!(opened(99, &signer, ada, text).await, None, "{text}");
        }
    }

    #[tokio::test]
    async fn what_was_offered_is_what_is_confirmed() {
        let (signer, ada, offered) = (Signer::new(b"key"), UserId::generate(), ticket());
        let token = offered.seal(&at(0), &signer, ada).await.unwrap();
        assert_eq!(Ticket::open(&at(0), &signer, ada, &token).await, Ok(Some(offered)));
    }
}
