//! `GET /api/orders/{id}`

use super::OrderView;
use crate::{ids::OrderId, orders::Orders, routes::READS};
use http::Method;
use schemars::JsonSchema;
use shared::{
    context::Cx,
    edge::Private,
    lambda::{Path, Problem, Route, Spec},
    session::SignedIn,
};

/// Returns one of the caller's orders. An order of another account is answered like one that does
/// not exist.
#[derive(JsonSchema)]
pub struct GetOrder;

impl Route for GetOrder {
    const SPEC: Spec =
        Spec { name: "orders-get", method: Method::GET, path: "/api/orders/{id}", shared: None, limits: READS };
    type State = Orders;
    type Who = SignedIn;
    type Input = Path<OrderId>;
    type Reply = Private<OrderView>;

    async fn handle(
        orders: &Orders,
        cx: &Cx,
        who: SignedIn,
        Path(id): Path<OrderId>,
    ) -> Result<Private<OrderView>, Problem> {
        let order = orders.get(cx, &who, id).await?.ok_or_else(|| Problem::not_found("id"))?;
        Ok(Private(order.into()))
    }
}
