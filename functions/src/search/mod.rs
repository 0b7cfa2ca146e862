//! Finding products by what they are called.
//!
//! DynamoDB finds what it has a key for. So a product is stored once more under each of its terms: the words of its name
//! and category and their prefixes, of 2 to 12 letters. What is searched for is a partition key then, and the rank a sort
//! key, so that a page is one query whatever the catalogue's size. Every word of a query must be a word of the product's
//! name or category, or the beginning of one.
//!
//! # The rarest term
//! A query of several words asks for the rarest of them and drops what lacks the others. Which one that is, the sizes
//! say: an item a term, written by whoever trims the term ([`Indexer::trim`]), read in one batch. A term that nobody has
//! counted yet is rare. Sizes are estimates, and need be no more: a full term is told from one that is not, and what a
//! wrong choice costs is reading up to [`KEPT`] rows. More than [`KEPT`] are never read for one answer.
//!
//! # What is kept
//! The best [`KEPT`] rows of a term. So a word that more products have finds the best [`KEPT`] of them, and two words which
//! both are in more products than that find what the best of the rarer word has. Nobody pages through five hundred results
//! of `te`; with a second word, or a longer one, they get to what they look for.
//!
//! # When the index is slow or gone
//! Answers go through the cache. One that is over is served, and says how old it is, as soon as the
//! index fails or takes longer than [`SLOW`]. Without one, and when a product has changed since, the
//! index is waited for, [`PATIENCE`] at most: a cold connection is no failure. Then the last answer
//! that there was is served.
//!
//! # Layout
//! `terms`: a text's words and terms; `rows`: what the table holds; `index`: makes it agree with a product; `find`: asks.

mod find;
mod index;
mod rows;
mod terms;

pub use find::{FAMILY, PATIENCE, Query, SLOW, Search, family, forget};
pub use index::{Indexer, KEPT};
pub use rows::{Place, Row, Size, State};
pub use terms::{Class, TERM_MAX, TERM_MIN, terms, words};
