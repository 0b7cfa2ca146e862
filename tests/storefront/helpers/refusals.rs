//! Bodies that a route must refuse, and how it must refuse them.

use reqwest::Method;
use serde_json::Value;
use tests::client::Visitor;

/// A body, and how it is refused.
pub(crate) struct Case {
    name: &'static str,
    status: u16,
    field: Option<&'static str>,
    content_type: &'static str,
    body: Vec<u8>,
}

impl Case {
    pub(crate) fn new(name: &'static str, status: u16, field: &'static str, body: Vec<u8>) -> Self {
        Self { name, status, field: Some(field), content_type: "application/json", body }
    }

    /// Nothing that could be read: whatever the route wants.
    pub(crate) fn unreadable(good: &Value) -> Vec<Self> {
        let text = good.to_string();
        let padded = |bytes: usize| format!("{text}{}", " ".repeat(bytes)).into_bytes();
        let inside = |with: &[u8]| [&text.as_bytes()[..text.len() - 1], with, b"}"].concat();
        let somewhere = |name, body| Self { field: None, ..Self::new(name, 400, "", body) };
        let typed = |name, content_type| Self { content_type, ..Self::new(name, 415, "Content-Type", padded(0)) };
        vec![
            Self::new("nothing", 400, "", Vec::new()),
            Self::new("no JSON", 400, "", b"name=ada&password=secret".to_vec()),
            Self::new("two documents", 400, "", [text.as_bytes(), text.as_bytes()].concat()),
            Self::new("a list", 400, "", b"[]".to_vec()),
            Self::new("null", 400, "", b"null".to_vec()),
            somewhere("cut in the middle", text.as_bytes()[..text.len() / 2].to_vec()),
            somewhere("10,000 brackets", "[".repeat(10_000).into_bytes()),
            somewhere("a name that is not UTF-8", inside(b",\"\xff\xfe\":1")),
            somewhere(
                "a field twice",
                inside(text.as_bytes()[..text.len() - 1].strip_prefix(b"{").map(comma).unwrap().as_slice()),
            ),
            Self::new("300 KB", 413, "", padded(300 * 1024)),
            Self::new("5 MB", 413, "", padded(5_000_000)),
            typed("as a form", "application/x-www-form-urlencoded"),
            typed("as text", "text/plain; charset=utf-8"),
            typed("in another charset", "application/json; charset=utf-16"),
        ]
    }
}

fn comma(fields: &[u8]) -> Vec<u8> {
    [b",", fields].concat()
}

/// Sends all of them to a path, which must refuse each as its case says.
pub(crate) async fn refuses(visitor: &Visitor, path: &str, cases: &[Case]) {
    for case in cases {
        let with = |request: reqwest::RequestBuilder| {
            request.header("content-type", case.content_type).body(case.body.clone())
        };
        let reply = visitor.call(Method::POST, path, with).await;
        reply.problem(&format!("{path}: {}", case.name), case.status, case.field);
    }
}
