//! `GET /api/search`

use super::{ListedProductView, ProductListView};
use crate::{
    catalog::search::{FAMILY, ParsedQuery, Search},
    routes::{
        READS,
        page_params::{Cursor, PageLimit},
    },
};
use garde::Validate;
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    context::Cx,
    edge::{Public, Shared},
    lambda::{Anyone, Problem, Query, Route, Spec, plain_text},
    table::CURSOR_MAX,
};

/// Searches for products by the words of their names and categories. The best result is first. Each
/// word of the query must be a word of the product, or the beginning of one.
#[derive(JsonSchema)]
pub struct SearchProducts;

/// The query, and which page of its results.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// The words to search for.
    #[garde(length(chars, min = 1, max = 100), custom(plain_text))]
    #[schemars(example = "assam tea")]
    q: String,
    #[garde(skip)]
    #[serde(default)]
    limit: PageLimit,
    #[garde(inner(length(max = CURSOR_MAX)))]
    #[schemars(with = "Option<Cursor>")]
    cursor: Option<String>,
}

/// One page of results.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SearchResults {
    /// The products of the page.
    items: Vec<ListedProductView>,
    /// The `cursor` of the next page; `null` on the last page.
    #[schemars(with = "Option<Cursor>")]
    next: Option<String>,
    /// Whether the page is old, because the search is slow or down.
    stale: Stale,
}

/// `false`, or for how many seconds the page has been out of date.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Stale {
    /// The page is current.
    #[schemars(title = "Current")]
    Not(#[schemars(extend("const" = false))] bool),
    /// For how many seconds the page has been out of date.
    #[schemars(title = "SecondsOutOfDate")]
    For(u64),
}

impl Route for SearchProducts {
    const SPEC: Spec = Spec {
        name: "catalog-search",
        method: Method::GET,
        path: "/api/search",
        shared: Some(Shared::for_secs(FAMILY, 60)),
        limits: READS,
    };
    type State = Search;
    type Who = Anyone;
    type Input = Query<SearchQuery>;
    type Reply = Public<SearchResults>;

    async fn handle(
        search: &Search,
        cx: &Cx,
        _: Anyone,
        Query(query): Query<SearchQuery>,
    ) -> Result<Public<SearchResults>, Problem> {
        let (words, limit) = (ParsedQuery::new(&query.q), query.limit.get());
        let found = search.find(cx, &words, limit, query.cursor.as_deref()).await?;
        let stale = found.stale.map_or(Stale::Not(false), |stale| Stale::For(stale.as_secs()));
        let ProductListView { items, next } = found.into();
        // No tags but the family's, because a change of any product may change any results.
        Ok(Public { body: SearchResults { items, next, stale }, tags: vec![] })
    }
}
