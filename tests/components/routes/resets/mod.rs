//! A new password ends every session, and so does the end of the account, also when the function
//! dies on the way, and also for whoever signs in at that moment.

mod deletions;
mod passwords;

use super::{Reply, Rule, Shop, person};
use functions::{
    accounts::{
        links::{Links, Purpose},
        users::Users,
    },
    routes::{links::ResetPassword, me, sessions},
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
    shop.ask::<sessions::GetSession>("/api/sessions/current", &headers, &Value::Null).await.status
}

async fn sign_in(shop: &Shop) -> Reply {
    let credentials = json!({ "email": EMAIL, "password": "correct horse" });
    shop.ask::<sessions::CreateSession>("/api/sessions", &[], &credentials).await
}

async fn delete(shop: &Shop, token: &str) -> Reply {
    shop.ask::<me::DeleteMe>("/api/me", &[("authorization", token)], &Value::Null).await
}

fn bearer(reply: &Reply) -> String {
    format!("Bearer {}", reply.ok(201)["token"].as_str().unwrap())
}
