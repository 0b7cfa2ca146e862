//! Finding products by what they are called.
//!
//! DynamoDB finds what it has a key for. So a product is stored once more under each of its terms:
//! the words of its name and category, and their beginnings of 2 to 12 letters (`terms` says what
//! a word is). What is searched for is a partition key then, and the rank a sort key, so that a
//! page is one query whatever the catalogue's size. Every token of a query must be met, in one of
//! its ways (`query`).
//!
//! # The rarest term
//! A query of several tokens looks up the rarest of them and drops the products that lack the
//! others. Which one is the rarest, the sizes say: an item a term, written by whatever trims the
//! term ([`Indexer::trim`]), read in one batch. A term that nobody has counted yet is rare. Sizes
//! are estimates, and need be no more: a full term is told from one that is not, and a wrong
//! choice costs up to [`KEPT`] rows. One answer never reads more than that. A token with two ways
//! is looked up in one after the other; the second leaves out what the first has found.
//!
//! # What is kept
//! The best [`KEPT`] rows of a term. So a word that more products have finds the best [`KEPT`] of
//! them, and two words which both are in more products find what the best of the rarer word has.
//! Nobody pages through five hundred results of `te`; a second word, or a longer one, narrows them.
//!
//! # When the index is slow or gone
//! Answers go through the cache. One that is over is served, and says how old it is, as soon as the
//! index fails or takes longer than [`SLOW`]. Without one, and when a product has changed since, the
//! index is waited for, [`PATIENCE`] at most: a cold connection is no failure. Then the last answer
//! that there was is served.
//!
//! # Layout
//! `terms`: a text's words and terms; `query`: what is asked for; `rows`: what the table holds;
//! `index`: makes it agree with a product; `find`: asks.

mod find;
mod index;
mod query;
mod rows;
mod terms;

pub use find::{FAMILY, PATIENCE, SLOW, Search, family, forget};
pub use index::{Indexer, KEPT};
pub use query::ParsedQuery;
pub use rows::{IndexState, Place, TermRow, TermSize};
pub use terms::{Class, TERM_MAX, TERM_MIN, terms, words};
