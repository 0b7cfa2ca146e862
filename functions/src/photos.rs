//! Pictures of people: offered, uploaded, confirmed, and only then shown.
//!
//! An offer is an address that takes one picture of one type and size, and a token that names it. The upload lands below
//! `pending/`, which nothing serves and which the bucket empties after a day. Whoever brings the token back confirms: we look
//! at what has come, copy it to `media/`, where the site serves it, and write its name into the account. A name is random and
//! used once, so that what it leads to never changes.
//!
//! The token is signed for the person whom it was made for: nobody confirms another's picture, or any other object.

use crate::{
    accounts::{Account, Accounts},
    ids::UserId,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{
    app::{App, FromApp},
    config::ConfigError,
    context::Cx,
    lambda::SignedIn,
    sign::Signer,
    table::TableError,
    upload::{Bucket, Form, Presigned, UploadError, unguessable},
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

/// What a picture may be: what every browser shows and none runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(inline, extend("enum" = ["image/jpeg", "image/png", "image/webp"]))]
pub enum Kind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

/// The text is no media type of ours.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not image/jpeg, image/png or image/webp")]
pub struct NotAPicture;

impl TryFrom<String> for Kind {
    type Error = NotAPicture;

    fn try_from(text: String) -> Result<Self, NotAPicture> {
        let kinds = [Self::Jpeg, Self::Png, Self::Webp];
        kinds.into_iter().find(|kind| kind.media_type() == text).ok_or(NotAPicture)
    }
}

impl Kind {
    fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }
}

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
}

/// The pictures.
pub struct Photos {
    bucket: Bucket,
    signer: Signer,
}

impl FromApp for Photos {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        let bucket = Bucket::from_vars(app.sdk(), app.vars(), "MEDIA_BUCKET")?;
        Ok(Self { bucket, signer: app.signer().await? })
    }
}

impl Photos {
    /// Offers the owner an upload of this kind and size.
    pub async fn offer(&self, cx: &Cx, owner: &SignedIn, kind: Kind, size: u64) -> Result<Offer, PhotoError> {
        let name = format!("{}.{}", unguessable().ok_or(PhotoError::Random)?, kind.suffix());
        let upload = self.bucket.presign(&pending(&name), &form(kind, size), LIFETIME).await?;
        let expires_at = cx.clock.now() + LIFETIME;
        let ticket = Ticket { name, kind, size, until: expires_at.as_second() };
        Ok(Offer { upload, expires_at, token: ticket.seal(&self.signer, owner.subject().into()) })
    }

    /// Shows the picture that `token` names, if it has come as it was offered. Asked again, it does no more.
    pub async fn confirm(
        &self,
        cx: &Cx,
        accounts: &Accounts,
        owner: &SignedIn,
        token: &str,
    ) -> Result<Account, PhotoError> {
        let ticket = Ticket::open(&self.signer, owner.subject().into(), token, cx.clock.now_s());
        let Ticket { name, kind, size, .. } = ticket.ok_or(PhotoError::Token)?;
        self.publish(cx, &name, &form(kind, size)).await?;
        // What the last try took out: a change that meets another is made again.
        let former = Mutex::new(None);
        let whatever = Expected::default();
        let shown = accounts.change(cx, owner, &whatever, |user| {
            *former.lock().unwrap_or_else(PoisonError::into_inner) = user.photo.replace(name.clone());
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

    /// Deletes a picture that no account shows any more. One that stays behind costs a little storage and nothing leads to
    /// it, so a failure is counted and no error.
    pub async fn delete(&self, cx: &Cx, name: &str) {
        if let Err(error) = self.bucket.delete(cx, &served(name)).await {
            cx.event.count("photo_left_behind", 1);
            tracing::warn!(%error, "a picture stays behind");
        }
    }

    async fn publish(&self, cx: &Cx, name: &str, offered: &Form) -> Result<(), PhotoError> {
        match self.bucket.head(cx, &pending(name)).await? {
            None => Err(PhotoError::Missing),
            Some(come) if come != *offered => Err(PhotoError::Differs),
            Some(_) => {
                let there = self.bucket.copy_once(cx, &pending(name), &served(name), &offered.content_type).await?;
                there.then_some(()).ok_or(PhotoError::Missing)
            }
        }
    }
}

fn form(kind: Kind, size: u64) -> Form {
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

/// What a token says.
#[derive(Debug, PartialEq, Eq)]
struct Ticket {
    name: String,
    kind: Kind,
    size: u64,
    until: i64,
}

impl Ticket {
    /// For this person only: the person is part of what is signed, and not of what is written.
    fn purpose(user: UserId) -> String {
        format!("photo 1 {user}")
    }

    fn seal(&self, signer: &Signer, user: UserId) -> String {
        let mut message = self.until.to_be_bytes().to_vec();
        message.extend(self.size.to_be_bytes());
        message.extend(self.name.as_bytes());
        signer.seal(&Self::purpose(user), &message)
    }

    fn open(signer: &Signer, user: UserId, token: &str, now: i64) -> Option<Self> {
        let message = signer.open(&Self::purpose(user), token)?;
        let (until, rest) = message.split_first_chunk()?;
        let (size, name) = rest.split_first_chunk()?;
        let until = i64::from_be_bytes(*until);
        let name = std::str::from_utf8(name).ok()?;
        let kind = [Kind::Jpeg, Kind::Png, Kind::Webp].into_iter().find(|kind| name.ends_with(kind.suffix()))?;
        (now < until).then(|| Self { name: name.to_owned(), kind, size: u64::from_be_bytes(*size), until })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket() -> Ticket {
        Ticket { name: format!("{}.webp", unguessable().unwrap()), kind: Kind::Webp, size: 7, until: 100 }
    }

    #[test]
    fn a_token_is_its_owners_alone_until_it_is_over() {
        let (signer, ada, eve) = (Signer::new(b"key"), UserId::generate(), UserId::generate());
        let token = ticket().seal(&signer, ada);
        assert!(Ticket::open(&signer, ada, &token, 99).is_some());
        assert_eq!(Ticket::open(&signer, eve, &token, 99), None, "another person's");
        assert_eq!(Ticket::open(&signer, ada, &token, 100), None, "over");
        assert_eq!(Ticket::open(&Signer::new(b"other"), ada, &token, 99), None, "forged");
        for text in ["", "nonsense", &signer.seal("cursor", b"photo"), &signer.seal(&Ticket::purpose(ada), b"short")] {
            assert_eq!(Ticket::open(&signer, ada, text, 99), None, "{text}");
        }
    }

    #[test]
    fn what_was_offered_is_what_is_confirmed() {
        let (signer, ada, offered) = (Signer::new(b"key"), UserId::generate(), ticket());
        assert_eq!(Ticket::open(&signer, ada, &offered.seal(&signer, ada), 0), Some(offered));
    }

    #[test]
    fn a_picture_is_one_of_three_types_in_one_spelling() {
        assert_eq!(Kind::try_from("image/png".to_owned()), Ok(Kind::Png));
        for text in ["image/svg+xml", "image/gif", "text/html", "IMAGE/PNG", "image/png; charset=utf-8", ""] {
            assert_eq!(Kind::try_from(text.to_owned()), Err(NotAPicture), "{text}");
        }
    }
}
