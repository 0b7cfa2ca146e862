//! Requests with any path, query, headers and body: a route reads them, or says what is wrong with
//! them.

use super::{changed, changes, many};
use functions::routes::{Fallback, RouteVisitor, document, visit_all};
use proptest::prelude::*;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use shared::lambda::{Head, Input as _, Route};
use std::collections::BTreeSet;

/// What a client sends, for the parts that a route leaves open.
#[derive(Debug, Clone, Default)]
struct Sent {
    segment: String,
    query: String,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
}

/// Reads a request as a route does; how it refuses.
type Read = fn(&Sent) -> Result<(), u16>;

fn read<R: Route>(sent: &Sent) -> Result<(), u16> {
    let path = R::SPEC.path.replace("{id}", &sent.segment).replace('*', "/x");
    // What is no address is refused before it comes to a route.
    let Ok(uri) = format!("{path}?{}", sent.query).parse() else { return Err(400) };
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    for (name, value) in &sent.headers {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    let head = Head::parse(R::SPEC.method, &uri, headers, R::SPEC.path).ok_or(404_u16)?;
    R::Input::parse(&head, &sent.body.clone().into()).map(drop).map_err(|problem| problem.status().as_u16())
}

/// Every route's reader.
struct Readers(Vec<(&'static str, Read)>);

impl RouteVisitor for Readers {
    fn visit<R: Route>(&mut self) {
        self.0.push((R::SPEC.name, read::<R>));
    }
}

fn readers() -> Vec<(&'static str, Read)> {
    let mut readers = Readers(Vec::new());
    visit_all(&mut readers);
    readers.visit::<Fallback>();
    readers.0
}

/// Bodies that a route takes.
fn bodies() -> Vec<(&'static str, Value)> {
    let id = "01a218c3-285e-71a3-a887-9dee67b1e42b";
    vec![
        ("users-create", json!({"name": "Ada", "email": "ada@example.com", "password": "correct horse"})),
        ("sessions-create", json!({"email": "ada@example.com", "password": "correct horse"})),
        ("me-update", json!({"name": "Countess of Lovelace"})),
        ("me-photo", json!({"content_type": "image/png", "size": 7})),
        ("me-photo", json!({"photo": "AAECAwQ"})),
        ("verifications-create", json!({"token": "AAECAwQ"})),
        ("resets-create", json!({"email": "ada@example.com"})),
        ("passwords-create", json!({"token": "AAECAwQ", "password": "correct horse"})),
        ("orders-create", json!({"items": [{"product_id": id, "quantity": 2}]})),
        ("orders-create", json!({"items": [{"product_id": id, "quantity": 2}], "expected_total_cents": 500})),
        (
            "admin-products",
            json!({"name": "Tea", "description": "Loose", "category": "tea", "price_cents": 100, "image_url": "/media/x.png"}),
        ),
    ]
}

/// Queries that a route takes.
const QUERIES: [(&str, &str); 5] = [
    ("catalog-list", "category=tea&limit=2&cursor=AAAA"),
    ("catalog-search", "q=tea%20pot&limit=3"),
    ("orders-list", "limit=100&cursor=AAAA"),
    ("admin-users", "ids=01a218c3-285e-71a3-a887-9dee67b1e42b"),
    ("admin-users", "limit=1"),
];

fn sent(body: impl Into<Vec<u8>>, query: impl Into<String>) -> Sent {
    let segment = "01a218c3-285e-71a3-a887-9dee67b1e42b".to_owned();
    Sent { segment, query: query.into(), body: body.into(), ..Sent::default() }
}

/// Every route reads it, or refuses it as the client's fault.
fn never_ours(sent: &Sent) -> Result<(), TestCaseError> {
    for (route, read) in readers() {
        let status = read(sent).err().unwrap_or(400);
        prop_assert!((400..500).contains(&status), "{route} answered {status}");
    }
    Ok(())
}

/// JSON of any shape, often with names that routes know.
fn values() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        prop::sample::select(vec![
            "name",
            "email",
            "password",
            "items",
            "product_id",
            "quantity",
            "size",
            "photo",
            "price_cents"
        ])
        .prop_map(str::to_owned),
        "\\PC{0,8}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

#[test]
fn every_route_that_takes_a_body_is_tried_with_one() {
    let document = serde_json::to_value(document()).unwrap();
    let operations = document["paths"].as_object().unwrap().values().flat_map(|of| of.as_object().unwrap().values());
    let with_body = operations.filter(|operation| operation["requestBody"].is_object());
    assert_eq!(
        bodies().into_iter().map(|(name, _)| name.to_owned()).collect::<BTreeSet<_>>(),
        with_body.map(|operation| operation["operationId"].as_str().unwrap().to_owned()).collect(),
        "left: here, right: the API document"
    );
}

#[test]
fn what_is_changed_below_was_right_before() {
    let taken = |name: &str, sent: &Sent| {
        let (_, read) = readers().into_iter().find(|(route, _)| *route == name).unwrap();
        assert_eq!(read(sent), Ok(()), "{name}: {sent:?}");
    };
    for (name, body) in bodies() {
        taken(name, &sent(body.to_string(), ""));
    }
    for (name, query) in QUERIES {
        taken(name, &sent("", query));
    }
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn bytes_without_sense_are_the_clients_fault(
        segment in "\\PC{0,60}", query in "\\PC{0,200}", body in prop::collection::vec(any::<u8>(), 0..400),
        condition in prop::collection::vec(any::<u8>(), 0..40), key in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let headers = vec![("if-match", condition.clone()), ("if-none-match", condition), ("idempotency-key", key)];
        never_ours(&Sent { segment, query, headers, body })?;
    }

    #[test]
    fn json_of_another_shape_is_the_clients_fault(value in values()) {
        never_ours(&sent(value.to_string(), ""))?;
    }

    #[test]
    fn a_body_with_a_byte_changed_is_read_or_refused(at in 0..7_usize, change in changes()) {
        let body = bodies().swap_remove(at).1.to_string();
        never_ours(&sent(changed(body.as_bytes(), &change), ""))?;
    }

    #[test]
    fn a_query_with_a_byte_changed_is_read_or_refused(at in 0..QUERIES.len(), change in changes()) {
        never_ours(&sent("", super::respelt(QUERIES[at].1, &change)))?;
    }
}
