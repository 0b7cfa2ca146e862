//! A new password ends every session, and so does the end of the account, also when the function
//! dies on the way, and also for whoever signs in at that moment.

use super::{Reply, Rule, Shop, races::person};
use functions::{
    accounts::{
        links::{Links, Purpose},
        users::Users,
    },
    routes::{links::Reset, me, sessions},
};
use serde_json::{Value, json};
use shared::{
    app::FromApp as _,
    clock::Clock,
    context::Cx,
    session::{Grants, Subject},
    sign::Signer,
};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use tests::fault_injector::Call;
use tokio::sync::{oneshot, watch};

const EMAIL: &str = "ada@shop.example";

async fn reset_link(shop: &Shop) -> String {
    let users = Users::from_app(shop.app()).await.unwrap();
    let user = users.by_email(&Cx::detached(), &EMAIL.parse().unwrap()).await.unwrap().unwrap();
    let links = Links::new(Signer::new(&[7; 32]));
    links.seal(&Cx::detached(), Purpose::Reset, &user, Clock::system().now()).await.unwrap()
}

/// A write to the accounts' table, whatever else is in it.
fn writes_account(call: &Call) -> bool {
    let put = |item: &Value| item["Put"]["TableName"].as_str().is_some_and(|table| table.ends_with("users"));
    match call.operation.as_str() {
        "PutItem" => call.body["TableName"].as_str().is_some_and(|table| table.ends_with("users")),
        "TransactWriteItems" => call.body["TransactItems"].as_array().is_some_and(|items| items.iter().any(put)),
        _ => false,
    }
}

/// A function whose calls of one kind wait until they are let go. After that, one that is to die
/// makes no others.
struct Held {
    came: oneshot::Receiver<()>,
    go: watch::Sender<bool>,
}

fn holding(which: fn(&Call) -> bool, dies: bool) -> (Held, impl Fn(&Call) -> Rule + Send + Sync + 'static) {
    let ((first, came), (go, gone)) = (oneshot::channel(), watch::channel(false));
    let first = Mutex::new(Some(first));
    let rule = move |call: &Call| {
        if which(call) {
            if let Some(first) = first.lock().unwrap().take() {
                first.send(()).unwrap();
            }
            let mut gone = gone.clone();
            return Rule::Hold(Box::pin(async move { drop(gone.wait_for(|gone| *gone).await) }));
        }
        if dies && *gone.borrow() { Rule::refuse(400, "AccessDeniedException") } else { Rule::Pass }
    };
    (Held { came, go }, rule)
}

impl Held {
    /// What `done` comes to while they wait.
    async fn meanwhile<T>(self, done: impl Future<Output = T>) -> T {
        self.came.await.unwrap();
        let done = done.await;
        self.go.send(true).unwrap();
        done
    }
}

async fn current(shop: &Shop, token: &str) -> u16 {
    let headers = [("authorization", token)];
    shop.ask::<sessions::Current>("/api/sessions/current", &headers, &Value::Null).await.status
}

async fn sign_in(shop: &Shop) -> Reply {
    let credentials = json!({ "email": EMAIL, "password": "correct horse" });
    shop.ask::<sessions::Create>("/api/sessions", &[], &credentials).await
}

async fn delete(shop: &Shop, token: &str) -> Reply {
    shop.ask::<me::Delete>("/api/me", &[("authorization", token)], &Value::Null).await
}

fn bearer(reply: &Reply) -> String {
    format!("Bearer {}", reply.ok(201)["token"].as_str().unwrap())
}

/// Somebody signs in with the old password just before the new one is written, and the function
/// dies just after.
#[tokio::test]
async fn no_session_outlives_a_password_that_was_changed_before_the_function_died() {
    let shop = Shop::new();
    let ada = person(&shop, EMAIL).await;
    let new = json!({ "token": reset_link(&shop).await, "password": "a whole new horse" });
    let (held, rule) = holding(writes_account, true);
    let dying = shop.beside(rule);
    let late = held.meanwhile(async {
        let thief = bearer(&sign_in(&shop).await);
        assert_eq!(current(&shop, &thief).await, 200, "the old password is good until then");
        thief
    });
    let (_, thief) = tokio::join!(dying.ask::<Reset>("/api/passwords", &[], &new), late);
    assert_eq!(sign_in(&shop).await.status, 401, "the password was not changed");
    for session in [&ada, &thief] {
        assert_eq!(current(&shop, session).await, 401, "it outlived the password");
    }
}

