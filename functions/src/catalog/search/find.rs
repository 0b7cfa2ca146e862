//! Reads the index, through the cache.

use super::{
    index::KEPT,
    query::{ParsedQuery, Way},
    rows::{RANK_START, TermRow, TermSize, partition},
    words::can_begin_a_word,
};
use crate::catalog::pages::{CatalogPage, ListedProduct, PageError};
use shared::{
    app::{App, FromApp},
    cache::{Cache, CacheUnreachable, PUBLIC_L1_TTL, PageKey, Policy},
    config::ConfigError,
    context::Cx,
    edge::Tag,
    sign::sha256_hex,
    table::{Consistency, CursorError, Cursors, PartitionQuery, Position, Table, TableError},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// Serve the expired results when the search takes longer than this.
pub const SLOW: Duration = Duration::from_millis(300);
/// How long a search without any cached results may take.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// How many rows one read takes when some of them may not match.
const STRIDE: usize = 100;

impl ParsedQuery {
    /// Opens a cursor of this query.
    pub async fn open(&self, cx: &Cx, cursors: &Cursors, cursor: &str) -> Result<SearchPosition, CursorError> {
        for (token, ways) in self.lookups() {
            for (way, term) in
                ways.ways.iter().enumerate().flat_map(|(at, way)| way.terms().into_iter().map(move |t| (at, t)))
            {
                match cursors.open(cx, &self.scope(token, way, &term), cursor).await {
                    Ok(position) => return Ok(SearchPosition { token, way, term, rank: position.as_str().to_owned() }),
                    Err(CursorError::Bad) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Err(CursorError::Bad)
    }

    /// The scope to which a cursor is bound: the query, and the term whose rows are read.
    fn scope(&self, token: usize, way: usize, term: &str) -> String {
        format!("search|{}|{token}.{way}|{term}", self.text())
    }
}

/// A position among the rows of a term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPosition {
    /// The token by which products are looked up, and the way of it that is being read.
    token: usize,
    way: usize,
    term: String,
    rank: String,
}

impl From<TermRow> for ListedProduct {
    fn from(row: TermRow) -> Self {
        let TermRow { id, name, category, price_cents, version, .. } = row;
        Self { id, name, category, price_cents, version }
    }
}

/// The family of all results, here and at the CDN.
pub const FAMILY: &str = "search";

/// The CDN's tag of all results.
pub fn family() -> Tag {
    Tag::family(FAMILY)
}

/// A page of the results of a query.
struct ResultsKey<'a> {
    query: &'a ParsedQuery,
    limit: usize,
    cursor: Option<&'a str>,
}

impl PageKey for ResultsKey<'_> {
    type Value = CatalogPage;
    const SCHEMA: u16 = 2;
    const POLICY: Policy = Policy::new(Duration::from_secs(30))
        .l1_ttl(PUBLIC_L1_TTL)
        .stale_if_error(Duration::from_hours(1))
        .load_limit(SLOW)
        .turn(Duration::from_millis(400));
    const FAMILY: &'static str = FAMILY;

    fn page(&self) -> String {
        sha256_hex(format!("{} {} {:?}", self.query.text(), self.limit, self.cursor).as_bytes())
    }
}

/// Removes all results from L2. The index worker calls it after it has indexed products.
pub async fn forget(cache: &Cache, cx: &Cx) -> Result<(), CacheUnreachable> {
    cache.forget_pages::<ResultsKey<'_>>(cx).await
}

/// Searches for products.
pub struct Search {
    cache: Arc<Cache>,
    cursors: Cursors,
    rows: Table<TermRow>,
    sizes: Table<TermSize>,
}

impl FromApp for Search {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        let (cache, cursors) = <(Arc<Cache>, Cursors)>::from_app(app).await?;
        Ok(Self { cache, cursors, rows: app.table()?, sizes: app.table()? })
    }
}

