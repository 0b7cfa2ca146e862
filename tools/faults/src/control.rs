//! The control interface: HTTP with JSON, for programs and pages of this machine.
//!
//! | request | does |
//! |---|---|
//! | `GET /` | shows `{seed, rules, struck, calls}` (below) |
//! | `PUT /rules/<name>` | sets the [`Rule`] in the body under this name |
//! | `DELETE /rules/<name>` | removes it; 404 when there is none |
//! | `DELETE /rules` | removes all rules |
//! | `DELETE /calls` | sets all counts to zero |
//! | `DELETE /connections` | resets the open connections; new ones are served |
//!
//! `rules` are the rules by name, `struck` has the number of calls that each of them struck, and
//! `calls` has the counts by service and operation.
//!
//! Pages of other sites are refused. A page whose site's name was made to point here ("DNS
//! rebinding") sends that name as `Host`, and a page that sends a request to another site names its
//! own in `Origin`.

use crate::{
    message::{Awaited, HttpConnection, HttpMessage, answer},
    registry::Registry,
    rule::Rule,
};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::net::TcpStream;

/// Serves one connection to its end.
pub(crate) async fn serve(registry: &Registry, client: TcpStream, own: SocketAddr) {
    let mut client = HttpConnection::new(client);
    while let Ok(Some(request)) = client.read(Awaited::Request).await {
        let (status, body) = if is_ours(&request, own) {
            answer_to(registry, &request)
        } else {
            (403, json!({ "error": "only programs and pages of this machine may use this" }))
        };
        let answer = answer(status, &[("content-type", "application/json")], &body.to_string());
        if client.write(&answer).await.is_err() || !request.keeps_alive() {
            return;
        }
    }
}

fn is_ours(request: &HttpMessage, own: SocketAddr) -> bool {
    let names = [format!("127.0.0.1:{}", own.port()), format!("localhost:{}", own.port())];
    let (host, origin) = (request.header("host"), request.header("origin"));
    names.iter().any(|name| host == name) && (origin.is_empty() || origin == format!("http://{host}"))
}

fn answer_to(registry: &Registry, request: &HttpMessage) -> (u16, Value) {
    let parts: Vec<&str> = request.target.trim_matches('/').split('/').collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", [""]) => (
            200,
            json!({"seed": registry.seed(), "rules": registry.rules(), "struck": registry.struck(), "calls": registry.counts()}),
        ),
        ("PUT", ["rules", name]) => match serde_json::from_slice::<Rule>(request.body()) {
            Ok(rule) => {
                registry.set(name, rule);
                (200, json!({ "rules": registry.rules() }))
            }
            Err(error) => (400, json!({ "error": error.to_string() })),
        },
        ("DELETE", ["rules", name]) if registry.clear(name) => (200, json!({ "rules": registry.rules() })),
        ("DELETE", ["rules"]) => {
            registry.clear_all();
            (200, json!({ "rules": {} }))
        }
        ("DELETE", ["calls"]) => {
            registry.reset_counts();
            (200, json!({ "calls": {} }))
        }
        ("DELETE", ["connections"]) => {
            registry.cut_connections();
            (200, json!({}))
        }
        _ => (404, json!({ "error": "there is no such resource; GET / shows the rules" })),
    }
}
