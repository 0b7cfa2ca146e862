//! `POST /api/orders`

use super::OrderView;
use crate::{
    ids::ProductId,
    orders::{Orders, PriceError, Wanted, price},
    products::Products,
};
use garde::Validate;
use http::{HeaderName, HeaderValue, Method};
use serde::{Deserialize, Serialize};
use shared::{
    context::Cx,
    edge::Created,
    idempotency::payload_hash,
    lambda::{IdempotencyKey, Json, Problem, Route, SignedIn, Spec},
};

/// Places an order at the catalogue's prices.
pub struct Create;

/// What somebody wants to buy. There is no price in it.
#[derive(Debug, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    #[garde(length(min = 1, max = 50), dive)]
    items: Vec<NewLine>,
}

/// A product, and how many of it.
#[derive(Debug, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct NewLine {
    #[garde(skip)]
    product_id: ProductId,
    #[garde(range(min = 1, max = 1_000))]
    quantity: u32,
}

impl Route for Create {
    const SPEC: Spec = Spec { name: "orders-create", method: Method::POST, path: "/api/orders", shared: None };
    type State = (Orders, Products);
    type Who = SignedIn;
    type Input = (Json<NewOrder>, IdempotencyKey);
    type Reply = Created<OrderView>;

    async fn handle(
        (orders, products): &(Orders, Products),
        cx: &Cx,
        who: SignedIn,
        (Json(new), key): (Json<NewOrder>, IdempotencyKey),
    ) -> Result<Created<OrderView>, Problem> {
        let hash = payload_hash(&new).map_err(Problem::internal)?;
        let once = key.scoped(&who.subject().to_string(), Self::SPEC.name)?.map(|key| (key, hash));
        let wanted: Vec<_> =
            new.items.iter().map(|l| Wanted { product_id: l.product_id, quantity: l.quantity }).collect();
        let ids: Vec<_> = wanted.iter().map(|w| w.product_id).collect();
        let found = products.get_many(cx, &ids).await?;
        let (order, replayed) = match (price(who.subject().into(), &wanted, found, cx.clock.now()), &once) {
            (Ok(order), once) => {
                let settled = orders.place(cx, order, once.as_ref()).await?;
                (settled.result, settled.replayed)
            }
            // A request that was answered before is answered again, also when its product has gone since.
            (Err(refused), Some(once)) => (orders.placed(cx, once).await?.ok_or_else(|| problem(&refused))?, true),
            (Err(refused), None) => return Err(problem(&refused)),
        };
        let mark = (HeaderName::from_static("idempotency-replayed"), HeaderValue::from_static("true"));
        let headers = replayed.then_some(mark).into_iter().collect();
        Ok(Created { location: format!("/api/orders/{}", order.id), body: order.into(), headers })
    }
}

fn problem(refused: &PriceError) -> Problem {
    let field = match refused {
        PriceError::UnknownProduct { at } | PriceError::Repeated { at } => format!("items[{at}].product_id"),
        PriceError::TooMuch => "items".to_owned(),
    };
    Problem::invalid_field(field, refused.to_string())
}
