//! What a text is found by.
//!
//! Two spellings of one word must become one. A text is decomposed (NFKD, UAX #15), loses its
//! accents, becomes lower case, and the few letters that do not decompose are written as people
//! type them who do not have them. What is neither letter nor digit ends a word, with three
//! exceptions:
//! * format characters, joiners and marks belong to their word (UAX #29, rule WB4): a soft hyphen
//!   or a zero width joiner is invisible, so it splits nothing;
//! * an apostrophe joins: `Chef's` is `chefs`. What follows the last one that has a word behind it
//!   is a word of its own as well: `L'Oréal` is `loreal` and `oreal`;
//! * a hyphen between two words makes a compound: `T-Shirt` is `t`, `shirt` and `tshirt`.
//!
//! A script without spaces makes one word of a run.

use icu_normalizer::{DecomposingNormalizerBorrowed, properties::CanonicalCombiningClassMapBorrowed};
use icu_properties::{CodePointMapData, CodePointMapDataBorrowed, props::WordBreak};
use std::collections::BTreeMap;

/// The fewest letters of the beginning of a word that is a term. A whole word may be shorter.
pub const TERM_MIN: usize = 2;
/// The most letters of a term. A longer word is found by its first twelve, and told apart by the
/// rest when it is read.
pub const TERM_MAX: usize = 12;

const NFKD: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizerBorrowed::new_nfkd();
const MARKS: CanonicalCombiningClassMapBorrowed<'static> = CanonicalCombiningClassMapBorrowed::new();
const BREAKS: CodePointMapDataBorrowed<'static, WordBreak> = CodePointMapData::<WordBreak>::new();

/// A word, or several that hyphens join.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Compound {
    pub(super) parts: Vec<WordPart>,
}

/// A part of a compound.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct WordPart {
    /// As it is compared, without its apostrophes.
    pub(super) word: String,
    /// Where in `word` the texts after its apostrophes begin.
    elisions: Vec<usize>,
}

impl WordPart {
    /// The word without what is elided before it: `oreal` of `L'Oréal`, `oreals` of `L'Oréal's`. A
    /// single letter, as in `Chef's`, is no word of its own.
    pub(super) fn elided(&self) -> Option<&str> {
        let rests = self.elisions.iter().rev().map(|at| &self.word[*at..]);
        rests.into_iter().find(|rest| can_begin_a_word(rest))
    }
}

impl Compound {
    /// The words from the part `first` on as one: `wifi` of `Wi-Fi`.
    pub(super) fn joined(&self, first: usize) -> String {
        self.parts[first..].iter().map(|part| part.word.as_str()).collect()
    }
}

/// The compounds of a text, in order.
pub(super) fn compounds(text: &str) -> Vec<Compound> {
    let mut found = Vec::new();
    let (mut parts, mut after_apostrophe) = (vec![WordPart::default()], false);
    // The acute accent, which some keyboards type for an apostrophe, decomposes into a space.
    let text = text.replace('\u{b4}', "'");
    let letters = NFKD.normalize(&text);
    for letter in letters.chars().filter(|c| MARKS.get_u8(*c) == 0).flat_map(char::to_lowercase) {
        let part = parts.last_mut().expect("there is always a part that is being read");
        if is_apostrophe(letter) {
            after_apostrophe = true;
        } else if letter.is_alphanumeric() {
            if std::mem::take(&mut after_apostrophe) {
                part.elisions.extend((!part.word.is_empty()).then_some(part.word.len()));
            }
            fold(letter, &mut part.word);
        } else if !belongs_to_its_word(letter) {
            let goes_on = is_hyphen(letter) && !part.word.is_empty();
            if !goes_on {
                found.push(Compound { parts: std::mem::take(&mut parts) });
            }
            parts.push(WordPart::default());
            after_apostrophe = false;
        }
    }
    found.push(Compound { parts });
    for compound in &mut found {
        compound.parts.retain(|part| !part.word.is_empty());
    }
    found.retain(|compound| !compound.parts.is_empty());
    found
}

/// The words that a text is found by, as they are compared: those that are written, what follows an
/// apostrophe, and compounds from each of their parts on as one word.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for compound in compounds(text) {
        for part in &compound.parts {
            words.push(part.word.clone());
            words.extend(part.elided().map(str::to_owned));
        }
        let last = compound.parts.len() - 1;
        words.extend((0..last).map(|first| compound.joined(first)));
    }
    words
}

