//! Links in mails, which prove that their holder reads the mailbox: one kind verifies an address,
//! the other sets a new password.
//!
//! A link is signed for one purpose, expires, and can be used once. No table stores links: a link
//! contains a digest of what it changes (whether the address is verified, or the password's hash).
//! So the change that a link makes also ends the link. When two requests use it at the same time,
//! the account's version lets one of them win. The e-mail worker makes the link from the event, so
//! no queue holds one either.

use super::users::User;
use crate::ids::UserId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::{
    app::{App, FromApp},
    config::ConfigError,
    context::Cx,
    sign::{NoKey, Signer, sha256_hex},
};
use uuid::Uuid;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To verify the account's address.
    Verification,
    /// To set a new password.
    Reset,
}

impl Purpose {
    /// For how long after the request the link can be used.
    pub fn lifetime(self) -> SignedDuration {
        match self {
            Self::Verification => SignedDuration::from_hours(72),
            Self::Reset => SignedDuration::from_hours(1),
        }
    }

    /// What the signature is bound to.
    fn name(self) -> &'static str {
        match self {
            Self::Verification => "verification link 1",
            Self::Reset => "reset link 1",
        }
    }

    /// The digest of what the link changes.
    fn digest(self, user: &User) -> String {
        let state = match self {
            Self::Verification => format!("{} {}", user.email_verified, user.email.as_str()),
            Self::Reset => user.password_hash.clone(),
        };
        sha256_hex(state.as_bytes())[..DIGEST].to_owned()
    }
}

/// The longest token of a link, in bytes.
pub const TOKEN_MAX: usize = 512;

/// Hexadecimal digits of a digest: 64 bits. That is enough, because nobody can choose the digest
/// freely.
const DIGEST: usize = 16;

/// The link was used, has expired, or never existed. The error does not say which of these is true.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the token of a link that is not used and not expired")]
pub struct NotALink;

/// Why a token could not be opened.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The token is not one of a usable link.
    #[error(transparent)]
    Link(#[from] NotALink),
    /// The signing key could not be read, so we cannot know.
    #[error(transparent)]
    NoKey(#[from] NoKey),
}

/// A link whose signature and lifetime are good. It is usable if the account has not changed since.
#[derive(Debug)]
pub struct OpenedLink {
    purpose: Purpose,
    user: UserId,
    digest: String,
}

impl OpenedLink {
    /// The account that the link changes.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// Whether the link can still be used on `user`.
    pub fn fits(&self, user: &User) -> bool {
        user.id == self.user && self.purpose.digest(user) == self.digest
    }
}

/// Makes links and opens them.
#[derive(Debug, Clone)]
pub struct Links(Signer);

impl FromApp for Links {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self(app.signer()?))
    }
}

impl Links {
    /// Links that `signer` signs.
    pub fn new(signer: Signer) -> Self {
        Self(signer)
    }

    /// The token of a link for `user` that was requested at `asked_at`. The same arguments always
    /// give the same token.
    pub async fn seal(&self, cx: &Cx, purpose: Purpose, user: &User, asked_at: Timestamp) -> Result<String, NoKey> {
        let ends_at = asked_at.saturating_add(purpose.lifetime()).unwrap_or(Timestamp::MAX).as_second();
        let mut message = user.id.0.as_bytes().to_vec();
        message.extend(ends_at.to_be_bytes());
        message.extend(purpose.digest(user).as_bytes());
        self.0.seal(cx, purpose.name(), &message).await
    }

    /// Opens the link of a token.
    pub async fn open(&self, cx: &Cx, purpose: Purpose, token: &str) -> Result<OpenedLink, OpenError> {
        let message = self.0.open(cx, purpose.name(), token).await?.ok_or(NotALink)?;
        Ok(link(purpose, &message, cx.clock.now_s())?)
    }
}

fn link(purpose: Purpose, message: &[u8], now: i64) -> Result<OpenedLink, NotALink> {
    let (user, rest) = message.split_first_chunk::<16>().ok_or(NotALink)?;
    let (ends_at, digest) = rest.split_first_chunk::<8>().ok_or(NotALink)?;
    if now >= i64::from_be_bytes(*ends_at) {
        return Err(NotALink);
    }
    let digest = std::str::from_utf8(digest).map_err(|_| NotALink)?.to_owned();
    Ok(OpenedLink { purpose, user: UserId(Uuid::from_bytes(*user)), digest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::{clock::Clock, version::Version};
    use std::time::Duration;

    fn user() -> User {
        User {
            id: UserId::generate(),
            name: "Ada".to_owned(),
            email: "ada@example.com".parse().unwrap(),
            password_hash: "$argon2id$old".to_owned(),
            email_verified: false,
            photo: None,
            photo_offer: 0,
            created_at: Timestamp::UNIX_EPOCH,
            version: Version::FIRST,
        }
    }

    fn cx(clock: &Clock) -> Cx {
        Cx::new(clock.clone(), "test", Duration::from_secs(1))
    }

    async fn sealed(purpose: Purpose, user: &User) -> String {
        let links = Links::new(Signer::new(b"key"));
        links.seal(&cx(&Clock::manual(0)), purpose, user, Timestamp::UNIX_EPOCH).await.unwrap()
    }

    async fn opened(clock: &Clock, purpose: Purpose, token: &str) -> Result<OpenedLink, OpenError> {
        Links::new(Signer::new(b"key")).open(&cx(clock), purpose, token).await
    }

    #[tokio::test]
    async fn a_link_is_good_for_its_purpose_and_time_only() {
        let user = user();
        for (purpose, other) in [(Purpose::Verification, Purpose::Reset), (Purpose::Reset, Purpose::Verification)] {
            let clock = Clock::manual(0);
            let token = sealed(purpose, &user).await;
            assert!(opened(&clock, purpose, &token).await.unwrap().fits(&user));
            assert_eq!(opened(&clock, other, &token).await.unwrap_err(), NotALink.into());
            assert_eq!(opened(&clock, purpose, &token[1..]).await.unwrap_err(), NotALink.into());
            clock.advance(purpose.lifetime().unsigned_abs().saturating_sub(Duration::from_secs(1)));
            assert!(opened(&clock, purpose, &token).await.is_ok());
            clock.advance(Duration::from_secs(1));
            assert_eq!(opened(&clock, purpose, &token).await.unwrap_err(), NotALink.into());
        }
    }

    #[tokio::test]
    async fn what_a_link_changes_ends_it() {
        let before = user();
        let link = async |purpose| opened(&Clock::manual(0), purpose, &sealed(purpose, &before).await).await.unwrap();
        let verified = User { email_verified: true, ..before.clone() };
        assert!(!link(Purpose::Verification).await.fits(&verified));
        assert!(link(Purpose::Reset).await.fits(&verified));
        let reset = User { password_hash: "$argon2id$new".to_owned(), ..before.clone() };
        assert!(!link(Purpose::Reset).await.fits(&reset));
        assert!(!link(Purpose::Reset).await.fits(&user()), "another's");
    }
}