impl Search {
    /// Finds a page of products: the first page, or the one after the page that gave `cursor`.
    pub async fn find(
        &self,
        cx: &Cx,
        query: &ParsedQuery,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<CatalogPage, PageError> {
        if query.is_empty() {
            return Ok(CatalogPage::default());
        }
        let key = ResultsKey { query, limit, cursor };
        let load = async |how| {
            let late = |_| TableError::Unavailable { operation: "search", cause: format!("took {PATIENCE:?}") };
            let found = Box::pin(self.load(cx, &key, how));
            let found = tokio::time::timeout(PATIENCE, found).await.map_err(late)??;
            Ok::<_, PageError>(found.unless_empty())
        };
        let Some(found) = self.cache.read_page(cx, &key, load).await? else { return Ok(CatalogPage::default()) };
        Ok(CatalogPage { stale: found.stale, ..found.value })
    }

    /// Reads the page and seals its cursor.
    async fn load(&self, cx: &Cx, key: &ResultsKey<'_>, how: Consistency) -> Result<CatalogPage, PageError> {
        let after = match key.cursor {
            Some(cursor) => Some(key.query.open(cx, &self.cursors, cursor).await?),
            None => None,
        };
        let (items, next) = self.read_page(cx, key, after, how).await?;
        let next = match next {
            Some(SearchPosition { token, way, term, rank }) => {
                let scope = key.query.scope(token, way, &term);
                Some(self.cursors.seal(cx, &scope, &Position::after(&rank)?).await?)
            }
            None => None,
        };
        Ok(CatalogPage { items, next, stale: None })
    }

    /// Reads rows from `after` on until the page is full, the rows end, or [`KEPT`] rows are read.
    async fn read_page(
        &self,
        cx: &Cx,
        key: &ResultsKey<'_>,
        after: Option<SearchPosition>,
        how: Consistency,
    ) -> Result<(Vec<ListedProduct>, Option<SearchPosition>), TableError> {
        let (query, limit) = (key.query, key.limit);
        let mut at = match after {
            Some(after) => after,
            None => self.start(cx, query).await?,
        };
        let (mut items, mut read) = (Vec::with_capacity(limit), 0);
        loop {
            // A query of one word finds all rows of its term.
            let exact = at.way == 0 && query.is_all_of(&at.term);
            let stride = if exact { limit } else { STRIDE.max(limit) };
            let position = Position::after(&at.rank)?;
            let partition = PartitionQuery::of(partition(&at.term)).consistency(how);
            let page = self.rows.query(cx, &partition, stride, Some(&position)).await?;
            read += page.items.len();
            let is_found = |row: &TermRow| exact || query.finds(row, at.token, at.way);
            let mut rows = page.items.into_iter().peekable();
            while let Some(row) = rows.next_if(|_| items.len() < limit) {
                row.rank().clone_into(&mut at.rank);
                if is_found(&row) {
                    items.push(ListedProduct::from(row));
                }
            }
            // There is more only if one of the rows that are left matches.
            let more = rows.any(|row| is_found(&row)) || page.next.is_some();
            let next_way = if more { None } else { self.next_way(cx, query, &at).await? };
            let is_last = !more && next_way.is_none();
            at = next_way.unwrap_or(at);
            if items.len() == limit || is_last || read >= KEPT {
                return Ok((items, (!is_last).then_some(at)));
            }
        }
    }

    /// The start of the token that the fewest products have, as far as they are counted.
    async fn start(&self, cx: &Cx, query: &ParsedQuery) -> Result<SearchPosition, TableError> {
        let all: Vec<_> = query.lookups().collect();
        let sizes = self.sizes(cx, all.iter().flat_map(|(_, token)| &token.ways)).await?;
        let rows = |way: &Way| sizes.rarest(way).map_or(0, |(_, rows)| rows);
        // Of two equally rare tokens this takes the first, which has the longer term.
        let rarest = all.iter().min_by_key(|(_, token)| token.ways.iter().map(rows).sum::<usize>());
        let first = rarest.and_then(|(at, token)| Some((*at, sizes.rarest(token.ways.first()?)?.0)));
        let (token, term) = first.unwrap_or_default();
        Ok(SearchPosition { token, way: 0, term, rank: RANK_START.to_owned() })
    }

    /// The start of the next way of the token that is looked up.
    async fn next_way(
        &self,
        cx: &Cx,
        query: &ParsedQuery,
        at: &SearchPosition,
    ) -> Result<Option<SearchPosition>, TableError> {
        let Some(way) = query.ways(at.token).get(at.way + 1) else { return Ok(None) };
        let rarest = self.sizes(cx, [way]).await?.rarest(way);
        Ok(rarest.map(|(term, _)| SearchPosition {
            token: at.token,
            way: at.way + 1,
            term,
            rank: RANK_START.to_owned(),
        }))
    }

    /// Reads the sizes of the terms of these ways in one batch; none if there is no choice.
    async fn sizes(&self, cx: &Cx, ways: impl IntoIterator<Item = &Way>) -> Result<Sizes, TableError> {
        let terms: BTreeSet<String> = ways.into_iter().flat_map(Way::terms).collect();
        if terms.len() < 2 {
            return Ok(Sizes::default());
        }
        let terms: Vec<String> = terms.into_iter().collect();
        let sizes = self.sizes.get_many(cx, &terms, Consistency::Eventual).await?;
        Ok(Sizes(terms.into_iter().zip(sizes.into_iter().map(|size| size.map_or(0, |size| size.rows))).collect()))
    }
}

/// About how many rows terms have. A term that was never counted is taken as rare.
#[derive(Default)]
struct Sizes(BTreeMap<String, usize>);

impl Sizes {
    /// The rarest term of a way; of two equally rare terms, the longer one. A term of one letter is
    /// taken only if there is no other, because an index of the earlier schema has none.
    fn rarest(&self, way: &Way) -> Option<(String, usize)> {
        let counted = |term: String| {
            let rows = self.0.get(&term).copied().unwrap_or_default();
            (term, rows)
        };
        way.terms().into_iter().map(counted).min_by_key(|(term, rows)| (!can_begin_a_word(term), *rows))
    }
}