/// Everything that people type, or that languages write, for an apostrophe. The letters among them
/// are the modifier letters of Hawaiian, Ukrainian and transliterations, and the saltillo.
fn is_apostrophe(letter: char) -> bool {
    matches!(
        letter,
        '\'' | '`' | '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}' | '\u{2b9}' | '\u{2bb}'
            ..='\u{2bf}'
                | '\u{2c8}'
                | '\u{2ca}'
                | '\u{2cb}'
                | '\u{55a}'
                | '\u{5f3}'
                | '\u{7f4}'
                | '\u{7f5}'
                | '\u{a78b}'
                | '\u{a78c}'
    )
}

/// What joins two words. U+2011 and the full-width forms decompose into these.
fn is_hyphen(letter: char) -> bool {
    matches!(letter, '-' | '\u{2010}' | '\u{58a}' | '\u{5be}' | '\u{2043}')
}

fn belongs_to_its_word(letter: char) -> bool {
    matches!(BREAKS.get(letter), WordBreak::Extend | WordBreak::Format | WordBreak::ZWJ)
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
        prefixes(&word).for_each(|prefix| add(prefix.to_owned(), Class::Prefix));
        add(term_of(&word), Class::Word);
    }
    for word in words(category) {
        prefixes(&word).chain([term_of(&word).as_str()]).for_each(|term| add(term.to_owned(), Class::Category));
    }
    found
}

/// The term under which a whole `word` is found.
pub(super) fn term_of(word: &str) -> String {
    word.chars().take(TERM_MAX).collect()
}

/// Whether `word` has the letters that the beginning of a word needs to be a term.
pub(super) fn can_begin_a_word(word: &str) -> bool {
    word.chars().nth(TERM_MIN - 1).is_some()
}

fn prefixes(word: &str) -> impl Iterator<Item = &str> {
    let ends = word.char_indices().map(|(at, letter)| at + letter.len_utf8());
    ends.take(TERM_MAX).skip(TERM_MIN - 1).map(|end| &word[..end])
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
        assert_eq!(words(" \u{301}'-\u{0}\u{1f600} "), [""; 0]);
    }

    #[test]
    fn what_cannot_be_seen_splits_no_word() {
        // Soft hyphen, joiners, word joiner, directional marks, a variation selector, a BOM.
        for mark in ['\u{ad}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{200e}', '\u{202a}', '\u{fe0f}', '\u{feff}'] {
            assert_eq!(words(&format!("Tea{mark}pot")), ["teapot"], "{mark:?}");
        }
        assert_eq!(words("Tea\u{200b}pot"), ["tea", "pot"], "a zero width space is a space");
    }

    #[test]
    fn a_sign_that_is_a_vowel_is_no_mark_to_be_dropped() {
        // Thai and Devanagari: the vowels are marks to Unicode and letters to those who read them.
        assert_ne!(words("กัน"), words("กน"));
        assert_eq!(words("हिन्दी").len(), 1);
    }

    #[test]
    fn apostrophes_of_all_kinds_meet_their_plain_spelling() {
        for mark in ["'", "’", "‘", "ʼ", "ʻ", "`", "´", "＇", "′", "ꞌ", "‛", "ʹ"] {
            assert_eq!(words(&format!("Chef{mark}s")), ["chefs"], "{mark}");
            assert_eq!(words(&format!("Hawai{mark}i")), ["hawaii"], "{mark}");
            assert_eq!(words(&format!("L{mark}Oréal")), ["loreal", "oreal"], "{mark}");
        }
        assert_eq!(words("L'Oréal's O'Reilly's"), ["loreals", "oreals", "oreillys", "reillys"]);
        assert_eq!(words("'Rock'n'Roll' dogs' ŉ"), ["rocknroll", "roll", "dogs", "n"]);
    }

    #[test]
    fn a_compound_is_its_parts_and_one_word() {
        assert_eq!(words("T-Shirt"), ["t", "shirt", "tshirt"]);
        for hyphen in ["-", "\u{2010}", "\u{2011}", "－", "﹣"] {
            assert_eq!(words(&format!("Wi{hyphen}Fi")), ["wi", "fi", "wifi"], "{hyphen:?}");
        }
        assert_eq!(words("Long-Sleeve-Tee"), ["long", "sleeve", "tee", "longsleevetee", "sleevetee"]);
        assert_eq!(words("Two-Person, 4K"), ["two", "person", "twoperson", "4k"]);
        for text in ["-Fi Wi-", "Wi - Fi", "Wi -Fi", "Wi--Fi"] {
            assert!(!words(text).contains(&"wifi".to_owned()), "{text}");
        }
    }

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
