//! A search query, parsed.
//!
//! A query is an AND of its tokens, the texts between spaces. A token can match in several ways: a
//! compound as one word or part by part (`wi-fi` finds `WiFi` and `Wi Fi`), an elided word with the
//! text before the apostrophe or without it. A way is an AND of words. Each of them matches the
//! beginning of a word of the product, or only a whole word.
//!
//! A word of one letter must be a whole word if the query has no longer word, or if it stands
//! inside a compound. Beside longer words it is the beginning of a word that the person is still
//! typing.

use super::{
    rows::TermRow,
    terms::term_of,
    words::{WordPart, can_begin_a_word, compounds, words},
};
use std::cmp::Reverse;

/// How many tokens, and how many terms of a way, are candidates for a look-up: the longest ones.
const CANDIDATES: usize = 8;

/// A search query, ready for look-ups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedQuery {
    tokens: Vec<QueryToken>,
    /// The positions in `tokens` of those that can be looked up; the longest term comes first.
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

    /// The one term under which all products that match this word have a row. `None` if there is no
    /// such term: the index has none for beginnings of one letter.
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

    /// The terms by which this way can be looked up, the longest first.
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
    /// Parses a query. A text without a letter or digit finds nothing.
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
                    // The person may still be typing the last part.
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

    /// Whether the query finds nothing.
    pub fn is_empty(&self) -> bool {
        self.lookups.is_empty()
    }

    /// The query in one spelling: equal for texts that find the same.
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

    /// The ways of the token at `at`; empty when there is no such token.
    pub(super) fn ways(&self, at: usize) -> &[Way] {
        self.tokens.get(at).map_or(&[], |token| &token.ways)
    }

    /// Whether the query finds every product that has a row under `term`, so that rows need no
    /// check.
    pub(super) fn is_all_of(&self, term: &str) -> bool {
        let [QueryToken { ways }] = self.tokens.as_slice() else { return false };
        let [Way(wanted), ..] = ways.as_slice() else { return false };
        matches!(wanted.as_slice(), [only] if only.word == term)
    }

    /// Whether the query finds this row, which was looked up by the way `way` of the token at
    /// `token`. A product that an earlier way finds is left out, because it is in the results
    /// already. A row of an earlier schema is under the terms of one way only, so it counts for
    /// every way.
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
