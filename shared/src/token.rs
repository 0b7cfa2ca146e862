//! The consistency token: the client reads its own writes, because it carries what it has seen.
//!
//! A write answers with a token that names the written item and its version. A read that sends the
//! token never gets an older version, from any layer: the cache and the table compare with
//! [`Cx::seen`](crate::context::Cx), which the token fills. The alternative is to read everything
//! strongly for a while after a write. That costs twice as much for everybody, and does not cover a
//! cache.
//!
//! The token is signed, because a forged version from the future would turn every read into a
//! strong one. It ends after a minute, because by then every layer has caught up. It names four
//! items at most, because it travels in a header. It is not secret: it says which items its holder
//! wrote, and nothing else. A token that cannot be read, or has ended, is ignored.
//!
//! Without the signing key a token cannot be read. Then a read that sends one is refused, because
//! any answer might be older than what the client saw. A write goes on, and its response has no
//! token, so the client keeps the one that it has.

use crate::{
    context::Cx,
    sign::{NoKey, Signer},
    version::Version,
};
use std::time::Duration;

/// The header that carries the token, in both directions.
pub const HEADER: &str = "consistency-token";
/// The most items that a token names: the ones written last.
pub const ITEMS_MAX: usize = 4;
/// The longest token, in bytes.
pub const TOKEN_MAX: usize = 800;
/// How long a token is valid.
pub const LIFETIME: Duration = Duration::from_mins(1);
/// How long a finished response waits for the signing key.
pub const SEAL_LIMIT: Duration = Duration::from_millis(200);

const PURPOSE: &str = "consistency token 1";
/// Longer names are left out. An item's partition key is half of this.
const NAME_MAX: usize = 120;
const NUMBER: usize = size_of::<u64>();

/// Makes and reads tokens.
#[derive(Debug, Clone)]
pub struct Tokens(Signer);

impl Tokens {
    /// Tokens that `signer` signs.
    pub fn new(signer: Signer) -> Self {
        Self(signer)
    }

    /// A token for all that this request's client has seen, newest last; `None` when that is
    /// nothing. At most [`TOKEN_MAX`] bytes of text that is safe in a header. Waits for the key no
    /// longer than [`SEAL_LIMIT`].
    pub async fn seal(&self, cx: &Cx) -> Result<Option<String>, NoKey> {
        let mut items = cx.seen.all();
        items.retain(|(name, _)| (1..=NAME_MAX).contains(&name.len()));
        let items = &items[items.len().saturating_sub(ITEMS_MAX)..];
        if items.is_empty() {
            return Ok(None);
        }
        let until = cx.clock.now_s() + i64::try_from(LIFETIME.as_secs()).unwrap_or(0);
        let mut message = until.to_be_bytes().to_vec();
        for (name, version) in items {
            message.extend(version.0.to_be_bytes());
            message.push(u8::try_from(name.len()).unwrap_or(0));
            message.extend(name.as_bytes());
        }
        let brief = Cx::new(cx.clock.clone(), cx.request_id.clone(), cx.time_left().min(SEAL_LIMIT));
        self.0.seal(&brief, PURPOSE, &message).await.map(Some)
    }

    /// Notes in [`Cx::seen`](crate::context::Cx) what the token names. Whether it was good: neither
    /// forged nor over.
    pub async fn open(&self, cx: &Cx, token: &str) -> Result<bool, NoKey> {
        let message = self.0.open(cx, PURPOSE, token).await?;
        let items = message.as_deref().and_then(|message| items(message, cx.clock.now_s()));
        for (name, version) in items.iter().flatten() {
            cx.seen.note(name, *version);
        }
        Ok(items.is_some())
    }
}

fn items(message: &[u8], now: i64) -> Option<Vec<(&str, Version)>> {
    let (until, mut rest) = message.split_first_chunk::<NUMBER>()?;
    let left = i64::from_be_bytes(*until).checked_sub(now)?;
    if left <= 0 {
        return None;
    }
    let mut items = Vec::new();
    while !rest.is_empty() && items.len() < ITEMS_MAX {
        let (version, after) = rest.split_first_chunk::<NUMBER>()?;
        let (length, after) = after.split_first()?;
        let (name, after) = after.split_at_checked(usize::from(*length))?;
        items.push((std::str::from_utf8(name).ok()?, Version(u64::from_be_bytes(*version))));
        rest = after;
    }
    rest.is_empty().then_some(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use futures_util::FutureExt as _;
    use proptest::prelude::*;

    proptest! {
        /// As an older or a newer release may have written it.
        #[test]
        fn what_was_signed_in_another_layout_says_nothing_wrong(
            until in 1_i64.., rest in prop::collection::vec(any::<u8>(), 0..100), whole in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            for message in [[&until.to_be_bytes()[..], &rest].concat(), whole] {
                let read = cx(&Clock::manual(0));
                let token = tokens().0.seal(&read, PURPOSE, &message).now_or_never().unwrap().unwrap();
                let good = open(&read, &token);
                prop_assert!(good || read.seen.is_empty());
            }
        }
    }

    fn tokens() -> Tokens {
        Tokens::new(Signer::new(b"key"))
    }

    // The key is there, so nothing waits.
    fn seal(cx: &Cx) -> Option<String> {
        tokens().seal(cx).now_or_never().unwrap().unwrap()
    }

    fn open(cx: &Cx, token: &str) -> bool {
        tokens().open(cx, token).now_or_never().unwrap().unwrap()
    }

    fn cx(clock: &Clock) -> Cx {
        Cx::new(clock.clone(), "test", Duration::from_secs(1))
    }

    #[test]
    fn what_one_request_wrote_the_next_has_seen() {
        let clock = Clock::manual(0);
        let (write, read) = (cx(&clock), cx(&clock));
        assert_eq!(seal(&write), None, "nothing was written");
        write.seen.note("user#1", Version(7));
        write.seen.note("user#1/order#2", Version(1));
        let token = seal(&write).unwrap();
        assert!(open(&read, &token));
        assert_eq!(read.seen.all(), write.seen.all());
    }

    #[test]
    fn a_token_ends_and_a_forged_one_never_was() {
        let clock = Clock::manual(0);
        let (write, read) = (cx(&clock), cx(&clock));
        write.seen.note("user#1", Version(7));
        let token = seal(&write).unwrap();
        clock.advance(LIFETIME);
        let forged = Signer::new(b"other").seal(&read, PURPOSE, b"").now_or_never().unwrap().unwrap();
        for bad in [&token, "", "nonsense", &forged] {
            assert!(!open(&read, bad), "{bad}");
        }
        assert!(read.seen.is_empty());
    }

    #[test]
    fn it_names_the_four_that_were_written_last_and_fits_a_header() {
        let clock = Clock::manual(0);
        let (write, read) = (cx(&clock), cx(&clock));
        let name = |n: u64| format!("{n}{}", "x".repeat(NAME_MAX - 1));
        (0..9).for_each(|n| write.seen.note(&name(n), Version(n)));
        write.seen.note(&"y".repeat(NAME_MAX + 1), Version(1));
        let token = seal(&write).unwrap();
        assert!(token.len() <= TOKEN_MAX, "{}", token.len());
        assert!(open(&read, &token));
        assert_eq!(read.seen.all().iter().map(|(_, v)| v.0).collect::<Vec<_>>(), [5, 6, 7, 8]);
    }
}
