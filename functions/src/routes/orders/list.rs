//! `GET /api/orders`

use super::OrderView;
use crate::{
    orders::Orders,
    routes::{
        READS,
        page::{PageQuery, PageView},
    },
};
use http::Method;
use schemars::JsonSchema;
use shared::{
    context::Cx,
    edge::Private,
    lambda::{Problem, Query, Route, Spec},
    session::SignedIn,
    table::Cursors,
};

/// Lists the caller's orders. The newest order is first.
#[derive(JsonSchema)]
pub struct ListOrders;

impl Route for ListOrders {
    const SPEC: Spec =
        Spec { name: "orders-list", method: Method::GET, path: "/api/orders", shared: None, limits: READS };
    type State = (Orders, Cursors);
    type Who = SignedIn;
    type Input = Query<PageQuery>;
    type Reply = Private<PageView<OrderView>>;

    async fn handle(
        (orders, cursors): &(Orders, Cursors),
        cx: &Cx,
        who: SignedIn,
        Query(query): Query<PageQuery>,
    ) -> Result<Private<PageView<OrderView>>, Problem> {
        let scope = orders.scope(&who);
        let page = orders.list(cx, &who, query.limit(), query.after(cx, cursors, &scope).await?.as_ref()).await?;
        Ok(Private(PageView::of(cx, page, cursors, &scope).await?))
    }
}
