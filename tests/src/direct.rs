//! DynamoDB as a function: a request in, an answer out, without a socket.

use dynoxide::{Database, errors::DynoxideError};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// What `database` answers to `operation`: a status and a body.
pub(crate) fn answer(database: &Database, operation: &str, body: &Value) -> (u16, Value) {
    match operation {
        "GetItem" => run(body, |request| database.get_item(request)),
        "PutItem" => run(body, |request| database.put_item(request)),
        "DeleteItem" => run(body, |request| database.delete_item(request)),
        "UpdateItem" => run(body, |request| database.update_item(request)),
        "Query" => run(body, |request| database.query(request)),
        "BatchGetItem" => run(body, |request| database.batch_get_item(request)),
        "BatchWriteItem" => run(body, |request| database.batch_write_item(request)),
        "TransactWriteItems" => run(body, |request| database.transact_write_items(request)),
        other => (400, json!({"__type": "com.amazon.coral.service#UnknownOperationException", "message": other})),
    }
}

fn run<R: DeserializeOwned, A: Serialize>(
    body: &Value,
    operation: impl FnOnce(R) -> Result<A, DynoxideError>,
) -> (u16, Value) {
    let unreadable = |error: serde_json::Error| {
        (400, json!({"__type": "com.amazon.coral.service#SerializationException", "message": error.to_string()}))
    };
    let request = match serde_json::from_value(body.clone()) {
        Ok(request) => request,
        Err(error) => return unreadable(error),
    };
    match operation(request) {
        Ok(answer) => serde_json::to_value(answer).map_or_else(unreadable, |answer| (200, answer)),
        Err(error) => (error.status_code(), serde_json::from_str(&error.to_json()).unwrap_or_default()),
    }
}
