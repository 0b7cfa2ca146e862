//! Whole events of API Gateway, with every part absent, empty, odd, huge or of another type: each
//! ends in one response and one line, and what came past the CDN is refused before anything else is
//! looked at.

mod odd;
mod parts;
mod uris;

use self::parts::{PARTS, values};
use super::{changes, many, respelt};
use crate::routes::Shop;
use functions::routes::{Fallback, GetHealth, admin, catalog, me, orders, sessions, users};
use proptest::{
    prelude::*,
    sample::{Index, select},
};
use serde_json::{Map, Value, json};
use shared::{
    clock::Clock,
    context::Cx,
    lambda::{Route, answer_event},
};
use std::time::Duration;
use tests::fault_injector::Rule;
use tokio::runtime::Runtime;

const SECRET: &str = "a secret of the tests";

/// An event as API Gateway sends it.
fn event(method: &str, path: &str) -> Value {
    json!({
        "version": "2.0", "routeKey": format!("{method} {path}"), "rawPath": path, "rawQueryString": "limit=2",
        "cookies": ["city=Z\u{fc}rich", "b=2"],
        "headers": {
            "accept": "*/*", "authorization": "Bearer x", "content-length": "2", "content-type": "application/json",
            "host": "abc.execute-api.eu-central-1.amazonaws.com", "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "443", "x-forwarded-proto": "https", "x-origin-secret": SECRET,
            "x-viewer-address": "203.0.113.7",
        },
        "queryStringParameters": {"limit": "2"}, "pathParameters": {"id": "x"}, "stageVariables": null,
        "requestContext": {
            "accountId": "1", "apiId": "abc", "domainName": "abc.example", "requestId": "r", "stage": "$default",
            "timeEpoch": 1_700_000_000_000_u64,
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "198.51.100.9", "userAgent": "x"},
        },
        "body": "{}", "isBase64Encoded": false,
    })
}

/// The event with another value at `part`, which need not be there.
fn with(mut event: Value, part: &str, value: Option<Value>) -> Value {
    let (parent, name) = part.rsplit_once('/').unwrap();
    match (event.pointer_mut(parent), value) {
        (Some(Value::Object(members)), Some(value)) => drop(members.insert(name.to_owned(), value)),
        (Some(Value::Object(members)), None) => drop(members.remove(name)),
        (Some(Value::Array(items)), value) => *items = vec![value.unwrap_or_default()],
        _ => {}
    }
    event
}

/// A route that waits for events.
struct Waiting<'a> {
    name: &'static str,
    event: Value,
    answer: Box<dyn Fn(&str) -> Value + 'a>,
}

fn waiting<'a, R: Route>(runtime: &'a Runtime, shop: &Shop) -> Waiting<'a> {
    let ready = runtime.block_on(shop.environment::<R>());
    let path = R::SPEC.path.replace("{id}", "01a218c3-285e-71a3-a887-9dee67b1e42b").replace('*', "/x");
    let answer = move |event: &str| {
        let cx = Cx::new(Clock::system(), "request", Duration::from_secs(10));
        let answer = runtime.block_on(Box::pin(answer_event(&ready, &cx, event)));
        let answer = serde_json::to_value(answer).expect("an answer that cannot be written ends the environment");
        let line: Value = serde_json::from_str(&cx.to_line()).unwrap();
        assert_eq!((&line["status"], &line["route"]), (&answer["statusCode"], &json!(R::SPEC.name)), "{line}");
        answer
    };
    Waiting { name: R::SPEC.name, event: event(R::SPEC.method.as_str(), &path), answer: Box::new(answer) }
}

fn all<'a>(runtime: &'a Runtime, shop: &Shop) -> Vec<Waiting<'a>> {
    vec![
        waiting::<GetHealth>(runtime, shop),
        waiting::<Fallback>(runtime, shop),
        waiting::<users::GetUser>(runtime, shop),
        waiting::<users::CreateUser>(runtime, shop),
        waiting::<sessions::GetSession>(runtime, shop),
        waiting::<me::UpdateMe>(runtime, shop),
        waiting::<catalog::ListProducts>(runtime, shop),
        waiting::<catalog::SearchProducts>(runtime, shop),
        waiting::<orders::CreateOrder>(runtime, shop),
        waiting::<admin::PutProduct>(runtime, shop),
    ]
}

fn shop(secret: &str) -> Shop {
    Shop::with(&[("ORIGIN_SECRET", secret)], |_| Rule::Pass)
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// What every answer has, whatever it is the answer to.
fn is_whole(route: &Waiting<'_>, event: &str) -> Result<u64, TestCaseError> {
    let answer = (route.answer)(event);
    let (status, headers) = (answer["statusCode"].as_u64().unwrap(), &answer["headers"]);
    let shown: String = event.chars().take(2_000).collect();
    prop_assert!((200..500).contains(&status), "{}: {status} for {shown}", route.name);
    prop_assert_eq!(&headers["x-request-id"], "request", "{}: {}", route.name, shown);
    prop_assert_eq!(&headers["x-content-type-options"], "nosniff", "{}: {}", route.name, shown);
    prop_assert!(headers["x-injected"].is_null(), "{}: {shown}", route.name);
    if let (400.., Some(body)) = (status, answer["body"].as_str().filter(|body| !body.is_empty())) {
        prop_assert_eq!(&headers["content-type"], "application/problem+json", "{}: {}", route.name, shown);
        let problem: Value = serde_json::from_str(body).unwrap();
        prop_assert_eq!(problem["status"].as_u64(), Some(status), "{}: {}", route.name, shown);
    }
    Ok(status)
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn an_event_with_some_parts_odd_ends_in_a_response_and_a_line(
        picks in prop::collection::vec((select(PARTS), select(values())), 1..5),
        text: String, place in select(PARTS), change in changes(), route: Index,
    ) {
        // A fresh environment a case would take longer than the cases.
        thread_local! {
            static RUNTIME: &'static Runtime = Box::leak(Box::new(runtime()));
            static ROUTES: Vec<Waiting<'static>> = RUNTIME.with(|runtime| all(runtime, Box::leak(Box::new(shop("")))));
        }
        ROUTES.with(|routes| {
            let route = route.get(routes);
            let odd = picks.iter().fold(route.event.clone(), |event, (part, value)| with(event, part, value.clone()));
            let odd = with(odd, place, Some(json!(text)));
            is_whole(route, &odd.to_string())?;
            is_whole(route, &respelt(&route.event.to_string(), &change))
        })?;
    }
}
