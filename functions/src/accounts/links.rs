//! Links in mails that prove that their holder reads the mailbox: to show that an address is one's own, and to set a new password.
//!
//! A link is signed, for one purpose, ends, and can be used once. Nothing is stored for that: it names a digest of what it
//! changes (whether the address is verified, the password's hash), so that the change that it makes is also what ends it. Of two who use it
//! at once one wins, by the account's version. It is made by the e-mail worker, from the event: no queue and no table holds one.

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
    /// To show that mail to the account's address arrives.
    Verification,
    /// To set a new password.
    Reset,
}

impl Purpose {
    /// How long after it was asked for a link can be used.
    pub fn lifetime(self) -> SignedDuration {
        match self {
            Self::Verification => SignedDuration::from_hours(72),
            Self::Reset => SignedDuration::from_hours(1),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Verification => "verification link 1",
            Self::Reset => "reset link 1",
        }
    }

    /// Of what the link changes.
    fn digest(self, user: &User) -> String {
        let state = match self {
            Self::Verification => format!("{} {}", user.email_verified, user.email.as_str()),
            Self::Reset => user.password_hash.clone(),
        };
        sha256_hex(state.as_bytes())[..DIGEST].to_owned()
    }
}

/// Hexadecimal digits of a digest: 64 bits, which nobody can choose freely.
const DIGEST: usize = 16;

/// It was used, it has ended, or nobody was ever given it. Which of these is told to nobody.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no link that can be used: it was used, has ended, or never was one")]
pub struct NotALink;

/// Why a token was not opened.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is no token of a link that can be used.
    #[error(transparent)]
    Link(#[from] NotALink),
    /// The key could not be read, so nobody knows.
    #[error(transparent)]
    NoKey(#[from] NoKey),
}

/// A link that was opened: good until `ends_at`, if the account is still as it was.
#[derive(Debug)]
pub struct OpenedLink {
    purpose: Purpose,
    user: UserId,
    digest: String,
}

impl OpenedLink {
    /// Whose account it changes.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// Whether it can still be used on `user`.
    pub fn fits(&self, user: &User) -> bool {
        user.id == self.user && self.purpose.digest(user) == self.digest
    }
}

/// Makes and opens links.
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

    /// The token of a link for `user` that was asked for at `asked_at`: the same however often it is made.
    pub async fn seal(&self, cx: &Cx, purpose: Purpose, user: &User, asked_at: Timestamp) -> Result<String, NoKey> {
        let ends_at = asked_at.saturating_add(purpose.lifetime()).unwrap_or(Timestamp::MAX).as_second();
        let mut message = user.id.0.as_bytes().to_vec();
        message.extend(ends_at.to_be_bytes());
        message.extend(purpose.digest(user).as_bytes());
        self.0.seal(cx, purpose.name(), &message).await
    }

    /// The link that `token` belongs to.
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
