//! Values that we hand out and take back: cursors, consistency tokens, session tokens. A value with
//! one changed byte is invalid.

use super::changes;
use super::{many, respelt};
use proptest::prelude::*;
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderValue};
use shared::{
    clock::Clock,
    context::Cx,
    session::{COOKIE as OURS, Credentials, Subject, Token},
    sign::Signer,
    table::{CursorError, Cursors, Position},
    token::Tokens,
    version::Version,
};
use std::time::Duration;
use tests::now;
use uuid::Uuid;

const KEY: &[u8] = b"a key of the tests";

fn cx() -> Cx {
    Cx::new(Clock::manual(0), "test", Duration::from_secs(1))
}

/// A token for what somebody wrote.
fn consistency_token(name: &str, version: u64) -> Option<String> {
    let cx = cx();
    cx.seen.note(name, Version(version));
    now(Tokens::new(Signer::new(KEY)).seal(&cx)).unwrap()
}

fn is_token(cx: &Cx, text: &str) -> bool {
    now(Tokens::new(Signer::new(KEY)).open(cx, text)).unwrap()
}

fn session_token(subject: u128) -> Token {
    let token = Token::generate(Subject(Uuid::from_u128(subject))).unwrap();
    now(token.proven(&cx(), &Signer::new(KEY))).unwrap()
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn a_cursor_that_was_changed_is_none(position in "\\PC{0,80}", change in changes()) {
        let (cx, cursors) = (cx(), Cursors::new(Signer::new(KEY)));
        let cursor = now(cursors.seal(&cx, "orders", &Position::after(&position).unwrap())).unwrap();
        let other = respelt(&cursor, &change);
        prop_assume!(other != cursor);
        prop_assert_eq!(now(cursors.open(&cx, "orders", &other)), Err(CursorError::Bad));
    }

    #[test]
    fn a_consistency_token_that_was_changed_says_nothing(name in "\\PC{1,30}", version: u64, change in changes()) {
        let (cx, token) = (cx(), consistency_token(&name, version).unwrap());
        let other = respelt(&token, &change);
        prop_assume!(other != token);
        prop_assert!(!is_token(&cx, &other));
        prop_assert!(cx.seen.is_empty());
    }

    #[test]
    fn no_text_is_a_consistency_token(text in "\\PC{0,900}") {
        let cx = cx();
        prop_assert!(!is_token(&cx, &text));
        prop_assert!(cx.seen.is_empty());
    }

    #[test]
    fn what_was_signed_for_one_purpose_is_nothing_for_another(message in prop::collection::vec(any::<u8>(), 0..200)) {
        let (cx, signer) = (cx(), Signer::new(KEY));
        let sealed = now(signer.seal(&cx, "something else", &message)).unwrap();
        let opened = now(Cursors::new(signer).open(&cx, "orders", &sealed));
        prop_assert_eq!(opened, Err(CursorError::Bad));
        prop_assert!(!is_token(&cx, &sealed) && cx.seen.is_empty());
    }

    /// It has one spelling: what is read is spelt as it would be written.
    #[test]
    fn a_session_token_that_was_changed_is_another_or_none(subject: u128, change in changes()) {
        let token = session_token(subject);
        let other = respelt(&token.reveal(), &change);
        prop_assume!(other != token.reveal());
        if let Ok(read) = other.parse::<Token>() {
            prop_assert_ne!(&read, &token);
            prop_assert_eq!(read.reveal(), other);
        }
    }

    #[test]
    fn a_text_that_looks_like_a_session_token_has_one_spelling(text in "[0-9a-fA-F-]{32,36}\\.[A-Za-z0-9_=-]{42,80}") {
        if let Ok(read) = text.parse::<Token>() {
            prop_assert_eq!(read.reveal(), text);
        }
    }

    #[test]
    fn no_header_brings_the_parser_down(
        bytes in prop::collection::vec(any::<u8>(), 0..200), text in "(Bearer |bearer  )?\\PC{0,100}", change in changes(),
    ) {
        let token = session_token(7).reveal();
        let (bearer, cookie) = (format!("Bearer {token}"), format!("a=b; {OURS}={token}; c=d"));
        for value in [bytes, text.into_bytes(), super::changed(bearer.as_bytes(), &change), super::changed(cookie.as_bytes(), &change)] {
            let Ok(value) = HeaderValue::from_bytes(&value) else { continue };
            for name in [AUTHORIZATION, COOKIE] {
                let credentials = Credentials::of(&HeaderMap::from_iter([(name, value.clone())]));
                let found = credentials.token();
                let shown = String::from_utf8_lossy(value.as_bytes());
                prop_assert!(found.is_none_or(|found| shown.contains(&found.reveal())), "{shown}");
            }
        }
    }
}

#[test]
fn what_is_changed_above_was_right_before() {
    let (cx, token) = (cx(), consistency_token("user#1", 7).unwrap());
    assert!(is_token(&cx, &token) && !cx.seen.is_empty());
    let token = session_token(7);
    assert_eq!(token.reveal().parse(), Ok(token));
}
