//! The index worker's work: the search table agrees with a product.
//!
//! Events come late, twice and in any order, so an event only says which product to look at; what is written is what the
//! product is now, read strongly. Two workers may look at one product at once, and one of them with old eyes: so rows
//! change under a lock, the product's [`State`], which every write is conditional on and every change counts up. Who read the
//! product before another wrote its rows cannot write his own.
//!
//! All rows of a product and its state change in one transaction, which costs two write units a row: 25 rows, 52 units, for
//! a name of three words. A product with more rows than a transaction takes is done in several; the state is written first,
//! with every row that may be there from then on, so that whoever comes after a crash finds them all.
//!
//! A word that all products share is one partition key, written once a product that changes. That is fine at a catalogue's
//! rate: a thousand changes a second, five hundred in transactions, before it throttles, and a queue in front.

use super::rows::{Place, Row, Size, State, partition};
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
/// One in so many rows that come or go has its term counted and trimmed: a term exceeds [`KEPT`] by about so many.
const TRIM_EVERY: u64 = 32;
/// The writes that a transaction takes (`TransactWriteItems`).
const TRANSACTION_MAX: usize = 100;
/// Tries while other workers are at the same product.
const TRIES: usize = 5;
/// Rows that are deleted at a time.
const TRIMMED_AT_ONCE: usize = 25;

/// Writes the search table.
pub struct Indexer {
    client: Client,
    products: Products,
    rows: Table<Row>,
    states: Table<State>,
    sizes: Table<Size>,
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
    /// Makes the index agree with a product, or with its absence. To do it again does nothing.
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
        // First the lock, then the product: what comes between the two is seen, or takes the lock away.
        let before = self.states.get(cx, &id, Consistency::Strong).await?;
        let product = self.products.get(cx, id, Consistency::Strong).await?;
        let of = product.as_ref().map_or(Version(0), |product| product.version);
        let rows = product.as_ref().map(Row::all_of).unwrap_or_default();
        let wanted: BTreeSet<Place> = rows.iter().map(Row::place).collect();
        let after = State::new(id, of, &wanted);
        if before.as_ref().is_some_and(|b| b.done && (b.of, b.schema) == (of, after.schema)) {
            cx.event.count(fields::INDEX_KNOWN, 1);
            return Ok(());
        }
        let old = before.as_ref().map(State::places).unwrap_or_default();
        let mut writes: Vec<Write> = rows.iter().map(|row| self.rows.putting(row, &Condition::Any)).collect();
        writes.extend(old.difference(&wanted).map(|place| self.rows.deleting(place, &Condition::Any)));
        cx.event.count(fields::INDEX_WRITES, writes.len() as u64);
        let before = before.map(|state| state.version);
        if writes.len() < TRANSACTION_MAX {
            writes.push(self.next(after, before));
            self.client.transact(cx, writes).await?;
        } else {
            let union: BTreeSet<Place> = old.union(&wanted).cloned().collect();
            self.in_parts(cx, after, State { done: false, ..State::new(id, of, &union) }, before, writes).await?;
        }
        let changed = old.symmetric_difference(&wanted).map(Place::term);
        self.trim_some(cx, id, of, changed.collect()).await
    }

    /// `state` as the next one after the version `before`.
    fn next(&self, state: State, before: Option<Version>) -> Write {
        match before {
            Some(before) => self.states.replacing(&State { version: before.next(), ..state }, before),
            None => self.states.creating(&state),
        }
    }

    /// More rows than one transaction takes: states which rows there may be, writes them, states which there are.
    async fn in_parts(
        &self,
        cx: &Cx,
        after: State,
        during: State,
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

    /// Trims a few of the terms that have got or lost a row, the same ones when it is done again.
    async fn trim_some(&self, cx: &Cx, id: ProductId, of: Version, terms: Vec<&str>) -> Result<(), TableError> {
        for term in terms {
            let drawn = sha256_hex(format!("{term} {id} {of}").as_bytes());
            if u64::from_str_radix(&drawn[..8], 16).is_ok_and(|drawn| drawn % TRIM_EVERY == 0) {
                self.trim(cx, term).await?;
            }
        }
        Ok(())
    }

    /// Counts the rows of a term, and drops those after the best [`KEPT`]. When one of the best goes later, the one that
    /// would come up is not there before its product changes.
    pub async fn trim(&self, cx: &Cx, term: &str) -> Result<(), TableError> {
        let query = PartitionQuery::of(partition(term)).consistency(Consistency::Strong);
        let best = self.rows.query(cx, &query, KEPT, None).await?;
        let mut end = best.next;
        while let Some(after) = end {
            let surplus = self.rows.query(cx, &query, TRIMMED_AT_ONCE, Some(&after)).await?;
            cx.event.count(fields::INDEX_TRIMMED, surplus.items.len() as u64);
            let places: Vec<_> = surplus.items.iter().map(Row::place).collect();
            try_join_all(places.iter().map(|place| self.rows.delete(cx, place))).await?;
            end = surplus.next;
        }
        let size = Size { term: term.to_owned(), rows: best.items.len(), version: Version::FIRST };
        self.sizes.put(cx, &size, &Condition::Any).await
    }
}

/// Whether another worker changed the product's rows in the meantime.
fn is_outrun(error: &TableError) -> bool {
    match error {
        TableError::Conflict { .. } => true,
        TableError::Cancelled(reasons) => reasons.iter().any(shared::table::Reason::is_condition),
        _ => false,
    }
}
