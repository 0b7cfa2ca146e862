//! `GET /api/search`

use super::{ListedProductView, ProductListView};
use crate::{
    catalog::search::{FAMILY, ParsedQuery, Search},
    routes::READS,
};
use garde::Validate;
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    context::Cx,
    edge::{Public, Shared},
    lambda::{Anyone, Problem, Query, Route, Spec, plain_text},
};

/// Products by the words of their names and categories, the best first.
#[derive(JsonSchema)]
pub struct SearchProducts;

/// What is searched for, and which page.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    #[garde(length(chars, min = 1, max = 100), custom(plain_text))]
    q: String,
    #[garde(range(min = 1, max = 100))]
    #[serde(default = "crate::routes::page::twenty")]
    limit: u8,
    #[garde(inner(length(max = 512)))]
    #[schemars(length(max = 512))]
    cursor: Option<String>,
}

/// A page of what was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SearchResults {
    items: Vec<ListedProductView>,
    next: Option<String>,
    stale: Stale,
}

/// `false`, or for how many seconds the page has been over.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Stale {
    Not(bool),
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
        let (words, limit) = (ParsedQuery::new(&query.q), usize::from(query.limit));
        let found = search.find(cx, &words, limit, query.cursor.as_deref()).await?;
        let stale = found.stale.map_or(Stale::Not(false), |stale| Stale::For(stale.as_secs()));
        let ProductListView { items, next } = found.into();
        // No tags but the family's, because a change of any product may change any results.
        Ok(Public { body: SearchResults { items, next, stale }, tags: vec![] })
    }
}
