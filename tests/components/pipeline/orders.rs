//! Makes random orders, and the stream's records of them.

use crate::helpers::{Dice, START};
use functions::{
    ids::{OrderId, ProductId, UserId},
    orders::{Order, OrderLine, OrderStatus},
};
use serde_json::{Value, json};
use shared::{table::Item as _, version::Version};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The `n`-th person.
pub(crate) fn person(n: usize) -> UserId {
    UserId(Uuid::from_u128(0x1_0000 + n as u128))
}

/// The `n`-th product.
pub(crate) fn product(n: usize) -> ProductId {
    ProductId(Uuid::from_u128(0x2_0000 + n as u128))
}

/// An order of so many pieces of each of these products, by a person, at a time.
pub(crate) fn placed(by: usize, at_ms: i64, lines: &[(usize, u32)]) -> Order {
    let line = |&(n, quantity): &(usize, u32)| OrderLine {
        product_id: product(n),
        name: format!("Tea {n}"),
        quantity,
        unit_price_cents: 100,
        product_version: Version::FIRST,
    };
    Order {
        id: OrderId::generate(),
        user_id: person(by),
        status: OrderStatus::Placed,
        items: lines.iter().map(line).collect(),
        total_cents: lines.iter().map(|(_, quantity)| u64::from(*quantity) * 100).sum(),
        created_at: jiff::Timestamp::from_millisecond(at_ms).unwrap(),
        version: Version::FIRST,
    }
}

/// Orders as people place them: mostly few lines, of a catalogue in which some products are in
/// every fifth order.
pub(crate) fn random_orders(dice: &mut Dice, count: usize, people: usize) -> Vec<Order> {
    let order = |_| {
        let by = dice.roll(people);
        let at = START + i64::try_from(dice.roll(3 * 3_600_000)).unwrap();
        let lines = if dice.roll(20) == 0 { 1 + dice.roll(50) } else { 1 + dice.roll(4) };
        let mut wanted = BTreeMap::new();
        for _ in 0..lines {
            let product = if dice.roll(5) == 0 { dice.roll(5) } else { dice.roll(200) };
            wanted.insert(product, 1 + u32::try_from(dice.roll(3)).unwrap());
        }
        placed(by, at, &wanted.into_iter().collect::<Vec<_>>())
    };
    (0..count).map(order).collect()
}

/// The stream's record of an order.
pub(crate) fn record(order: &Order, number: usize) -> Value {
    let mut image: serde_dynamo::Item = serde_dynamo::to_item(order).unwrap();
    let key = order.key();
    let text = |text: String| serde_dynamo::AttributeValue::S(text);
    let (pk, sk) = (text(key.pk), text(key.sk.unwrap()));
    image.insert("pk".to_owned(), pk.clone());
    image.insert("sk".to_owned(), sk.clone());
    json!({
        "awsRegion": "eu-central-1", "eventID": number.to_string(), "eventName": "INSERT",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_700_000_000.0, "Keys": {"pk": pk, "sk": sk}, "NewImage": image,
            "SequenceNumber": format!("{number:021}"), "SizeBytes": 26,
        },
    })
}
