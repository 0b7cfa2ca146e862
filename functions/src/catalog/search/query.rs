//! What a search asks for.
//!
//! A query is an AND of what was typed between spaces, its tokens. A token can be met in several
//! ways: a compound as one word or part by part (`wi-fi` finds `WiFi` and `Wi Fi`), an elided word
//! with what stands before it or without. A way is an AND of words, and each of these is the
//! beginning of a word of the product, or the whole of one.
//!
//! A word of one letter must be a whole word when the query has nothing longer, or inside of a
//! compound. Beside longer words it is the beginning of one that is still being typed.

use super::{
    rows::TermRow,
    terms::{WordPart, can_begin_a_word, compounds, term_of, words},
};
use std::cmp::Reverse;

/// The tokens that may be looked up, and the terms of a way: of more, the longest.
const CANDIDATES: usize = 8;

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedQuery {
    tokens: Vec<QueryToken>,
    /// Those that can be looked up, the one with the longest term first: positions in `tokens`.
    lookups: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct QueryToken {
    pub(super) ways: Vec<Way>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Way(Vec<QueryWord>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct QueryWord {
    word: String,
    whole: bool,
}

impl QueryWord {
    fn is_met_by(&self, words: &[String]) -> bool {
        words.iter().any(|word| if self.whole { *word == self.word } else { word.starts_with(&self.word) })
    }

    /// The term whose rows have all products that meet this; none when their rows are in many.
    fn term(&self) -> Option<String> {
        (self.whole || can_begin_a_word(&self.word)).then(|| term_of(&self.word))
    }
}

impl Way {
    fn of(words: impl IntoIterator<Item = String>) -> Self {
        Self(words.into_iter().map(|word| QueryWord { word, whole: false }).collect())
    }

    fn is_met_by(&self, words: &[String]) -> bool {
        self.0.iter().all(|wanted| wanted.is_met_by(words))
    }

    /// The terms that it can be looked up by, the longest first.
    pub(super) fn terms(&self) -> Vec<String> {
        let mut terms: Vec<String> = self.0.iter().filter_map(QueryWord::term).collect();
        terms.sort_by_key(|term| (Reverse(term.chars().count()), term.clone()));
        terms.dedup();
        terms.truncate(CANDIDATES);
        terms
    }
}

impl QueryToken {
    fn can_be_looked_up(&self) -> bool {
        self.ways.iter().all(|way| !way.terms().is_empty())
    }

    fn longest(&self) -> usize {
        let lengths = self.ways.iter().flat_map(Way::terms).map(|term| term.chars().count());
        lengths.max().unwrap_or_default()
    }
}

impl ParsedQuery {
    /// The query that `text` makes. One without a letter finds nothing.
    pub fn new(text: &str) -> Self {
        let mut tokens: Vec<QueryToken> = compounds(text)
            .into_iter()
            .map(|compound| {
                let mut ways = vec![Way::of([compound.joined(0)])];
                if let [only] = compound.parts.as_slice() {
                    ways.extend(only.elided().map(|rest| Way::of([rest.to_owned()])));
                } else {
                    let elided = |part: &WordPart| part.elided().unwrap_or(&part.word).to_owned();
                    let has_elided = compound.parts.iter().any(|part| part.elided().is_some());
                    let without = has_elided.then(|| Way::of(compound.parts.iter().map(elided)));
                    let mut parts = Way::of(compound.parts.into_iter().map(|part| part.word));
                    // The last one may still be being typed.
                    if let Some((_, before)) = parts.0.split_last_mut() {
                        for part in before {
                            part.whole = !can_begin_a_word(&part.word);
                        }
                    }
                    ways.push(parts);
                    ways.extend(without);
                }
                QueryToken { ways }
            })
            .collect();
        if tokens.iter().all(|token| token.longest() == 0) {
            let all = tokens.iter_mut().flat_map(|token| &mut token.ways).flat_map(|way| &mut way.0);
            all.for_each(|wanted| wanted.whole = true);
        }
        tokens.sort();
        tokens.dedup();
        let mut lookups: Vec<usize> = (0..tokens.len()).filter(|at| tokens[*at].can_be_looked_up()).collect();
        lookups.sort_by_key(|at| Reverse(tokens[*at].longest()));
        lookups.truncate(CANDIDATES);
        Self { tokens, lookups }
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.lookups.is_empty()
    }

    /// The query in one spelling: two texts that find the same have the same.
    pub(super) fn text(&self) -> String {
        let way = |way: &Way| {
            let words = way.0.iter().map(|wanted| format!("{}{}", if wanted.whole { "=" } else { "" }, wanted.word));
            words.collect::<Vec<_>>().join("+")
        };
        let token = |token: &QueryToken| token.ways.iter().map(way).collect::<Vec<_>>().join("|");
        self.tokens.iter().map(token).collect::<Vec<_>>().join(" ")
    }

    /// The tokens that can be looked up, with their positions.
    pub(super) fn lookups(&self) -> impl Iterator<Item = (usize, &QueryToken)> {
        self.lookups.iter().map(|at| (*at, &self.tokens[*at]))
    }

    /// The ways of the token at `at`; none when there is no such token.
    pub(super) fn ways(&self, at: usize) -> &[Way] {
        self.tokens.get(at).map_or(&[], |token| &token.ways)
    }

    /// Whether every product that has a row under `term` is found, so that none needs a look.
    pub(super) fn is_all_of(&self, term: &str) -> bool {
        let [QueryToken { ways }] = self.tokens.as_slice() else { return false };
        let [Way(wanted), ..] = ways.as_slice() else { return false };
        matches!(wanted.as_slice(), [only] if only.word == term)
    }

    /// Whether a row of the index, looked up by the way `way` of the token at `token`, is found there
    /// first: what an earlier way finds stands further up. A row of an index that was made before
    /// there were other ways stands in one only.
    pub(super) fn finds(&self, row: &TermRow, token: usize, way: usize) -> bool {
        let mut has = words(&row.name);
        has.extend(words(&row.category));
        let is_met = |token: &QueryToken| token.ways.iter().any(|way| way.is_met_by(&has));
        let first = self.ways(token).iter().position(|way| way.is_met_by(&has));
        (first == Some(way) || first.is_some() && row.is_outdated()) && self.tokens.iter().all(is_met)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{catalog::products::Product, ids::ProductId};
    use jiff::Timestamp;
    use shared::version::Version;

    fn row(name: &str) -> TermRow {
        let (description, category) = (String::new(), String::new());
        let (id, updated_at, version) = (ProductId::generate(), Timestamp::UNIX_EPOCH, Version::FIRST);
        let name = name.to_owned();
        let product = Product { id, name, description, category, price_cents: 1, image_url: None, updated_at, version };
        TermRow::all_of(&product).remove(0)
    }

    fn finds(query: &str, name: &str) -> bool {
        let query = ParsedQuery::new(query);
        query.lookups().any(|(at, token)| (0..token.ways.len()).any(|way| query.finds(&row(name), at, way)))
    }

    #[test]
    fn a_compound_meets_one_word_and_its_parts() {
        for query in ["T-Shirt", "tshirt", "t-shi", "tsh"] {
            for name in ["Green T-Shirt", "Tshirt"] {
                assert!(finds(query, name), "{query} / {name}");
            }
        }
        assert!(finds("t-shirt", "T Shirt") && finds("two-person", "Two Person Tent"));
        assert!(!finds("t-shirt", "Teal Shirt"), "one letter of a compound is a whole word");
        assert!(!finds("wi-fi", "Wild Fire") || finds("wi fi", "Wild Fire"));
        assert!(finds("wifi", "Wi-Fi Router") && finds("WI\u{2011}FI router", "WiFi Router"));
    }

    #[test]
    fn an_elided_word_meets_its_own_spelling() {
        for query in ["oreal", "l'oreal", "loreal", "L\u{2bc}Or\u{e9}al"] {
            assert!(finds(query, "L'Oréal"), "{query}");
        }
        assert!(finds("l'oreal", "Oréal") && !finds("loreal", "Oréal"));
        assert!(finds("hawaii", "Hawaiʻi") && finds("hawai'i", "Hawaii"));
        assert!(!finds("chef's", "Chef"));
        assert!(finds("oreal", "L'Oréal's Balm") && finds("L'Oréal-Paris", "Oréal Paris"));
    }

    #[test]
    fn one_letter_is_a_whole_word_alone_and_a_beginning_beside_others() {
        assert!(finds("x", "Model X") && finds("茶", "茶") && finds("7", "Type 7"));
        assert!(!finds("x", "Xylophone") && !finds("a b", "About A"));
        assert!(finds("model x", "Model Xylophone"), "it is still being typed");
        assert!(ParsedQuery::new("!? -").is_empty());
    }

    #[test]
    fn what_finds_the_same_has_one_spelling() {
        let text = |query: &str| ParsedQuery::new(query).text();
        assert_eq!(text("TEA, green tea!"), text("green tea"));
        assert_ne!(text("wi fi"), text("wi-fi"));
        assert_ne!(text("x"), text("x tea"));
    }

    #[test]
    fn a_product_is_found_by_one_way_only() {
        let query = ParsedQuery::new("extraordinary-fi");
        for name in ["Extraordinary-Fi", "ExtraordinaryFi", "Extraordinary Fi", "Fi Extraordinary ExtraordinaryFi"] {
            let ways: Vec<_> = (0..2).filter(|way| query.finds(&row(name), 0, *way)).collect();
            assert_eq!(ways.len(), 1, "{name}: {ways:?}");
        }
        assert!(!query.finds(&row("Extraordinary Fan"), 0, 0) && !query.finds(&row("Extraordinary Fan"), 0, 1));
    }
}
