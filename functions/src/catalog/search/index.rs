//! Brings the search table into agreement with a product; the index worker calls it.
//!
//! Events come late, twice and in any order. So an event only names the product; we read the
//! product strongly and write rows for what it is now. Two workers may index one product at the
//! same time, one of them with an older version. So every write is conditional on the product's
//! [`IndexState`], and every change raises its version: a worker that read the product before
//! another wrote its rows cannot write its own.
//!
//! All rows of a product change in one transaction with its state. That costs two write units for
//! each row: 52 units for 25 rows, which a name of three words has. A product with more rows than a
//! transaction takes needs several. Then the state is written first, with every row that may exist
//! from then on, so that the next worker finds all of them after a crash.
//!
//! A word that all products share is one partition, written once for each product that changes. It
//! takes a thousand writes a second, five hundred in transactions, before it throttles. That is
//! enough for a catalogue, and a queue stands in front.

use super::rows::{IndexState, Place, TermRow, TermSize, partition};
use crate::{catalog::products::Products, fields, ids::ProductId};
use futures_util::future::try_join_all;
use shared::{
    app::{App, FromApp},
    config::ConfigError,
    context::Cx,
    sign::sha256_hex,
    table::{Client, Condition, Consistency, PartitionQuery, Table, TableError, Write},
    version::Version,
};
use std::collections::BTreeSet;

/// How many rows of a term are kept: the best ones.
pub const KEPT: usize = 500;
/// One of this many rows that come or go causes its term to be counted and trimmed. So a term
/// exceeds [`KEPT`] by about this many rows.
const TRIM_EVERY: u64 = 32;
/// How many writes a transaction takes (`TransactWriteItems`).
const TRANSACTION_MAX: usize = 100;
/// How often a product is indexed when other workers index it at the same time.
const TRIES: usize = 5;
/// How many rows are deleted at a time.
const TRIMMED_AT_ONCE: usize = 25;

/// Writes the search table.
pub struct Indexer {
    client: Client,
    products: Products,
    rows: Table<TermRow>,
    states: Table<IndexState>,
    sizes: Table<TermSize>,
}

impl FromApp for Indexer {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self {
            client: app.tables().clone(),
            products: Products::from_app(app).await?,
            rows: app.table()?,
            states: app.table()?,
            sizes: app.table()?,
        })
    }
}

impl Indexer {
    /// Brings the index into agreement with a product, or with its absence. A second call changes
    /// nothing.
    pub async fn index(&self, cx: &Cx, id: ProductId) -> Result<(), TableError> {
        for _ in 1..TRIES {
            match self.index_once(cx, id).await {
                Err(error) if is_outrun(&error) => cx.event.count(fields::INDEX_OUTRUN, 1),
                other => return other,
            }
        }
        self.index_once(cx, id).await
    }

    async fn index_once(&self, cx: &Cx, id: ProductId) -> Result<(), TableError> {
        // The state is read before the product: a change in between is either in the product that
        // we read, or changes the state, and then our write fails.
        let before = self.states.get(cx, &id, Consistency::Strong).await?;
        let product = self.products.get(cx, id, Consistency::Strong).await?;
        let of = product.as_ref().map_or(Version(0), |product| product.version);
        let rows = product.as_ref().map(TermRow::all_of).unwrap_or_default();
        let wanted: BTreeSet<Place> = rows.iter().map(TermRow::place).collect();
        let after = IndexState::new(id, of, &wanted);
        if before.as_ref().is_some_and(|b| b.done && (b.of, b.schema) == (of, after.schema)) {
            cx.event.count(fields::INDEX_KNOWN, 1);
            return Ok(());
        }
        let old = before.as_ref().map(IndexState::places).unwrap_or_default();
        let mut writes: Vec<Write> = rows.iter().map(|row| self.rows.putting(row, &Condition::Any)).collect();
        writes.extend(old.difference(&wanted).map(|place| self.rows.deleting(place, &Condition::Any)));
        cx.event.count(fields::INDEX_WRITES, writes.len() as u64);
        let before = before.map(|state| state.version);
        if writes.len() < TRANSACTION_MAX {
            writes.push(self.next(after, before));
            self.client.transact(cx, writes).await?;
        } else {
            let union: BTreeSet<Place> = old.union(&wanted).cloned().collect();
            self.in_parts(cx, after, IndexState { done: false, ..IndexState::new(id, of, &union) }, before, writes)
                .await?;
        }
        let changed = old.symmetric_difference(&wanted).map(Place::term);
        self.trim_some(cx, id, of, changed.collect()).await
    }

    /// The write of `state` over the version `before`.
    fn next(&self, state: IndexState, before: Option<Version>) -> Write {
        match before {
            Some(before) => self.states.replacing(&IndexState { version: before.next(), ..state }, before),
            None => self.states.creating(&state),
        }
    }

    /// Writes more rows than one transaction takes: first a state with all rows that may exist,
    /// then the rows, then the state with the rows that exist.
    async fn in_parts(
        &self,
        cx: &Cx,
        after: IndexState,
        during: IndexState,
        before: Option<Version>,
        writes: Vec<Write>,
    ) -> Result<(), TableError> {
        let (id, held) = (after.id, before.map_or(Version::FIRST, Version::next));
        self.client.transact(cx, vec![self.next(during, before)]).await?;
        let mut writes = writes.into_iter().peekable();
        while writes.peek().is_some() {
            let mut part = vec![self.states.checking(&id, &Condition::At(held))];
            part.extend(writes.by_ref().take(TRANSACTION_MAX - 1));
            self.client.transact(cx, part).await?;
        }
        self.client.transact(cx, vec![self.next(after, Some(held))]).await
    }

    /// Trims some of the terms that gained or lost a row; a repetition chooses the same ones.
    async fn trim_some(&self, cx: &Cx, id: ProductId, of: Version, terms: Vec<&str>) -> Result<(), TableError> {
        for term in terms {
            let drawn = sha256_hex(format!("{term} {id} {of}").as_bytes());
            if u64::from_str_radix(&drawn[..8], 16).is_ok_and(|drawn| drawn % TRIM_EVERY == 0) {
                self.trim(cx, term).await?;
            }
        }
        Ok(())
    }

    /// Counts the rows of a term and deletes those after the best [`KEPT`]. When one of the best
    /// rows goes later, a deleted one does not come back before its product changes.
    pub async fn trim(&self, cx: &Cx, term: &str) -> Result<(), TableError> {
        let query = PartitionQuery::of(partition(term)).consistency(Consistency::Strong);
        let best = self.rows.query(cx, &query, KEPT, None).await?;
        let mut end = best.next;
        while let Some(after) = end {
            let surplus = self.rows.query(cx, &query, TRIMMED_AT_ONCE, Some(&after)).await?;
            cx.event.count(fields::INDEX_TRIMMED, surplus.items.len() as u64);
            let places: Vec<_> = surplus.items.iter().map(TermRow::place).collect();
            try_join_all(places.iter().map(|place| self.rows.delete(cx, place))).await?;
            end = surplus.next;
        }
        let size = TermSize { term: term.to_owned(), rows: best.items.len(), version: Version::FIRST };
        self.sizes.put(cx, &size, &Condition::Any).await
    }
}

/// Whether another worker has changed the product's rows in the meantime.
fn is_outrun(error: &TableError) -> bool {
    match error {
        TableError::Conflict { .. } => true,
        TableError::Cancelled(reasons) => reasons.iter().any(shared::table::Reason::is_condition),
        _ => false,
    }
}
