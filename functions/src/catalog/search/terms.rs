//! The terms under which the index stores a product: its words, and their beginnings.

use super::words::{TERM_MIN, words};
use std::collections::BTreeMap;

/// The most letters of a term. A longer word is stored under its first twelve letters; the reader
/// compares the rest.
pub const TERM_MAX: usize = 12;

/// How well a term matches a product. Results are in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The term is a word of the name.
    Word,
    /// A word of the name begins with the term.
    Prefix,
    /// A word of the category is the term, or begins with it.
    Category,
}

impl Class {
    /// A digit; digits sort as the classes do.
    pub fn digit(self) -> char {
        match self {
            Self::Word => '0',
            Self::Prefix => '1',
            Self::Category => '2',
        }
    }
}

/// The terms of a product with this name and category, each with its best class.
pub fn terms(name: &str, category: &str) -> BTreeMap<String, Class> {
    let mut found = BTreeMap::new();
    let mut add = |term: String, class: Class| {
        let best = found.entry(term).or_insert(class);
        *best = class.min(*best);
    };
    for word in words(name) {
        prefixes(&word).for_each(|prefix| add(prefix.to_owned(), Class::Prefix));
        add(term_of(&word), Class::Word);
    }
    for word in words(category) {
        prefixes(&word).chain([term_of(&word).as_str()]).for_each(|term| add(term.to_owned(), Class::Category));
    }
    found
}

/// The term under which a whole word is stored.
pub(super) fn term_of(word: &str) -> String {
    word.chars().take(TERM_MAX).collect()
}

fn prefixes(word: &str) -> impl Iterator<Item = &str> {
    let ends = word.char_indices().map(|(at, letter)| at + letter.len_utf8());
    ends.take(TERM_MAX).skip(TERM_MIN - 1).map(|end| &word[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_ranked_by_its_best_match() {
        let found = terms("Tea Teapot", "tea-time");
        assert_eq!(found["tea"], Class::Word);
        assert_eq!((found["te"], found["teap"]), (Class::Prefix, Class::Prefix));
        assert_eq!((found["ti"], found["time"], found["teatime"]), (Class::Category, Class::Category, Class::Category));
        assert_eq!(found["teapot"], Class::Word);
        assert!(!found.contains_key("t"));
    }

    #[test]
    fn a_word_of_more_than_twelve_letters_is_found_by_twelve() {
        let found = terms("Extraordinary", "");
        let lengths: Vec<_> = found.keys().map(|term| term.chars().count()).collect();
        assert_eq!(lengths, (2..=12).collect::<Vec<_>>());
        assert_eq!(found["extraordinar"], Class::Word);
        assert_eq!(term_of("extraordinary"), "extraordinar");
    }

    #[test]
    fn a_whole_word_of_one_letter_is_a_term_and_a_beginning_of_one_letter_is_none() {
        assert_eq!(
            terms("X 7", "茶").into_iter().collect::<Vec<_>>(),
            [("7".to_owned(), Class::Word), ("x".to_owned(), Class::Word), ("茶".to_owned(), Class::Category)]
        );
        assert!(!terms("Xylophone", "").contains_key("x"));
    }

    #[test]
    fn the_longest_name_has_a_bounded_number_of_terms() {
        // 120 letters at most: hyphens between single letters, apostrophes, words of two letters.
        let worst = |unit: &str| terms(&unit.repeat(120 / unit.chars().count()), "").len();
        let varied = |between: &str| {
            let name: String = (0..30).map(|n| format!("{}{between}", char::from(b'a' + n % 26)).repeat(2)).collect();
            terms(&name.chars().take(120).collect::<String>(), "").len()
        };
        for (case, count) in [
            ("a-", worst("a-")),
            ("ab ", worst("ab ")),
            ("a'", worst("a'")),
            ("x-", varied("-")),
            ("x'y-", varied("'")),
        ] {
            println!("{case}: {count} terms");
            assert!(count <= 800, "{case}: {count}");
        }
    }
}