/// A sign-in that had checked the old password when it changes, or when the account goes.
#[tokio::test]
async fn who_signs_in_while_the_account_changes_is_not_in() {
    for deletes in [false, true] {
        let shop = Shop::new();
        let ada = person(&shop, EMAIL).await;
        let link = reset_link(&shop).await;
        let (held, rule) = holding(|call| call.operation == "TransactWriteItems", false);
        let slow = shop.beside(rule);
        let change = held.meanwhile(async {
            if deletes {
                delete(&shop, &ada).await.ok(204);
            } else {
                let new = json!({ "token": link, "password": "a whole new horse" });
                shop.ask::<Reset>("/api/passwords", &[], &new).await.ok(204);
            }
        });
        let (late, ()) = tokio::join!(sign_in(&slow), change);
        assert_eq!(late.status, 401, "{}", late.body);
        assert_eq!(late.body["type"], "/problems/wrong-credentials");
    }
}

/// Somewhere else somebody signs out everywhere: the password is changed all the same.
#[tokio::test]
async fn a_password_is_changed_while_somebody_signs_out_everywhere() {
    let shop = Shop::new();
    let ada = person(&shop, EMAIL).await;
    let new = json!({ "token": reset_link(&shop).await, "password": "a whole new horse" });
    let (held, rule) = holding(writes_account, false);
    let slow = shop.beside(rule);
    let out = held.meanwhile(async {
        shop.ask::<sessions::Revoke>("/api/sessions", &[("authorization", &ada)], &Value::Null).await.ok(204);
    });
    let (changed, ()) = tokio::join!(slow.ask::<Reset>("/api/passwords", &[], &new), out);
    changed.ok(204);
    assert_eq!(sign_in(&shop).await.status, 401, "the old password is good");
    assert_eq!(shop.ask::<Reset>("/api/passwords", &[], &new).await.status, 400, "the link can be used again");
}

/// An account ends with its sessions and its owner's right to administrate, in one step: a function
/// that dies after it leaves nothing that anybody could use.
#[tokio::test]
async fn a_deletion_that_stops_halfway_leaves_no_session_and_no_grant() {
    let shop = Shop::new();
    let ada = person(&shop, EMAIL).await;
    let (cx, users) = (Cx::detached(), Users::from_app(shop.app()).await.unwrap());
    let mut user = users.by_email(&cx, &EMAIL.parse().unwrap()).await.unwrap().unwrap();
    let (subject, version) = (Subject::from(user.id), user.version);
    (user.photo, user.version) = (Some("picture.png".to_owned()), version.next());
    users.replace(&cx, user, version).await.unwrap();
    let grants = Grants::from_app(shop.app()).await.unwrap();
    grants.give(&cx, subject).await.unwrap();

    let pictures = Arc::new(AtomicUsize::new(0));
    let deleted = Arc::clone(&pictures);
    let (held, rule) = holding(writes_account, true);
    let dying = shop.beside(move |call| match call.operation.as_str() {
        // Amazon S3 names no operation in a header.
        "" => {
            deleted.fetch_add(1, Ordering::SeqCst);
            Rule::Instead(204, Value::Null)
        }
        _ => rule(call),
    });
    tokio::join!(delete(&dying, &ada), held.meanwhile(async {}));
    assert!(users.by_email(&cx, &EMAIL.parse().unwrap()).await.unwrap().is_none(), "the account is there");
    assert_eq!(pictures.load(Ordering::SeqCst), 1, "its picture stays");
    assert!(!grants.has(&cx, subject).await.unwrap(), "nobody's session is an administrator's");
    assert_eq!(current(&shop, &ada).await, 401, "a session is left");
}

/// The owner changes the name at the same moment: the account goes all the same.
#[tokio::test]
async fn a_deletion_beside_a_change_of_the_account_deletes_it() {
    let shop = Shop::new();
    let ada = person(&shop, EMAIL).await;
    let (held, rule) = holding(writes_account, false);
    let slow = shop.beside(rule);
    let change = held.meanwhile(async {
        let headers = [("authorization", ada.as_str()), ("content-type", "application/json")];
        shop.ask::<me::Update>("/api/me", &headers, &json!({ "name": "Countess" })).await.ok(200);
    });
    let (gone, ()) = tokio::join!(delete(&slow, &ada), change);
    gone.ok(204);
    assert_eq!(sign_in(&shop).await.status, 401);
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
