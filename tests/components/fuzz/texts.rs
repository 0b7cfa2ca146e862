//! Texts with a grammar of their own: addresses, search queries, limits in the configuration.

use super::{changes, many, respelt};
use functions::{
    accounts::email::EmailAddress,
    catalog::search::{ParsedQuery, words},
};
use proptest::{
    prelude::*,
    sample::{Index, select},
};
use shared::{
    config::Vars,
    context::Cx,
    env::LIMITS,
    ratelimit::{By, Limit, Limits, Store},
    sign::Signer,
    table::Cursors,
};
use tests::now;

const WRITTEN: [Limit; 2] = [Limit::per_minute(5).by(By::Account), Limit::per_minute(20)];

/// An address is one word of ASCII in its last spelling: nothing that could end a line or a header
/// is in it.
fn is_tame(text: &str) -> Result<(), TestCaseError> {
    if let Ok(address) = text.parse::<EmailAddress>() {
        let address = address.as_str();
        prop_assert!(address.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase()), "{address:?}");
        prop_assert!(!address.contains(['<', '>', '(', ')', ',', ';', ':', '"', '\\', '[', ']']), "{address:?}");
        prop_assert_eq!(address.matches('@').count(), 1);
        prop_assert!(address.len() <= 64 + 1 + 253);
        let again = address.parse::<EmailAddress>();
        prop_assert_eq!(again.as_ref().map(EmailAddress::as_str), Ok(address));
    }
    Ok(())
}

/// What configuration says is read, or is an error; no limit is lost by it, and none becomes
/// "never".
fn keeps_limits(text: &str) -> Result<(), TestCaseError> {
    let vars = Vars::from_pairs([(LIMITS.name, text)]);
    if let Ok(limits) = Limits::new("sign-in", &WRITTEN, &vars, Store::default()) {
        prop_assert_eq!(limits.all().len(), WRITTEN.len());
        prop_assert!(limits.all().iter().all(|limit| limit.quota() > 0));
    }
    Ok(())
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn an_address_is_tame_or_none(text in "\\PC{0,300}", near in "[ -~äß。]{0,12}@[ -~äß。]{0,12}\\.[ -~ß]{0,6}") {
        is_tame(&text)?;
        is_tame(&near)?;
    }

    #[test]
    fn an_address_with_a_byte_changed_is_tame_or_none(change in changes()) {
        is_tame(&respelt("ada.lovelace+tea@mail.example.com", &change))?;
        is_tame(&respelt("ada@xn--bcher-kva.example", &change))?;
    }

    #[test]
    fn whatever_is_searched_for_is_words(text: String, cursor in "\\PC{0,512}") {
        let cursors = Cursors::new(Signer::new(b"a key of the tests"));
        let query = ParsedQuery::new(&text);
        prop_assert!(now(query.open(&Cx::detached(), &cursors, &cursor)).is_err());
    }

    #[test]
    fn what_cannot_be_seen_changes_no_word(
        text in "[\\PC]{0,30}",
        mark in select(vec!['\u{ad}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{200f}', '\u{2067}', '\u{fe0f}', '\u{feff}', '\u{301}']),
        at: Index,
    ) {
        let mut letters: Vec<char> = text.chars().collect();
        letters.insert(at.index(letters.len() + 1), mark);
        let marked: String = letters.into_iter().collect();
        prop_assert_eq!(words(&marked), words(&text));
    }

    #[test]
    fn a_word_is_made_of_itself_whatever_it_came_from(text in "[\\PC'’-]{0,40}") {
        for word in words(&text) {
            prop_assert_eq!(words(&word), [word.clone()], "{:?}", text);
        }
    }

    #[test]
    fn no_configuration_takes_a_limit_away(text in "\\PC{0,80}", near in "([a-z*-]{1,8}|sign-in)(\\.(client|account|ip))?:x?[0-9]{0,6}(/[0-9]{0,6})?;?") {
        keeps_limits(&text)?;
        keeps_limits(&near)?;
    }

    #[test]
    fn configuration_with_a_byte_changed_takes_no_limit_away(change in changes()) {
        keeps_limits(&respelt("*:x20;sign-in.account:7/60;sign-in:9/60", &change))?;
    }
}
