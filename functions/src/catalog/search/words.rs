//! The words of a text.
//!
//! Two spellings of one word must become one text. So a text is decomposed (NFKD, UAX #15), loses
//! its accents, and becomes lower case; the few letters that do not decompose are replaced by those
//! that people type instead. Every character that is neither a letter nor a digit ends a word, with
//! three exceptions:
//! * format characters, joiners and marks belong to their word (UAX #29, rule WB4): a soft hyphen
//!   or a zero width joiner is invisible, so it does not split a word;
//! * an apostrophe joins: `Chef's` is `chefs`. The text after the last apostrophe that a word
//!   follows is also a word of its own: `L'Oréal` is `loreal` and `oreal`;
//! * a hyphen between two words makes a compound: `T-Shirt` is `t`, `shirt` and `tshirt`.
//!
//! In a script without spaces, a run of letters is one word.

use icu_normalizer::{DecomposingNormalizerBorrowed, properties::CanonicalCombiningClassMapBorrowed};
use icu_properties::{CodePointMapData, CodePointMapDataBorrowed, props::WordBreak};

/// The fewest letters with which a term can be the beginning of a word. A whole word may be
/// shorter.
pub const TERM_MIN: usize = 2;

const NFKD: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizerBorrowed::new_nfkd();
const MARKS: CanonicalCombiningClassMapBorrowed<'static> = CanonicalCombiningClassMapBorrowed::new();
const BREAKS: CodePointMapDataBorrowed<'static, WordBreak> = CodePointMapData::<WordBreak>::new();

/// A word, or several words that hyphens join.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Compound {
    pub(super) parts: Vec<WordPart>,
}

/// A part of a compound.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct WordPart {
    /// The word as it is compared, without its apostrophes.
    pub(super) word: String,
    /// The positions in `word` at which the texts after its apostrophes begin.
    elisions: Vec<usize>,
}

impl WordPart {
    /// The word after its last apostrophe: `oreal` of `L'Oréal`, `oreals` of `L'Oréal's`. A single
    /// letter, as in `Chef's`, is not a word of its own.
    pub(super) fn elided(&self) -> Option<&str> {
        let rests = self.elisions.iter().rev().map(|at| &self.word[*at..]);
        rests.into_iter().find(|rest| can_begin_a_word(rest))
    }
}

impl Compound {
    /// The parts from `first` on as one word: `wifi` of `Wi-Fi`.
    pub(super) fn joined(&self, first: usize) -> String {
        self.parts[first..].iter().map(|part| part.word.as_str()).collect()
    }
}

/// The compounds of a text, in order.
pub(super) fn compounds(text: &str) -> Vec<Compound> {
    let mut found = Vec::new();
    let (mut parts, mut after_apostrophe) = (vec![WordPart::default()], false);
    // Some keyboards type the acute accent for an apostrophe; NFKD would turn it into a space.
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

/// The words of a text, as they are compared: the written words, the text after an apostrophe, and
/// for each part of a compound the rest of the compound as one word.
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

/// Whether people type the character as an apostrophe, or a language writes it as one. The letters
/// among these are the modifier letters of Hawaiian, Ukrainian and transliterations, and the
/// saltillo.
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

/// Whether the character joins two words. U+2011 and the full-width forms decompose into these.
fn is_hyphen(letter: char) -> bool {
    matches!(letter, '-' | '\u{2010}' | '\u{58a}' | '\u{5be}' | '\u{2043}')
}

fn belongs_to_its_word(letter: char) -> bool {
    matches!(BREAKS.get(letter), WordBreak::Extend | WordBreak::Format | WordBreak::ZWJ)
}

/// Replaces letters without a decomposition by those that people type instead.
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

/// Whether `word` has enough letters to be looked up as the beginning of a word.
pub(super) fn can_begin_a_word(word: &str) -> bool {
    word.chars().nth(TERM_MIN - 1).is_some()
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
}
