//! A position in a listing, as text that a client hands back.
//!
//! Nothing is stored for it: the text says where to go on. It is signed, because a position is a key, and a client that
//! could write keys could ask for anything; and it is bound to what was listed, because a position in one person's
//! orders means nothing, or too much, in another's.

use super::{Position, query::POSITION_MAX};
use crate::sign::Signer;

/// The longest text that [`Cursors::seal`] makes, in bytes.
pub const CURSOR_MAX: usize = 512;

const LAYOUT: u8 = 1;

/// A cursor that was not made here, or not for this listing, or in a layout that is no longer read: the client's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this listing")]
pub struct BadCursor;

/// Makes cursors and reads them.
#[derive(Debug, Clone)]
pub struct Cursors(Signer);

impl Cursors {
    /// Cursors signed by `signer`. Every environment of the fleet must have the same key.
    pub fn new(signer: Signer) -> Self {
        Self(signer)
    }

    /// `position` as text that is safe in a URL, at most [`CURSOR_MAX`] bytes. `scope` names the listing and all that
    /// narrows it, but not the page size, which may change between pages: see
    /// [`Table::listing_scope`](super::Table::listing_scope) and [`Table::query_scope`](super::Table::query_scope).
    pub fn seal(&self, scope: &str, position: &Position) -> String {
        let mut message = vec![LAYOUT];
        message.extend_from_slice(position.as_str().as_bytes());
        self.0.seal(&purpose(scope), &message)
    }

    /// The position of a cursor that [`seal`](Self::seal) made for the same `scope`.
    pub fn open(&self, scope: &str, cursor: &str) -> Result<Position, BadCursor> {
        if cursor.len() > CURSOR_MAX {
            return Err(BadCursor);
        }
        let message = self.0.open(&purpose(scope), cursor).ok_or(BadCursor)?;
        match message.split_first() {
            Some((&LAYOUT, position)) if position.len() <= POSITION_MAX => {
                String::from_utf8(position.to_vec()).ok().and_then(|text| Position::new(text).ok()).ok_or(BadCursor)
            }
            _ => Err(BadCursor),
        }
    }
}

fn purpose(scope: &str) -> String {
    format!("cursor {scope}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cursors() -> Cursors {
        Cursors::new(Signer::new(b"a key of the tests"))
    }

    #[test]
    fn a_cursor_of_another_layout_is_refused() {
        let other = cursors().0.seal(&purpose("orders"), b"\x02018f");
        assert_eq!(cursors().open("orders", &other), Err(BadCursor));
    }

    proptest! {
        #[test]
        fn a_cursor_opens_for_its_own_listing_only(position in "\\PC{0,80}", scope in "\\PC{0,40}", other in "\\PC{0,40}") {
            let position = Position::new(position).unwrap();
            let cursor = cursors().seal(&scope, &position);
            prop_assert!(cursor.len() <= CURSOR_MAX);
            prop_assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            prop_assert_eq!(cursors().open(&scope, &cursor), Ok(position));
            if other != scope {
                prop_assert_eq!(cursors().open(&other, &cursor), Err(BadCursor));
            }
        }

        #[test]
        fn the_longest_position_fits(length in 0..=POSITION_MAX) {
            let position = Position::new("x".repeat(length)).unwrap();
            prop_assert!(cursors().seal("s", &position).len() <= CURSOR_MAX);
        }

        /// As an older or a newer release may have written it.
        #[test]
        fn what_was_signed_in_another_layout_is_none(message in prop::collection::vec(any::<u8>(), 0..300)) {
            let opened = cursors().open("orders", &cursors().0.seal(&purpose("orders"), &message));
            let readable = message.first() == Some(&LAYOUT) && std::str::from_utf8(&message[1..]).is_ok();
            prop_assert!(readable || opened == Err(BadCursor));
        }

        #[test]
        fn no_other_text_opens(text in "\\PC{0,600}") {
            prop_assert_eq!(cursors().open("orders", &text), Err(BadCursor));
        }
    }
}
