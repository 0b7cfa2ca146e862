//! `GET /api/orders`

use super::OrderView;
use crate::{
    orders::Orders,
    routes::{
        READS,
        page::{Listed, Which},
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

/// The caller's orders, newest first.
#[derive(JsonSchema)]
pub struct List;

impl Route for List {
    const SPEC: Spec =
        Spec { name: "orders-list", method: Method::GET, path: "/api/orders", shared: None, limits: READS };
    type State = (Orders, Cursors);
    type Who = SignedIn;
    type Input = Query<Which>;
    type Reply = Private<Listed<OrderView>>;

    async fn handle(
        (orders, cursors): &(Orders, Cursors),
        cx: &Cx,
        who: SignedIn,
        Query(which): Query<Which>,
    ) -> Result<Private<Listed<OrderView>>, Problem> {
        let scope = orders.scope(&who);
        let page = orders.list(cx, &who, which.limit(), which.after(cx, cursors, &scope).await?.as_ref()).await?;
        Ok(Private(Listed::of(cx, page, cursors, &scope).await?))
    }
}
