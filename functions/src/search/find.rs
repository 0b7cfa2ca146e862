//! Asking the index, through the cache.

use super::{
    index::KEPT,
    rows::{Row, Size, partition},
    terms::{term_of, words},
};
use crate::pages::{IN_MEMORY, Listed, Page, PageError};
use shared::{
    app::{App, FromApp},
    cache::{Cache, PageKey, Policy, Unreached},
    config::ConfigError,
    context::Cx,
    edge::Tag,
    sign::sha256_hex,
    table::{Consistency, CursorError, Cursors, Position, Query as Partition, Shards, Table, TableError},
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
    pub async fn open(&self, cx: &Cx, cursors: &Cursors, cursor: &str) -> Result<After, CursorError> {
        for term in &self.terms {
            match cursors.open(cx, &self.scope(term), cursor).await {
                Ok(position) => return Ok(After { term: term.clone(), rank: position.as_str().to_owned() }),
                Err(CursorError::Bad) => {}
                Err(error) => return Err(error),
            }
        }
        Err(CursorError::Bad)
    }

    fn admits(&self, row: &Row) -> bool {
        let mut has = words(&row.name);
        has.extend(words(&row.category));
        self.words.iter().all(|word| has.iter().any(|other| other.starts_with(word.as_str())))
    }
}

/// A place among the rows of a term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    term: String,
    rank: String,
}

impl From<Row> for Listed {
    fn from(row: Row) -> Self {
        let Row { id, name, category, price_cents, version, .. } = row;
        Self { id, name, category, price_cents, version }
    }
}

/// The family of all results, here and at the CDN.
pub const FAMILY: &str = "search";

/// The surrogate key of all results.
pub fn family() -> Tag {
    Tag::family(FAMILY)
}

/// A page of the results of a query.
struct ResultsKey<'a> {
    query: &'a Query,
    limit: usize,
    cursor: Option<&'a str>,
}

impl PageKey for ResultsKey<'_> {
    type Value = Page;
    const SCHEMA: u16 = 2;
    const POLICY: Policy = Policy::new(Duration::from_secs(30))
        .l1_ttl(IN_MEMORY)
        .stale_if_error(Duration::from_hours(1))
        .load_limit(SLOW)
        .turn(Duration::from_millis(400));
    const FAMILY: &'static str = FAMILY;

    fn page(&self) -> String {
        sha256_hex(format!("{} {} {:?}", self.query.words.join(" "), self.limit, self.cursor).as_bytes())
    }
}

/// Forgets all results: what follows when a product was indexed.
pub async fn forget(cache: &Cache, cx: &Cx) -> Result<(), Unreached> {
    cache.forget_pages::<ResultsKey<'_>>(cx).await
}

/// Finds products.
pub struct Search {
    cache: Arc<Cache>,
    cursors: Cursors,
    rows: Table<Row>,
    sizes: Table<Size>,
}

impl FromApp for Search {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        let (rows, sizes) = (app.table("SEARCH_TABLE", Shards::ONE)?, app.table("SEARCH_TABLE", Shards::ONE)?);
        Ok(Self { cache: Arc::from_app(app).await?, cursors: Cursors::from_app(app).await?, rows, sizes })
    }
}

impl Search {
    /// A page of what `query` finds: the first, or the one that `cursor` of the page before leads to.
    pub async fn find(&self, cx: &Cx, query: &Query, limit: usize, cursor: Option<&str>) -> Result<Page, PageError> {
        if query.terms.is_empty() {
            return Ok(Page::default());
        }
        let key = ResultsKey { query, limit, cursor };
        let load = async |how| {
            let late = |_| TableError::Unavailable { operation: "search", cause: format!("took {PATIENCE:?}") };
            let found = Box::pin(self.load(cx, &key, how));
            let found = tokio::time::timeout(PATIENCE, found).await.map_err(late)??;
            Ok::<_, PageError>(found.unless_empty())
        };
        let Some(found) = self.cache.read_page(cx, &key, load).await? else { return Ok(Page::default()) };
        Ok(Page { stale: found.stale, ..found.value })
    }

    /// The page, with its cursor.
    async fn load(&self, cx: &Cx, key: &ResultsKey<'_>, how: Consistency) -> Result<Page, PageError> {
        let after = match key.cursor {
            Some(cursor) => Some(key.query.open(cx, &self.cursors, cursor).await?),
            None => None,
        };
        let (items, next) = self.ask(cx, key, after, how).await?;
        let next = match next {
            Some(After { term, rank }) => {
                Some(self.cursors.seal(cx, &key.query.scope(&term), &Position::after(&rank)?).await?)
            }
            None => None,
        };
        Ok(Page { items, next, stale: None })
    }

    async fn ask(
        &self,
        cx: &Cx,
        key: &ResultsKey<'_>,
        after: Option<After>,
        how: Consistency,
    ) -> Result<(Vec<Listed>, Option<After>), TableError> {
        let (query, limit) = (key.query, key.limit);
        let (term, mut end) = match after {
            Some(after) => (after.term, Some(Position::after(&after.rank)?)),
            None => (self.rarest(cx, query).await?, None),
        };
        let partition = Partition::of(partition(&term)).consistency(how);
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
                    items.push(Listed::from(row));
                }
            }
            // What is left over would be admitted or not: only a look at it tells whether there is more.
            let more = rows.any(|row| query.admits(&row)) || page.next.is_some();
            if items.len() == limit || page.next.is_none() || read >= KEPT {
                let rank = end.filter(|_| more).map(|end| end.as_str().to_owned());
                return Ok((items, rank.map(|rank| After { term, rank })));
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
