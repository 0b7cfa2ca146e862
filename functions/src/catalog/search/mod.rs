//! Search: finds products by the words of their names and categories.
//!
//! DynamoDB finds an item only by its key. So the search table stores a product once under each of
//! its terms: the words of its name and category, and their beginnings of 2 to 12 letters (`words`
//! defines a word). The term is the partition key and the rank is the sort key, so that a page is
//! one query, however large the catalogue is. Every token of a query must match, in one of its ways
//! (`query`).
//!
//! # The rarest term
//! A query of several tokens looks up the rarest of them and leaves out the products that do not
//! match the others. The sizes of the terms say which token is the rarest: one item for each term,
//! written when the term is trimmed ([`Indexer::trim`]) and read in one batch. A term that was
//! never counted is taken as rare. Sizes are estimates, which is enough: they distinguish a full
//! term from others, and a wrong choice costs up to [`KEPT`] rows. One answer never reads more than
//! that. The ways of a token are looked up one after the other; a later way leaves out what an
//! earlier one has found.
//!
//! # What is kept
//! The best [`KEPT`] rows of a term. So a word that more products have finds the best [`KEPT`] of
//! them. Two words that both are in more products find those among the best of the rarer word.
//! Nobody pages through five hundred results of `te`; a second word, or a longer one, narrows them.
//!
//! # When the index is slow or fails
//! Answers go through the cache. As soon as the index fails or takes longer than [`SLOW`], expired
//! results are served, and the answer says how old they are. If there are none, or a product has
//! changed since, the search waits for the index, at most for [`PATIENCE`], because a cold
//! connection is not a failure. After that it serves the last results that L2 has.
//!
//! # Layout
//! `words`: the words of a text; `terms`: the terms of a product; `query`: parses a query; `rows`:
//! the items of the table; `index`: writes them; `find`: reads them.

mod find;
mod index;
mod query;
mod rows;
mod terms;
mod words;

pub use find::{FAMILY, PATIENCE, SLOW, Search, family, forget};
pub use index::{Indexer, KEPT};
pub use query::ParsedQuery;
pub use rows::{IndexState, Place, TermRow, TermSize};
pub use terms::{Class, TERM_MAX, terms};
pub use words::{TERM_MIN, words};
