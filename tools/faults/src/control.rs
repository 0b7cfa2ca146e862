//! The switchboard: HTTP with JSON on this machine, for programs and pages.
//!
//! | request | does |
//! |---|---|
//! | `GET /` | answers `{seed, rules, struck, calls}`: rules by name, how many calls each struck, and counts by service and operation |
//! | `PUT /rules/<name>` | sets the [`Rule`] in the body under this name |
//! | `DELETE /rules/<name>` | takes it away; 404 when there is none |
//! | `DELETE /rules` | takes all away |
//! | `DELETE /calls` | sets all counts to zero |
//! | `DELETE /connections` | ends those that are open; new ones are served |
//!
//! Only a client that means this address is served: a page of another site that had its name point
//! here ("DNS rebinding") sends that name as `Host`, and one that sends a request across sites
//! names itself as `Origin`.

use crate::{
    board::Board,
    message::{Awaited, Connection, Message, answer},
    rule::Rule,
};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::net::TcpStream;

/// Serves one connection to its end.
pub(crate) async fn serve(board: &Board, client: TcpStream, own: SocketAddr) {
    let mut client = Connection::new(client);
    while let Ok(Some(request)) = client.read(Awaited::Request).await {
        let (status, body) = if is_ours(&request, own) {
            answer_to(board, &request)
        } else {
            (403, json!({ "error": "this is for programs and pages of this machine" }))
        };
        let answer = answer(status, &[("content-type", "application/json")], &body.to_string());
        if client.write(&answer).await.is_err() || !request.keeps_alive() {
            return;
        }
    }
}

fn is_ours(request: &Message, own: SocketAddr) -> bool {
    let names = [format!("127.0.0.1:{}", own.port()), format!("localhost:{}", own.port())];
    let (host, origin) = (request.header("host"), request.header("origin"));
    names.iter().any(|name| host == name) && (origin.is_empty() || origin == format!("http://{host}"))
}

fn answer_to(board: &Board, request: &Message) -> (u16, Value) {
    let parts: Vec<&str> = request.target.trim_matches('/').split('/').collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", [""]) => (
            200,
            json!({"seed": board.seed(), "rules": board.rules(), "struck": board.struck(), "calls": board.counts()}),
        ),
        ("PUT", ["rules", name]) => match serde_json::from_slice::<Rule>(request.body()) {
            Ok(rule) => {
                board.set(name, rule);
                (200, json!({ "rules": board.rules() }))
            }
            Err(error) => (400, json!({ "error": error.to_string() })),
        },
        ("DELETE", ["rules", name]) if board.clear(name) => (200, json!({ "rules": board.rules() })),
        ("DELETE", ["rules"]) => {
            board.clear_all();
            (200, json!({ "rules": {} }))
        }
        ("DELETE", ["calls"]) => {
            board.forget_counts();
            (200, json!({ "calls": {} }))
        }
        ("DELETE", ["connections"]) => {
            board.cut_connections();
            (200, json!({}))
        }
        _ => (404, json!({ "error": "there is nothing here; GET / shows what is set" })),
    }
}
