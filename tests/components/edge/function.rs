//! Runs `infra/edge/viewer-request.js` as CloudFront does: it takes an event and returns a request
//! or a response.

use rquickjs::{Context, Function, Runtime};
use serde_json::{Map, Value, json};
use std::{fs, path::Path};
use tests::edge_cases::{Cases, all};

const VIEWER: &str = "2001:db8::17";

fn source() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/edge/viewer-request.js");
    fs::read_to_string(file).unwrap()
}

/// The function, loaded once and called often, as at an edge location.
pub(super) struct ViewerRequest {
    context: Context,
}

impl ViewerRequest {
    pub(super) fn load() -> Self {
        let context = Context::full(&Runtime::new().unwrap()).unwrap();
        context.with(|ctx| ctx.eval::<(), _>(source()).unwrap());
        Self { context }
    }

    /// What it makes of an event, as JSON.
    fn call(&self, event: &Value) -> Value {
        self.context.with(|ctx| {
            let through = "(function (json) { return JSON.stringify(handler(JSON.parse(json))); })";
            let through: Function<'_> = ctx.eval(through).unwrap();
            let answer: String = through.call((event.to_string(),)).unwrap();
            serde_json::from_str(&answer).unwrap()
        })
    }

    fn ask(&self, target: &str, headers: &[(&str, &str)]) -> Value {
        let (uri, query) = target.split_once('?').unwrap_or((target, ""));
        let query = querystring(query);
        let headers: Map<_, _> = headers.iter().map(|(n, v)| (n.to_lowercase(), json!({"value": v}))).collect();
        self.call(&json!({
            "version": "1.0", "context": {"eventType": "viewer-request"}, "viewer": {"ip": VIEWER},
            "request": {"method": "GET", "uri": uri, "querystring": query, "headers": headers, "cookies": {}},
        }))
    }

    /// Whether it answers a request itself.
    pub(super) fn refuses(&self, target: &str) -> bool {
        self.ask(target, &[])["statusCode"] == 400
    }
}

#[test]
fn what_routers_read_differently_is_refused_as_a_problem_that_nobody_keeps() {
    let (function, cases) = (ViewerRequest::load(), Cases::read());
    for (reason, target) in all(&cases.refused) {
        let answer = function.ask(target, &[]);
        assert_eq!(answer["statusCode"], 400, "{reason}: {target} was let through");
        assert_eq!(answer["headers"]["content-type"]["value"], "application/problem+json");
        assert_eq!(answer["headers"]["cache-control"]["value"], "private, no-store");
        let problem: Value = serde_json::from_str(answer["body"]["data"].as_str().unwrap()).unwrap();
        assert_eq!((problem["status"].as_u64(), problem["title"].as_str()), (Some(400), Some("Bad Request")));
    }
}

#[test]
fn what_is_clear_goes_on_as_it_came() {
    let (function, cases) = (ViewerRequest::load(), Cases::read());
    for (reason, target) in all(&cases.kept).chain(all(&cases.passed)) {
        let request = function.ask(target, &[("Accept", "*/*"), ("Cookie", "session=1")]);
        assert_eq!(request["uri"], target.split('?').next().unwrap(), "{reason}: {target}");
        assert_eq!(request["headers"]["accept"]["value"], "*/*", "{reason}: {target}");
        assert_eq!(request["headers"]["cookie"]["value"], "session=1", "the behaviour decides about cookies");
    }
}

/// A query as an event has it: an entry a name, with all values where there are several.
fn querystring(query: &str) -> Value {
    let mut fields = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = json!({ "value": value });
        match fields.get_mut(name) {
            None => drop(fields.insert(name.to_owned(), value)),
            Some(field) => {
                let mut all = field.get("multiValue").and_then(Value::as_array).cloned();
                all.get_or_insert_with(|| vec![json!({ "value": field["value"] })]).push(value);
                field["multiValue"] = all.into();
            }
        }
    }
    fields.into()
}

/// An event's query as it stands in a target. The event does not tell `limit` from `limit=`.
fn target(request: &Value) -> String {
    let mut pairs = Vec::new();
    for (name, field) in request["querystring"].as_object().unwrap() {
        let all = field.get("multiValue").and_then(Value::as_array).cloned().unwrap_or_else(|| vec![field.clone()]);
        pairs.extend(all.iter().map(|each| format!("{name}={}", each["value"].as_str().unwrap())));
    }
    let (uri, query) = (request["uri"].as_str().unwrap(), pairs.join("&"));
    if query.is_empty() { uri.to_owned() } else { format!("{uri}?{query}") }
}

#[test]
fn of_a_query_the_familys_fields_go_on_in_order_and_one_spelling() {
    let (function, cases) = (ViewerRequest::load(), Cases::read());
    for query in &cases.queries {
        let reached = target(&function.ask(&query.asked, &[]));
        let empty = reached.trim_end_matches('=') == query.reaches;
        assert!(reached == query.reaches || empty, "{}: {reached}", query.asked);
    }
    let elsewhere = function.ask("/api/orders?b=%20&a=%c3", &[]);
    assert_eq!(target(&elsewhere), "/api/orders?a=%c3&b=%20", "what nobody keeps goes on as it came");
}

#[test]
fn the_viewers_address_is_the_edges_and_nothing_that_a_client_claims_is_left() {
    let (function, cases) = (ViewerRequest::load(), Cases::read());
    let mut headers: Vec<_> = cases.claims.iter().map(|name| (name.as_str(), "203.0.113.9")).collect();
    headers.extend([("X-Viewer-Address", "203.0.113.9"), ("User-Agent", "test")]);
    let request = function.ask("/api/me", &headers);
    assert_eq!(request["headers"], json!({"user-agent": {"value": "test"}, "x-viewer-address": {"value": VIEWER}}));
    // Two headers of one name arrive as a list beside the first value.
    let mut twice = json!({"viewer": {"ip": VIEWER}, "request": {"method": "GET", "uri": "/api/me", "headers": {}}});
    twice["request"]["headers"]["x-viewer-address"] =
        json!({"value": "203.0.113.9", "multiValue": [{"value": "203.0.113.9"}, {"value": "203.0.113.10"}]});
    assert_eq!(function.call(&twice)["headers"], json!({"x-viewer-address": {"value": VIEWER}}));
    // To set one of these would be a 502 for everybody.
    for name in &cases.claims_that_cloudfront_removes {
        assert!(request["headers"].get(name.to_lowercase()).is_none());
        let code = source();
        assert!(!code.contains(&format!("'{}'", name.to_lowercase())), "{name} is out of a function's reach");
    }
}

#[test]
fn the_table_and_the_path_patterns_say_the_same_about_who_is_public() {
    let cases = Cases::read();
    for (reason, target) in all(&cases.kept) {
        assert!(cases.is_public(target.split('?').next().unwrap()), "{reason}: {target} is in no family");
    }
    for (reason, target) in all(&cases.passed) {
        assert!(!cases.is_public(target.split('?').next().unwrap()), "{reason}: {target} is in a family");
    }
}

#[test]
fn cloudfront_takes_the_function() {
    let source = source();
    assert!(source.len() <= 10 * 1024, "{} bytes; CloudFront takes 10 KB", source.len());
    // ECMAScript 5.1 is what the runtime knows whole. QuickJS would take more than that.
    let code: String = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    for newer in
        ["let ", "const ", "=>", "`${", "class ", "...", "?.", "??", "async ", "import ", "export ", "(?<", "eval("]
    {
        assert!(!code.contains(newer), "{newer:?} is not ECMAScript 5.1");
    }
}
