//! The token of an offer: it names one upload, and is signed for one person.

use crate::ids::UserId;
use shared::{
    context::Cx,
    sign::{NoKey, Signer},
    upload::PictureType,
};

/// The content of a token.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PhotoToken {
    pub(super) name: String,
    pub(super) kind: PictureType,
    pub(super) size: u64,
    /// When the offer ends, in seconds since 1970.
    pub(super) until: i64,
}

impl PhotoToken {
    /// What the signature is bound to. The person is part of it and not part of the message.
    fn purpose(user: UserId) -> String {
        format!("photo 1 {user}")
    }

    pub(super) async fn seal(&self, cx: &Cx, signer: &Signer, user: UserId) -> Result<String, NoKey> {
        let mut message = self.until.to_be_bytes().to_vec();
        message.extend(self.size.to_be_bytes());
        message.extend(self.name.as_bytes());
        signer.seal(cx, &Self::purpose(user), &message).await
    }

    pub(super) async fn open(cx: &Cx, signer: &Signer, user: UserId, token: &str) -> Result<Option<Self>, NoKey> {
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
    use shared::{clock::Clock, upload::unguessable};
    use std::time::Duration;

    fn token() -> PhotoToken {
        PhotoToken { name: format!("{}.webp", unguessable().unwrap()), kind: PictureType::Webp, size: 7, until: 100 }
    }

    fn at(second: i64) -> Cx {
        Cx::new(Clock::manual(second * 1_000), "test", Duration::from_secs(1))
    }

    #[tokio::test]
    async fn a_token_is_its_owners_alone_until_it_is_over() {
        let (signer, ada, eve) = (Signer::new(b"key"), UserId::generate(), UserId::generate());
        let token = token().seal(&at(0), &signer, ada).await.unwrap();
        let opened = async |second, signer: &Signer, user, token: &str| {
            PhotoToken::open(&at(second), signer, user, token).await.unwrap()
        };
        assert!(opened(99, &signer, ada, &token).await.is_some());
        assert_eq!(opened(99, &signer, eve, &token).await, None, "another person's");
        assert_eq!(opened(100, &signer, ada, &token).await, None, "over");
        assert_eq!(opened(99, &Signer::new(b"other"), ada, &token).await, None, "forged");
        let cursor = signer.seal(&at(0), "cursor", b"photo").await.unwrap();
        let short = signer.seal(&at(0), &PhotoToken::purpose(ada), b"short").await.unwrap();
        for text in ["", "nonsense", &cursor, &short] {
            assert_eq!(opened(99, &signer, ada, text).await, None, "{text}");
        }
    }

    #[tokio::test]
    async fn what_was_offered_is_what_is_confirmed() {
        let (signer, ada, offered) = (Signer::new(b"key"), UserId::generate(), token());
        let token = offered.seal(&at(0), &signer, ada).await.unwrap();
        assert_eq!(PhotoToken::open(&at(0), &signer, ada, &token).await, Ok(Some(offered)));
    }
}
