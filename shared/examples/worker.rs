//! A worker: of a batch of messages, only those that failed are delivered again.
//!
//! In a function, `main` is one line: `shared::lambda::consume::<Greeter>()`.

use aws_lambda_events::event::sqs::SqsEvent;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::{
    clock::Clock,
    context::Cx,
    env::Var,
    lambda::{Consumer, Worker},
    queue::{Delivery, Failed, Message},
};
use std::time::Duration;

/// What the queue carries.
#[derive(Serialize, Deserialize)]
struct SignedUp {
    name: String,
}

impl Message for SignedUp {
    const SCHEMA: u16 = 1;

    fn kind(&self) -> &'static str {
        "signed_up"
    }
}

/// Greets people who have signed up.
struct Greeter;

impl Worker for Greeter {
    const NAME: &'static str = "greeter";
    const QUEUE: &'static Var = &Var::required("GREETER_QUEUE_URL");
    type State = ();
    type Message = SignedUp;

    async fn handle((): &(), _: &Cx, _: &Delivery, message: SignedUp) -> Result<(), Failed> {
        if message.name.is_empty() {
            return Err(Failed::retry("there is nobody to greet"));
        }
        println!("Hello, {}.", message.name);
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), serde_json::Error> {
    println!("delivered again: {:?}", work(&["ada", "", "grace"]).await?);
    Ok(())
}

/// Works on one message for each name, and returns the ids of those that are to be delivered again.
async fn work(names: &[&str]) -> Result<Vec<String>, serde_json::Error> {
    let message = |(n, name): (usize, &&str)| {
        let body = json!({
            "id": format!("account#{n}@1:signed_up"), "kind": "signed_up", "schema": 1,
            "occurred_at": "2026-11-28T00:00:00Z", "body": { "name": name },
        });
        json!({ "messageId": n.to_string(), "receiptHandle": n.to_string(), "body": body.to_string(), "attributes": {} })
    };
    let records: Vec<_> = names.iter().enumerate().map(message).collect();
    let event: SqsEvent = serde_json::from_value(json!({ "Records": records }))?;
    let consumer = Consumer::<Greeter>::new((), Clock::system(), None);
    let response = consumer.batch("request", Duration::from_secs(10), event).await;
    Ok(response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect())
}

#[tokio::test]
async fn only_the_message_that_failed_comes_again() {
    assert_eq!(work(&["ada", "", "grace"]).await.expect("a batch"), ["1"]);
}
