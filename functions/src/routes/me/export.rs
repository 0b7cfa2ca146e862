//! `GET /api/me/export`

use super::Exported;
use crate::{accounts::Accounts, orders::Orders, routes::page::opened};
use garde::Validate;
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{
    context::Cx,
    edge::Private,
    lambda::{Problem, Query, Route, Spec},
    ratelimit::Limit,
    session::SignedIn,
    table::Cursors,
};

/// The caller's data, to take along: the account, the picture's address, and all orders, newest
/// first. One answer holds up to 5,000 lines of orders; `next` leads to the rest.
#[derive(JsonSchema)]
pub struct ExportMe;

/// Where to go on.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ExportPage")]
pub struct ExportQuery {
    /// The `next` of the answer before.
    #[garde(inner(length(max = 512)))]
    #[schemars(length(max = 512))]
    cursor: Option<String>,
}

impl Route for ExportMe {
    const SPEC: Spec = Spec {
        name: "me-export",
        method: Method::GET,
        path: "/api/me/export",
        shared: None,
        limits: &[Limit::per_hour(60).batched()],
    };
    type State = (Accounts, Orders, Cursors);
    type Who = SignedIn;
    type Input = Query<ExportQuery>;
    type Reply = Private<Exported>;

    async fn handle(
        (accounts, orders, cursors): &Self::State,
        cx: &Cx,
        who: SignedIn,
        Query(query): Query<ExportQuery>,
    ) -> Result<Private<Exported>, Problem> {
        let scope = orders.scope(&who);
        let after = opened(cx, cursors, &scope, query.cursor.as_deref()).await?;
        let account = accounts.get(cx, &who).await?.ok_or_else(Problem::unauthenticated)?;
        let page = orders.export(cx, &who, after).await?;
        Ok(Private(Exported::of(cx, account, page, cursors, &scope).await?))
    }
}
