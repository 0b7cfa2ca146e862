//! Asking the index, through the cache.

use super::{
    index::KEPT,
    rows::{Row, Size, partition},
    terms::{term_of, words},
};
use crate::ids::ProductId;
use serde::{Deserialize, Serialize};
use shared::{
    app::{App, FromApp},
    cache::{Cache, CacheKey, Policy},
    config::ConfigError,
    context::Cx,
    sign::sha256_hex,
    table::{BadCursor, Consistency, Cursors, Position, Query as Partition, Shards, Table, TableError},
    version::{Version, Versioned},
};
use std::{sync::Arc, time::Duration};

/// After how long an answer that is over is served in place of one that is not there yet.
pub const SLOW: Duration = Duration::from_millis(300);
/// How long the index is waited for when there is no answer at all.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// The words of a query that may be the rarest; of more, the longest.
const CANDIDATES: usize = 8;
/// Rows that are read at a time when some are dropped.
const STRIDE: usize = 100;

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    words: Vec<String>,
    terms: Vec<String>,
}

impl Query {
    /// The query that `text` makes. One without a word of two letters finds nothing, as while the first is typed.
    pub fn new(text: &str) -> Self {
        let mut words = words(text);
        words.sort();
        words.dedup();
        let mut terms: Vec<String> = words.iter().filter_map(|word| term_of(word)).collect();
        terms.sort_by_key(|term| std::cmp::Reverse(term.chars().count()));
        terms.dedup();
        terms.truncate(CANDIDATES);
        Self { words, terms }
    }

    /// What a cursor is bound to: the words, and the term whose rows are being read.
    fn scope(&self, term: &str) -> String {
        format!("search|{}|{term}", self.words.join(" "))
    }

    /// Where a cursor of this query goes on.
    pub fn open(&self, cursors: &Cursors, cursor: &str) -> Result<After, BadCursor> {
        let open = |term: &String| {
            let position = cursors.open(&self.scope(term), cursor).ok()?;
            Some(After { term: term.clone(), rank: position.as_str().to_owned() })
        };
        self.terms.iter().find_map(open).ok_or(BadCursor)
    }

    /// Where a page ends, for the client.
    pub fn seal(&self, cursors: &Cursors, after: &After) -> Result<String, TableError> {
        Ok(cursors.seal(&self.scope(&after.term), &Position::after(&after.rank)?))
    }

    fn admits(&self, row: &Row) -> bool {
        let mut has = words(&row.name);
        has.extend(words(&row.category));
        self.words.iter().all(|word| has.iter().any(|other| other.starts_with(word.as_str())))
    }
}

/// A place among the rows of a term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct After {
    term: String,
    rank: String,
}

/// A product that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// Its id.
    pub id: ProductId,
    /// What it is called.
    pub name: String,
    /// Where it stands in the shop.
    pub category: String,
    /// What it costs, in cents.
    pub price_cents: u64,
    /// The version of the product that this is from.
    pub version: Version,
}

impl From<Row> for Hit {
    fn from(row: Row) -> Self {
        let Row { id, name, category, price_cents, version, .. } = row;
        Self { id, name, category, price_cents, version }
    }
}

/// A page of what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    /// The best first.
    pub items: Vec<Hit>,
    /// Where the next page begins; `None` when this one is the last.
    pub next: Option<After>,
    /// How long ago this ceased to be fresh, when it has.
    #[serde(skip)]
    pub stale: Option<Duration>,
}

impl Versioned for Results {
    /// Results have no version: they are good for their time.
    fn version(&self) -> Version {
        Version(0)
    }
}

struct ResultsKey(String);

impl CacheKey for ResultsKey {
    type Value = Results;
    const SCHEMA: u16 = 1;
    const POLICY: Policy = Policy::new(Duration::from_secs(30))
        .stale_if_error(Duration::from_hours(1))
        .load_limit(SLOW)
        .turn(Duration::from_millis(400));

    fn entity(&self) -> String {
        format!("{{search:{}}}", self.0)
    }
}

/// Finds products.
pub struct Search {
    cache: Arc<Cache>,
    rows: Table<Row>,
    sizes: Table<Size>,
}

impl FromApp for Search {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        let (rows, sizes) = (app.table("SEARCH_TABLE", Shards::ONE)?, app.table("SEARCH_TABLE", Shards::ONE)?);
        Ok(Self { cache: Arc::from_app(app).await?, rows, sizes })
    }
}

impl Search {
    /// A page of what `query` finds, after `after`.
    pub async fn find(
        &self,
        cx: &Cx,
        query: &Query,
        limit: usize,
        after: Option<&After>,
    ) -> Result<Results, TableError> {
        if query.terms.is_empty() {
            return Ok(Results::default());
        }
        let asked = format!("{} {limit} {after:?}", query.words.join(" "));
        let key = ResultsKey(sha256_hex(asked.as_bytes()));
        // The search is not strong: nothing forgets its entries, so a strong read would make none of them newer.
        let load = async |_| {
            let late = |_| TableError::Unavailable { operation: "search", cause: format!("took {PATIENCE:?}") };
            let found =
                tokio::time::timeout(PATIENCE, Box::pin(self.ask(cx, query, limit, after))).await.map_err(late)??;
            // Nothing is an absence to the cache, which it keeps for less time and in less space.
            Ok::<_, TableError>((!found.items.is_empty() || found.next.is_some()).then_some(found))
        };
        let Some(found) = self.cache.read(cx, &key, load).await? else { return Ok(Results::default()) };
        Ok(Results { stale: found.stale, ..found.value })
    }

    async fn ask(&self, cx: &Cx, query: &Query, limit: usize, after: Option<&After>) -> Result<Results, TableError> {
        let (term, mut end) = match after {
            Some(after) => (after.term.clone(), Some(Position::after(&after.rank)?)),
            None => (self.rarest(cx, query).await?, None),
        };
        let partition = Partition::of(partition(&term));
        // One word is all that its rows need to have: nothing is dropped.
        let exact = query.words.len() == 1 && query.words[0] == term;
        let stride = if exact { limit } else { STRIDE.max(limit) };
        let (mut items, mut read) = (Vec::with_capacity(limit), 0);
        loop {
            let page = self.rows.query(cx, &partition, stride, end.as_ref()).await?;
            read += page.items.len();
            let mut rows = page.items.into_iter().peekable();
            while let Some(row) = rows.next_if(|_| items.len() < limit) {
                end = Some(Position::after(row.rank())?);
                if exact || query.admits(&row) {
                    items.push(Hit::from(row));
                }
            }
            // What is left over would be admitted or not: only a look at it tells whether there is more.
            let more = rows.any(|row| query.admits(&row)) || page.next.is_some();
            if items.len() == limit || page.next.is_none() || read >= KEPT {
                let rank = end.filter(|_| more).map(|end| end.as_str().to_owned());
                return Ok(Results { items, next: rank.map(|rank| After { term, rank }), stale: None });
            }
        }
    }

    /// The term of a query that the fewest products have, as far as anybody has counted.
    async fn rarest(&self, cx: &Cx, query: &Query) -> Result<String, TableError> {
        let [only] = query.terms.as_slice() else {
            let sizes = self.sizes.get_many(cx, &query.terms, Consistency::Eventual).await?;
            // Of two that are as rare, the first is the longer.
            let rarest =
                query.terms.iter().zip(sizes).min_by_key(|(_, size)| size.as_ref().map_or(0, |size| size.rows));
            return Ok(rarest.map(|(term, _)| term.clone()).unwrap_or_default());
        };
        Ok(only.clone())
    }
}
