//! A new password ends every session, and so does the end of the account, also when the function dies on the way.

use super::{Rule, Shop, people::person};
use functions::{
    links::{Links, Purpose},
    routes::{links::Reset, me, sessions},
    users::Users,
};
use serde_json::{Value, json};
use shared::{
    app::FromApp as _,
    clock::Clock,
    context::Cx,
    session::{Sessions, Subject},
    sign::Signer,
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

const EMAIL: &str = "ada@shop.example";

async fn reset_link(shop: &Shop) -> String {
    let users = Users::from_app(shop.app()).await.unwrap();
    let user = users.by_email(&Cx::detached(), &EMAIL.parse().unwrap()).await.unwrap().unwrap();
    let links = Links::new(Signer::new(&[7; 32]));
    links.seal(&Cx::detached(), Purpose::Reset, &user, Clock::system().now()).await.unwrap()
}

#[tokio::test]
async fn no_session_outlives_a_password_that_was_changed_before_the_function_died() {
    let (armed, changed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (set, dead) = (Arc::clone(&armed), Arc::clone(&changed));
    let shop = Shop::behind(move |call| {
        if dead.load(Ordering::SeqCst) {
            return Rule::refuse(400, "AccessDeniedException");
        }
        let users = call.body["TableName"].as_str().is_some_and(|table| table.ends_with("users"));
        if users && set.load(Ordering::SeqCst) && call.operation == "PutItem" {
            dead.store(true, Ordering::SeqCst);
        }
        Rule::Pass
    });
    let ada = person(&shop, EMAIL).await;
    let token = reset_link(&shop).await;
    armed.store(true, Ordering::SeqCst);
    let new = json!({ "token": token, "password": "a whole new horse" });
    let reply = shop.ask::<Reset>("/api/passwords", &[], &new).await;
    assert!(changed.load(Ordering::SeqCst), "the password was not changed: {}", reply.status);
    assert!(reply.status >= 500, "{}", reply.status);
    let shop = shop.now_behind(|_| Rule::Pass);
    let current =
        shop.ask::<sessions::Current>("/api/sessions/current", &[("authorization", &ada)], &Value::Null).await;
    assert_eq!(current.status, 401, "the session outlived the password: {}", current.body);
}

/// A sign-in that had checked the old password when the account changed: here it is gone when it is looked at again.
#[tokio::test]
async fn who_signs_in_while_the_account_changes_is_not_in() {
    let (armed, begun) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (set, seen) = (Arc::clone(&armed), Arc::clone(&begun));
    let shop = Shop::behind(move |call| {
        let table = call.body["TableName"].as_str().unwrap_or_default();
        let armed = set.load(Ordering::SeqCst);
        if armed && call.operation == "PutItem" && table.ends_with("sessions") {
            seen.store(true, Ordering::SeqCst);
        }
        match call.operation.as_str() {
            "GetItem" if armed && seen.load(Ordering::SeqCst) && table.ends_with("users") => {
                Rule::Instead(200, json!({}))
            }
            _ => Rule::Pass,
        }
    });
    let ada = person(&shop, EMAIL).await;
    armed.store(true, Ordering::SeqCst);
    let credentials = json!({ "email": EMAIL, "password": "correct horse" });
    let late = shop.ask::<sessions::Create>("/api/sessions", &[], &credentials).await;
    assert!(begun.load(Ordering::SeqCst), "no session was begun");
    assert_eq!(late.status, 401, "{}", late.body);
    armed.store(false, Ordering::SeqCst);
    // The row that was begun is gone again: the one that stays is that of before.
    let sessions = Sessions::from_app(shop.app()).await.unwrap();
    let subject = ada.trim_start_matches("Bearer ").split('.').next().unwrap().parse().unwrap();
    assert_eq!(sessions.end_all(&Cx::detached(), Subject(subject), None).await.unwrap(), 1);
}

/// The account is gone when its sessions cannot be ended: what it had is gone too, and whoever asks again is heard.
#[tokio::test]
async fn a_deletion_that_stops_halfway_leaves_no_picture_and_no_grant_and_can_be_finished() {
    let (armed, pictures) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (set, deleted) = (Arc::clone(&armed), Arc::clone(&pictures));
    let shop = Shop::with(&[("MEDIA_BUCKET", "media")], move |call| match call.operation.as_str() {
        // Amazon S3 names no operation in a header.
        "" => {
            deleted.fetch_add(1, Ordering::SeqCst);
            Rule::Instead(204, Value::Null)
        }
        "Query" if set.load(Ordering::SeqCst) => Rule::refuse(400, "AccessDeniedException"),
        _ => Rule::Pass,
    });
    let ada = person(&shop, EMAIL).await;
    let (cx, users) = (Cx::detached(), Users::from_app(shop.app()).await.unwrap());
    let mut user = users.by_email(&cx, &EMAIL.parse().unwrap()).await.unwrap().unwrap();
    let (subject, version) = (Subject::from(user.id), user.version);
    (user.photo, user.version) = (Some("picture.png".to_owned()), version.next());
    users.replace(&cx, user, version).await.unwrap();
    let sessions = Sessions::from_app(shop.app()).await.unwrap();
    sessions.grant_admin(&cx, subject).await.unwrap();

    armed.store(true, Ordering::SeqCst);
    let halfway = shop.ask::<me::Delete>("/api/me", &[("authorization", &ada)], &Value::Null).await;
    assert!(halfway.status >= 500, "{}", halfway.status);
    assert_eq!(pictures.load(Ordering::SeqCst), 1, "its picture stays");
    assert!(!sessions.is_admin(&cx, subject).await.unwrap(), "nobody's session is an administrator's");
    armed.store(false, Ordering::SeqCst);
    shop.ask::<me::Delete>("/api/me", &[("authorization", &ada)], &Value::Null).await.ok(204);
    assert_eq!(sessions.end_all(&cx, subject, None).await.unwrap(), 0, "a session is left");
}

#[tokio::test]
async fn a_link_that_is_spent_ends_no_session() {
    let shop = Shop::new();
    person(&shop, EMAIL).await;
    let new = json!({ "token": reset_link(&shop).await, "password": "a whole new horse" });
    shop.ask::<Reset>("/api/passwords", &[], &new).await.ok(204);
    let credentials = json!({ "email": EMAIL, "password": "a whole new horse" });
    let session = shop.ask::<sessions::Create>("/api/sessions", &[], &credentials).await;
    let token = format!("Bearer {}", session.ok(201)["token"].as_str().unwrap());
    assert_eq!(shop.ask::<Reset>("/api/passwords", &[], &new).await.status, 400);
    shop.ask::<sessions::Current>("/api/sessions/current", &[("authorization", &token)], &Value::Null).await.ok(200);
}

/// Whoever knows the old password signs in without L2 too: its owner must be able to change it.
#[tokio::test]
async fn a_password_is_changed_without_l2_and_ends_the_sessions() {
    let shop = Shop::with(&[("CACHE_URL", "redis://127.0.0.1:1")], |_| Rule::Pass);
    let thief = person(&shop, EMAIL).await;
    let new = json!({ "token": reset_link(&shop).await, "password": "a whole new horse" });
    shop.ask::<Reset>("/api/passwords", &[], &new).await.ok(204);
    let headers = [("authorization", thief.as_str())];
    let current = shop.ask::<sessions::Current>("/api/sessions/current", &headers, &Value::Null).await;
    assert_eq!(current.status, 401);
}
