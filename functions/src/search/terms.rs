//! What a text is found by.
//!
//! Two spellings of one word must become one: compatibility decomposition (NFKD, UAX #15), accents dropped, lower case,
//! and the few letters that decompose into nothing but that people type otherwise. What is neither letter nor digit
//! ends a word, but for apostrophes: "Chef's" is one word, `chefs`. A script without spaces makes one word of a run.

use icu_normalizer::{DecomposingNormalizerBorrowed, properties::CanonicalCombiningClassMapBorrowed};
use std::collections::BTreeMap;

/// The fewest letters of a term. A word of one letter only narrows what other words have found.
pub const TERM_MIN: usize = 2;
/// The most letters of a term. A longer word is found by its first twelve, and told apart by the rest when it is read.
pub const TERM_MAX: usize = 12;

const NFKD: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizerBorrowed::new_nfkd();
const MARKS: CanonicalCombiningClassMapBorrowed<'static> = CanonicalCombiningClassMapBorrowed::new();

/// The words of a text, in order, as they are compared.
pub fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in NFKD.normalize(text).chars().filter(|c| MARKS.get_u8(*c) == 0).flat_map(char::to_lowercase) {
        match (letter, words.last_mut()) {
            ('\'' | '\u{2019}', _) => {}
            (_, Some(word)) if letter.is_alphanumeric() => fold(letter, word),
            _ => words.push(String::new()),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Letters without a decomposition, as people type them who do not have them.
fn fold(letter: char, word: &mut String) {
    match letter {
        'ß' => word.push_str("ss"),
        'æ' => word.push_str("ae"),
        'œ' => word.push_str("oe"),
        'þ' => word.push_str("th"),
        'ø' => word.push('o'),
        'đ' | 'ð' => word.push('d'),
        'ł' => word.push('l'),
        'ı' => word.push('i'),
        'ς' => word.push('σ'),
        other => word.push(other),
    }
}

/// How good a match a term is. The order is the order of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// It is a word of the name.
    Word,
    /// A word of the name begins with it.
    Prefix,
    /// It is a word of the category, or a word of it begins with it.
    Category,
}

impl Class {
    /// A digit that sorts as the class does.
    pub fn digit(self) -> char {
        match self {
            Self::Word => '0',
            Self::Prefix => '1',
            Self::Category => '2',
        }
    }
}

/// The terms that `name` and `category` are found by, each in its best class.
pub fn terms(name: &str, category: &str) -> BTreeMap<String, Class> {
    let mut found = BTreeMap::new();
    let mut add = |term: String, class: Class| {
        let best = found.entry(term).or_insert(class);
        *best = class.min(*best);
    };
    for word in words(name) {
        for prefix in prefixes(&word) {
            add(prefix, Class::Prefix);
        }
        if let Some(whole) = term_of(&word) {
            add(whole, Class::Word);
        }
    }
    words(category).iter().flat_map(|word| prefixes(word)).for_each(|prefix| add(prefix, Class::Category));
    found
}

/// The term under which `word` is looked up; `None` when it is too short to be one.
pub(super) fn term_of(word: &str) -> Option<String> {
    let term: String = word.chars().take(TERM_MAX).collect();
    (term.chars().count() >= TERM_MIN).then_some(term)
}

fn prefixes(word: &str) -> Vec<String> {
    let ends = word.char_indices().map(|(at, letter)| at + letter.len_utf8());
    ends.take(TERM_MAX).skip(TERM_MIN - 1).map(|end| word[..end].to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_word_become_one() {
        for text in ["Café", "CAFE\u{301}", "ｃａｆé", "  café!  ", "\u{200e}café"] {
            assert_eq!(words(text), ["cafe"], "{text:?}");
        }
        assert_eq!(words("Straße & Smørrebrød, №5"), ["strasse", "smorrebrod", "no5"]);
        assert_eq!(words("İstanbul ΣΊΣΥΦΟΣ σίσυφος ﬁne Chef’s"), ["istanbul", "σισυφοσ", "σισυφοσ", "fine", "chefs"]);
        assert_eq!(words("Two-Person, 4K"), ["two", "person", "4k"]);
        assert_eq!(words(" \u{301}'-\u{0}\u{1f600} "), [""; 0]);
    }

    #[test]
    fn a_term_is_ranked_by_its_best_match() {
        let found = terms("Tea Teapot", "tea-time");
        assert_eq!(found["tea"], Class::Word);
        assert_eq!((found["te"], found["teap"]), (Class::Prefix, Class::Prefix));
        assert_eq!((found["ti"], found["time"]), (Class::Category, Class::Category));
        assert_eq!(found["teapot"], Class::Word);
        assert_eq!(found.len(), 8, "{found:?}");
        assert!(!found.contains_key("t"));
    }

    #[test]
    fn a_word_of_more_than_twelve_letters_is_found_by_twelve() {
        let found = terms("Extraordinary é", "");
        assert_eq!(found.keys().map(|term| term.chars().count()).collect::<Vec<_>>(), (2..=12).collect::<Vec<_>>());
        assert_eq!(found["extraordinar"], Class::Word);
        assert_eq!(term_of("extraordinary").as_deref(), Some("extraordinar"));
        assert_eq!(term_of("é"), None);
    }
}
