//! `POST /api/orders`

use super::{NewOrder, OrderView};
use crate::{
    orders::checkout::{Checkout, CheckoutError, PriceError},
    routes::WRITES,
};
use http::{Method, StatusCode};
use schemars::JsonSchema;
use shared::{
    context::Cx,
    edge::Created,
    idempotency::payload_hash,
    lambda::{IdempotencyKey, Json, Problem, Route, Spec, replayed},
    session::SignedIn,
};

/// Places an order. It costs what the catalogue says at this moment. With an `Idempotency-Key` the
/// request can be repeated safely, and with `expected_total_cents` the buyer pays no other total
/// than the one shown.
#[derive(JsonSchema)]
pub struct CreateOrder;

impl Route for CreateOrder {
    const SPEC: Spec =
        Spec { name: "orders-create", method: Method::POST, path: "/api/orders", shared: None, limits: WRITES };
    const PROBLEMS: &'static [(StatusCode, &'static str)] =
        &[(StatusCode::CONFLICT, "The order costs another total than `expected_total_cents`; the answer has both.")];
    type State = Checkout;
    type Who = SignedIn;
    type Input = (Json<NewOrder>, IdempotencyKey);
    type Reply = Created<OrderView>;

    async fn handle(
        checkout: &Checkout,
        cx: &Cx,
        who: SignedIn,
        (Json(new), key): (Json<NewOrder>, IdempotencyKey),
    ) -> Result<Created<OrderView>, Problem> {
        let hash = payload_hash(&new).map_err(Problem::internal)?;
        let once = key.scoped(&who.subject().to_string(), Self::SPEC.name)?.map(|key| (key, hash));
        let settled = checkout.place(cx, &who, &new.lines(), new.expected_total_cents, once).await.map_err(problem)?;
        let headers = replayed(settled.replayed);
        let order = settled.result;
        Ok(Created { location: format!("/api/orders/{}", order.id), body: order.into(), headers })
    }
}

fn problem(error: CheckoutError) -> Problem {
    let refused = match error {
        CheckoutError::Price(refused) => refused,
        CheckoutError::Once(error) => return error.into(),
        CheckoutError::Table(error) => return error.into(),
    };
    let field = match refused {
        PriceError::UnknownProduct { at } | PriceError::Repeated { at } => format!("items[{at}].product_id"),
        PriceError::TooMuch => "items".to_owned(),
        PriceError::Total { .. } => return Problem::outdated("expected_total_cents", refused.to_string()),
    };
    Problem::invalid_field(field, refused.to_string())
}
