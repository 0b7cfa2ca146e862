//! `GET /api/me/export`

use super::Exported;
use crate::{
    accounts::Accounts,
    orders::Orders,
    routes::{page::opened, page_params::Cursor},
};
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
    table::{CURSOR_MAX, Cursors},
};

/// Returns all data that the service has about the caller. The data are the account, the picture's
/// path, and the orders, newest first. One answer has up to 5,000 lines of orders; a request with
/// the `cursor` from `next` returns the rest.
#[derive(JsonSchema)]
pub struct ExportMe;

/// Which part of the export.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ExportPage")]
pub struct ExportQuery {
    #[garde(inner(length(max = CURSOR_MAX)))]
    #[schemars(with = "Option<Cursor>")]
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
