//! `GET /api/search`

use super::Row;
use crate::{
    routes::{READS, page::refused},
    search::{Query as Words, Search as Index},
};
use garde::Validate;
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    context::Cx,
    edge::{Public, Shared, Tag},
    lambda::{Anyone, Problem, Query, Route, Spec, plain_text},
    table::Cursors,
};

/// Products by the words of their names and categories, the best first.
#[derive(JsonSchema)]
pub struct Search;

/// What is searched for, and which page.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
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
#[schemars(rename = "SearchResults")]
pub struct Found {
    items: Vec<Row>,
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

impl Route for Search {
    const SPEC: Spec = Spec {
        name: "catalog-search",
        method: Method::GET,
        path: "/api/search",
        shared: Some(Shared::for_secs(60)),
        limits: READS,
    };
    type State = (Index, Cursors);
    type Who = Anyone;
    type Input = Query<Asked>;
    type Reply = Public<Found>;

    async fn handle(
        (index, cursors): &(Index, Cursors),
        cx: &Cx,
        _: Anyone,
        Query(asked): Query<Asked>,
    ) -> Result<Public<Found>, Problem> {
        let words = Words::new(&asked.q);
        let after = match &asked.cursor {
            Some(cursor) => Some(words.open(cx, cursors, cursor).await.map_err(refused)?),
            None => None,
        };
        let found = index.find(cx, &words, usize::from(asked.limit), after.as_ref()).await?;
        let tags = found.items.iter().take(40).map(|hit| Tag::new("product", hit.id));
        let tags = std::iter::once(Tag::new("search", "all")).chain(tags).collect();
        let (scope, next) = found.next.as_ref().map(|next| words.place(next)).transpose()?.unzip();
        let next = cursors.seal_next(cx, &scope.unwrap_or_default(), next.as_ref()).await?;
        let stale = found.stale.map_or(Stale::Not(false), |stale| Stale::For(stale.as_secs()));
        Ok(Public { body: Found { items: found.items.into_iter().map(Row::from).collect(), next, stale }, tags })
    }
}
