//! Links in mails confirm an address, or set a new password.

use crate::helpers::{eventually, fixtures};
use serde_json::{Value, json};
use std::time::Duration;
use tests::{
    aws::Aws,
    client::{PASSWORD, Person, Reply, Visitor, new_address},
    mailbox::Mailbox,
};

const EVENTUALLY: Duration = Duration::from_secs(20);
const CONFIRM: &str = "confirm your address";
const NEW_PASSWORD: &str = "a whole new horse";

async fn show(token: &str) -> Reply {
    Visitor::new().post("/api/verifications", &json!({ "token": token })).await
}

async fn set_password(token: &str, password: &str) -> Reply {
    Visitor::new().post("/api/passwords", &json!({ "token": token, "password": password })).await
}

async fn sign_in(person: &Person, password: &str) -> Reply {
    Visitor::new().post("/api/sessions", &json!({ "email": person.email, "password": password })).await
}

/// The subjects of what came, once the worker has nothing left to do.
async fn subjects(aws: &Aws, mailbox: &Mailbox, person: &Person) -> Vec<String> {
    aws.drained("EMAIL_QUEUE_URL").await;
    mailbox.to(&person.email).await.into_iter().map(|mail| mail.subject).collect()
}

#[tokio::test]
async fn whose_address_is_not_verified_gets_no_mail_but_the_one_that_asks() {
    let Some(mailbox) = Mailbox::open() else { return };
    let (aws, ada, product) = (Aws::connect().await, Visitor::new_person().await, fixtures::product().await);
    let (mail, _) = mailbox.wait_for(&ada.email, CONFIRM, EVENTUALLY).await;
    let order = ada.visitor.order(&[(&product, 1)], None).await.ok("an order", 201);
    // Another person's order is mailed; so the one before it was looked at.
    let eve = Visitor::new_reader(&mailbox).await;
    let after = eve.visitor.order(&[(&product, 1)], None).await.ok("another order", 201);
    mailbox.wait_for(&eve.email, after["id"].as_str().unwrap(), EVENTUALLY).await;
    let got = subjects(&aws, &mailbox, &ada).await;
    assert!(got.len() == 1 && got[0].contains(CONFIRM), "{got:?}");

    assert_eq!(show(mail.token()).await.status, 204);
    let me = ada.visitor.get("/api/me").await.ok("me", 200);
    assert_eq!(me["email_verified"], true);
    show(mail.token()).await.problem("a link that was used", 400, Some("token"));
    let next = ada.visitor.order(&[(&product, 1)], None).await.ok("an order", 201);
    mailbox.wait_for(&ada.email, next["id"].as_str().unwrap(), EVENTUALLY).await;
    assert!(!subjects(&aws, &mailbox, &ada).await.iter().any(|s| s.contains(order["id"].as_str().unwrap())));
}

#[tokio::test]
async fn a_new_password_signs_out_everywhere_and_its_link_works_once() {
    let Some(mailbox) = Mailbox::open() else { return };
    let ada = Visitor::new_reader(&mailbox).await;
    let elsewhere = ada.sign_in_again().await;
    let asked = Visitor::new().post("/api/resets", &json!({ "email": ada.email.to_uppercase() })).await;
    assert_eq!((asked.status, asked.body.as_str()), (202, ""));
    let (mail, _) = mailbox.wait_for(&ada.email, "new password", EVENTUALLY).await;
    set_password(mail.token(), "short").await.problem("too short", 400, Some("password"));
    assert_eq!(set_password(mail.token(), NEW_PASSWORD).await.status, 204);
    for session in [&ada, &elsewhere] {
        session.visitor.get("/api/sessions/current").await.problem("an old session", 401, None);
    }
    sign_in(&ada, PASSWORD).await.problem("the old password", 401, None);
    sign_in(&ada, NEW_PASSWORD).await.ok("the new password", 201);
    set_password(mail.token(), "another new horse").await.problem("a link that was used", 400, Some("token"));
    show(mail.token()).await.problem("a link for something else", 400, Some("token"));
    sign_in(&ada, NEW_PASSWORD).await.ok("the new password still", 201);
}

#[tokio::test]
async fn of_two_who_use_one_link_at_once_one_wins() {
    let Some(mailbox) = Mailbox::open() else { return };
    let ada = Visitor::new_reader(&mailbox).await;
    Visitor::new().post("/api/resets", &json!({ "email": ada.email })).await;
    let (mail, _) = mailbox.wait_for(&ada.email, "new password", EVENTUALLY).await;
    let passwords = ["one new horse", "two new horses", "three new horses"];
    let replies = futures_util::future::join_all(passwords.map(|word| set_password(mail.token(), word))).await;
    let won: Vec<_> = replies.iter().zip(passwords).filter(|(reply, _)| reply.status == 204).collect();
    assert_eq!(won.len(), 1, "{:?}", replies.iter().map(|r| r.status).collect::<Vec<_>>());
    sign_in(&ada, won[0].1).await.ok("the winner's", 201);
}

#[tokio::test]
async fn an_address_that_nobody_has_is_answered_like_any_other() {
    let unknown = new_address();
    let asked = Visitor::new().post("/api/resets", &json!({ "email": unknown })).await;
    assert_eq!((asked.status, asked.body.as_str()), (202, ""));
    Visitor::new().post("/api/resets", &json!({ "email": "nonsense" })).await.problem("no address", 400, Some("email"));
    let Some(mailbox) = Mailbox::open() else { return };
    Aws::connect().await.drained("EMAIL_QUEUE_URL").await;
    assert_eq!(mailbox.to(&unknown).await.len(), 0);
}

#[tokio::test]
async fn a_link_is_sent_again_but_not_by_the_dozen() {
    let Some(mailbox) = Mailbox::open() else { return };
    let (aws, ada) = (Aws::connect().await, Visitor::new_person().await);
    mailbox.wait_for(&ada.email, CONFIRM, EVENTUALLY).await;
    for _ in 0..5 {
        let asked = ada.visitor.post("/api/me/verification", &Value::Null).await;
        assert_eq!(asked.status, 202, "{}", asked.body);
    }
    // And who has lost the password of an account whose address is not verified is asked to do that
    // first.
    Visitor::new().post("/api/resets", &json!({ "email": ada.email })).await;
    eventually(EVENTUALLY, "three mails", || async { mailbox.to(&ada.email).await.len() == 3 }).await;
    let got = subjects(&aws, &mailbox, &ada).await;
    assert!(got.len() == 3 && got.iter().all(|subject| subject.contains(CONFIRM)), "{got:?}");
    let last = mailbox.to(&ada.email).await.pop().unwrap();
    assert_eq!(show(last.token()).await.status, 204, "the newest link");
    Visitor::new().post("/api/me/verification", &Value::Null).await.problem("nobody", 401, None);
}

#[tokio::test]
async fn what_is_no_link_is_refused() {
    for token in ["x", "AAAA", &"A".repeat(512), "é", "a.b"] {
        show(token).await.problem(token, 400, Some("token"));
        set_password(token, NEW_PASSWORD).await.problem(token, 400, Some("token"));
    }
    let long = "A".repeat(513);
    show(&long).await.problem("too long", 400, Some("token"));
    show("").await.problem("nothing", 400, Some("token"));
}
