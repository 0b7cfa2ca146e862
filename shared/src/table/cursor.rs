//! A position in a listing, as text that a client sends back for the next page.
//!
//! Nothing is stored for it: the text itself contains the position. It is signed, because a
//! position is a key, and a client must not be able to make up keys. It is bound to its listing,
//! because a position in one person's items must not be used in another's.

use super::{Position, query::POSITION_MAX};
use crate::{
    context::Cx,
    sign::{NoKey, Signer},
};

/// The longest text that [`Cursors::seal`] makes, in bytes.
pub const CURSOR_MAX: usize = 512;

const LAYOUT: u8 = 1;

/// Why a cursor has no position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// A cursor that was not made here, or not for this listing, or in a layout that is no longer
    /// read: the client's error.
    #[error("must be the `next` of an earlier page of the same list")]
    Bad,
    /// The signing key could not be read, so the cursor cannot be checked.
    #[error(transparent)]
    NoKey(#[from] NoKey),
}

/// Makes cursors and reads them.
#[derive(Debug, Clone)]
pub struct Cursors(Signer);

impl Cursors {
    /// Cursors signed by `signer`. Every environment of the fleet must have the same key.
    pub fn new(signer: Signer) -> Self {
        Self(signer)
    }

    /// `position` as text that is safe in a URL, at most [`CURSOR_MAX`] bytes. `scope` names the
    /// listing and all that narrows it, but not the page size, which may change between pages: see
    /// [`Table::listing_scope`](super::Table::listing_scope) and
    /// [`Table::query_scope`](super::Table::query_scope).
    pub async fn seal(&self, cx: &Cx, scope: &str, position: &Position) -> Result<String, NoKey> {
        let mut message = vec![LAYOUT];
        message.extend_from_slice(position.as_str().as_bytes());
        self.0.seal(cx, &purpose(scope), &message).await
    }

    /// A cursor for the page after `next`, if there is one.
    pub async fn seal_next(&self, cx: &Cx, scope: &str, next: Option<&Position>) -> Result<Option<String>, NoKey> {
        match next {
            Some(position) => self.seal(cx, scope, position).await.map(Some),
            None => Ok(None),
        }
    }

    /// The position of a cursor that [`seal`](Self::seal) made for the same `scope`.
    pub async fn open(&self, cx: &Cx, scope: &str, cursor: &str) -> Result<Position, CursorError> {
        if cursor.len() > CURSOR_MAX {
            return Err(CursorError::Bad);
        }
        let message = self.0.open(cx, &purpose(scope), cursor).await?.ok_or(CursorError::Bad)?;
        let position = match message.split_first() {
            Some((&LAYOUT, position)) if position.len() <= POSITION_MAX => String::from_utf8(position.to_vec()).ok(),
            _ => None,
        };
        position.and_then(|text| Position::new(text).ok()).ok_or(CursorError::Bad)
    }
}

fn purpose(scope: &str) -> String {
    format!("cursor {scope}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;
    use proptest::prelude::*;

    fn cursors() -> Cursors {
        Cursors::new(Signer::new(b"a key of the tests"))
    }

    // The key is there, so nothing waits.
    fn seal(scope: &str, position: &Position) -> String {
        cursors().seal(&Cx::detached(), scope, position).now_or_never().unwrap().unwrap()
    }

    fn open(scope: &str, cursor: &str) -> Result<Position, CursorError> {
        cursors().open(&Cx::detached(), scope, cursor).now_or_never().unwrap()
    }

    fn signed(message: &[u8]) -> String {
        cursors().0.seal(&Cx::detached(), &purpose("orders"), message).now_or_never().unwrap().unwrap()
    }

    #[test]
    fn a_cursor_of_another_layout_is_refused() {
        assert_eq!(open("orders", &signed(b"\x02018f")), Err(CursorError::Bad));
    }

    #[test]
    fn the_longest_position_fits_with_the_longest_name_of_a_key() {
        let (message, signature) = (1 + POSITION_MAX, crate::sign::OVERHEAD);
        assert!((message + signature).div_ceil(3) * 4 <= CURSOR_MAX);
    }

    proptest! {
        #[test]
        fn a_cursor_opens_for_its_own_listing_only(position in "\\PC{0,80}", scope in "\\PC{0,40}", other in "\\PC{0,40}") {
            let position = Position::new(position).unwrap();
            let cursor = seal(&scope, &position);
            prop_assert!(cursor.len() <= CURSOR_MAX);
            prop_assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            prop_assert_eq!(open(&scope, &cursor), Ok(position));
            if other != scope {
                prop_assert_eq!(open(&other, &cursor), Err(CursorError::Bad));
            }
        }

        #[test]
        fn the_longest_position_fits(length in 0..=POSITION_MAX) {
            let position = Position::new("x".repeat(length)).unwrap();
            prop_assert!(seal("s", &position).len() <= CURSOR_MAX);
        }

        /// As an older or a newer release may have written it.
        #[test]
        fn what_was_signed_in_another_layout_is_none(message in prop::collection::vec(any::<u8>(), 0..300)) {
            let opened = open("orders", &signed(&message));
            let readable = message.first() == Some(&LAYOUT) && std::str::from_utf8(&message[1..]).is_ok();
            prop_assert!(readable || opened == Err(CursorError::Bad));
        }

        #[test]
        fn no_other_text_opens(text in "\\PC{0,600}") {
            prop_assert_eq!(open("orders", &text), Err(CursorError::Bad));
        }
    }
}
