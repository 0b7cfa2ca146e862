//! A mail arrives soon, and once, however often its message comes.

use crate::helpers::fixtures;
use serde_json::{Value, json};
use std::time::Duration;
use tests::{
    aws::Aws,
    client::{Person, Visitor},
    mailbox::{Mail, Mailbox},
};
use tokio::sync::Mutex;
use uuid::Uuid;

/// From the order's answer to the mail in the mailbox.
const SOON: Duration = Duration::from_secs(3);
/// Held by tests that count the dead letters.
static DEAD_LETTERS: Mutex<()> = Mutex::const_new(());
const EVENTUALLY: Duration = Duration::from_secs(20);

/// The mails about one order.
async fn about(mailbox: &Mailbox, person: &Person, order: &Value) -> Vec<Mail> {
    let mut mails = mailbox.to(&person.email).await;
    mails.retain(|mail| mail.subject.contains(order["id"].as_str().unwrap()));
    mails
}

/// The message that the relay makes of an order, as it travels: this form is the contract between
/// two releases.
fn message(item: &Value) -> Value {
    let key = format!("{}/{}", item["pk"].as_str().unwrap(), item["sk"].as_str().unwrap());
    json!({
        "id": format!("{key}@{}:order_placed", item["version"]),
        "kind": "order_placed",
        "schema": 1,
        "occurred_at": item["created_at"],
        "body": {
            "event": "order_placed",
            "order_id": item["id"],
            "user_id": item["user_id"],
            "created_at": item["created_at"],
            "items": item["items"],
            "total_cents": item["total_cents"],
        },
    })
}

#[tokio::test]
async fn a_confirmation_comes_within_three_seconds_and_says_what_was_ordered() {
    let Some(mailbox) = Mailbox::open() else { return };
    let person = Visitor::new_reader(&mailbox).await;
    let product = fixtures::products(1).await.remove(0);
    let order = person.visitor.order(&[(product["id"].as_str().unwrap(), 2)], None).await.ok("an order", 201);
    let (mail, took) = mailbox.wait_for(&person.email, order["id"].as_str().unwrap(), SOON).await;
    println!("the confirmation took {} ms", took.as_millis());
    let total = order["total_cents"].as_u64().unwrap();
    let cents = format!("{:02}", total % 100);
    for words in ["Ada Lovelace", product["name"].as_str().unwrap(), &cents, order["id"].as_str().unwrap()] {
        assert!(mail.text.contains(words), "{words} is missing in the text: {}", mail.text);
    }
    assert!(mail.html.contains("Ada Lovelace"), "{}", mail.html);
}

#[tokio::test]
async fn a_message_that_comes_five_more_times_sends_no_second_mail() {
    let Some(mailbox) = Mailbox::open() else { return };
    let (aws, person, product) = (Aws::connect().await, Visitor::new_reader(&mailbox).await, fixtures::product().await);
    let order = person.visitor.order(&[(&product, 1)], None).await.ok("an order", 201);
    mailbox.wait_for(&person.email, order["id"].as_str().unwrap(), EVENTUALLY).await;
    let item = aws.partition("ORDERS_TABLE", &format!("user#{}", person.id)).await.remove(0);
    let message = message(&item);
    let done = aws.item("IDEMPOTENCY_TABLE", &format!("email#{}", message["id"].as_str().unwrap())).await;
    assert!(done.is_some(), "the relay gave the message another id than {}", message["id"]);

    let _counting = DEAD_LETTERS.lock().await;
    let buried = aws.backlog("EMAIL_DEAD_LETTERS_URL").await;
    aws.send("EMAIL_QUEUE_URL", &message.to_string(), 5).await;
    aws.drained("EMAIL_QUEUE_URL").await;
    let mails = about(&mailbox, &person, &order).await;
    assert_eq!(mails.len(), 1, "mails about one order, its message delivered six times");
    assert_eq!(aws.backlog("EMAIL_DEAD_LETTERS_URL").await, buried, "a duplicate was taken for poison");
}

#[tokio::test]
async fn an_order_that_is_posted_twice_with_one_key_is_confirmed_once() {
    let Some(mailbox) = Mailbox::open() else { return };
    let (aws, person, product) = (Aws::connect().await, Visitor::new_reader(&mailbox).await, fixtures::product().await);
    let key = Uuid::new_v4().to_string();
    let order = person.visitor.order(&[(&product, 1)], Some(&key)).await.ok("the first time", 201);
    person.visitor.order(&[(&product, 1)], Some(&key)).await.ok("the second time", 201);
    // Whatever the second post had caused would have been on the queue before this order is
    // confirmed.
    let after = person.visitor.order(&[(&product, 1)], None).await.ok("another order", 201);
    mailbox.wait_for(&person.email, after["id"].as_str().unwrap(), EVENTUALLY).await;
    mailbox.wait_for(&person.email, order["id"].as_str().unwrap(), EVENTUALLY).await;
    aws.drained("EMAIL_QUEUE_URL").await;
    let orders: Vec<_> =
        mailbox.to(&person.email).await.into_iter().filter(|m| m.subject.contains("Your order")).collect();
    assert_eq!(orders.len(), 2, "two orders, two mails: {orders:?}");
}

#[tokio::test]
async fn a_new_account_is_welcomed_once() {
    let Some(mailbox) = Mailbox::open() else { return };
    let (aws, person) = (Aws::connect().await, Visitor::new_person().await);
    mailbox.wait_for(&person.email, "Welcome", EVENTUALLY).await;
    aws.drained("EMAIL_QUEUE_URL").await;
    // The account and its address's guard are two items of one stream: one of them is an account.
    assert_eq!(mailbox.to(&person.email).await.len(), 1);
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_buried_and_holds_up_nobody() {
    let Some(mailbox) = Mailbox::open() else { return };
    let aws = Aws::connect().await;
    let _counting = DEAD_LETTERS.lock().await;
    let buried = aws.backlog("EMAIL_DEAD_LETTERS_URL").await;
    aws.send("EMAIL_QUEUE_URL", "{\"poison\": true}", 1).await;
    let (person, product) = (Visitor::new_reader(&mailbox).await, fixtures::product().await);
    let order = person.visitor.order(&[(&product, 1)], None).await.ok("an order", 201);
    mailbox.wait_for(&person.email, order["id"].as_str().unwrap(), SOON).await;
    aws.drained("EMAIL_QUEUE_URL").await;
    assert_eq!(aws.backlog("EMAIL_DEAD_LETTERS_URL").await, buried + 1, "the poison is nowhere");
}
