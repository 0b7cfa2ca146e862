//! Somebody who shops, and remembers what they were told.

use crate::{
    requests::{Reply, Request, Via},
    seen::{History, Kind},
    stage::Stage,
};
use reqwest::Method;
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tests::{
    client::{PASSWORD, new_address, order_of, sign_up as account},
    mailbox::Mailbox,
};
use tokio::time::sleep;
use uuid::Uuid;

/// Between two requests of one person. All of their requests in a minute stay at two thirds of what
/// one may do.
const PAUSE: Duration = Duration::from_millis(110);

pub(crate) struct Person {
    stage: Arc<Stage>,
    history: Arc<History>,
    /// Where they are, as the CDN tells it.
    address: String,
    pub(crate) email: String,
    pub(crate) id: String,
    token: String,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    /// By idempotency key, what was ordered and the order that it became; `None` while nobody
    /// knows.
    orders: BTreeMap<String, (String, Option<String>)>,
    /// The last name that was confirmed, and the last that was asked for: numbers that grow.
    named: u64,
    wanted: u64,
    /// What the last change was answered with, to be shown to reads after it.
    seen: String,
}

/// Everybody signs up, confirms their address and signs in.
pub(crate) async fn sign_up(stage: &Arc<Stage>, history: &Arc<History>, count: usize) -> Vec<Arc<Person>> {
    let mailbox = Mailbox::open().expect("the emulator's mailbox");
    let mut people = Vec::new();
    for number in 0..count {
        let (address, email) = (format!("198.51.100.{number}"), new_address());
        let from = |request: Request| request.header("x-viewer-address", &address);
        let signed_up = from(Request::post("/api/users", account(&email))).send(stage, Via::Api).await;
        assert_eq!(signed_up.status, 201, "{}", signed_up.body);
        let (mail, _) = mailbox.wait_for(&email, "confirm your address", Duration::from_secs(20)).await;
        let confirmed = from(Request::post("/api/verifications", json!({ "token": mail.token() })));
        assert_eq!(confirmed.send(stage, Via::Api).await.status, 204);
        let credentials = json!({ "email": email, "password": PASSWORD });
        let session = from(Request::post("/api/sessions", credentials)).send(stage, Via::Api).await;
        assert_eq!(session.status, 201, "{}", session.body);
        people.push(Arc::new(Person {
            stage: Arc::clone(stage),
            history: Arc::clone(history),
            id: signed_up.json()["id"].as_str().unwrap().to_owned(),
            token: session.json()["token"].as_str().unwrap().to_owned(),
            address,
            email,
            memory: Mutex::default(),
        }));
    }
    people
}

impl Person {
    /// Does one thing after the other.
    pub(crate) async fn shop_until(&self, end: Instant, others: &[Arc<Self>], number: usize) {
        let mut turn = number;
        while Instant::now() < end {
            let other = &others[(number + 1) % others.len()];
            match turn % 10 {
                0 => self.look(Kind::List, "/api/products?limit=12", turn).await,
                1 | 5 => self.look(Kind::Product, &format!("/api/products/{}", self.product(turn)), turn).await,
                2 => self.look(Kind::Search, ["/api/search?q=assam", "/api/search?q=tea"][turn / 10 % 2], turn).await,
                3 => self.look(Kind::Profile, &format!("/api/users/{}", other.id), turn).await,
                4 => self.buy().await,
                6 => self.look_at_account().await,
                7 => self.look_at_orders().await,
                8 => self.rename().await,
                _ => self.look_at_one_order(other, turn).await,
            }
            turn += 1;
            sleep(PAUSE).await;
        }
    }

    fn product(&self, turn: usize) -> String {
        let products = self.stage.products.get().unwrap();
        products[turn % products.len()].clone()
    }

    /// A public page, by the CDN or as the CDN would ask for it.
    async fn look(&self, kind: Kind, path: &str, turn: usize) {
        let via = if (turn / 2).is_multiple_of(2) { Via::Cdn } else { Via::Api };
        let reply = Request::get(path).header("x-viewer-address", &self.address).send(&self.stage, via).await;
        self.history.note(kind, &reply);
    }

    async fn ask(&self, kind: Kind, request: Request) -> Reply {
        let request = request.header("x-viewer-address", &self.address);
        let request = request.header("authorization", &format!("Bearer {}", self.token));
        let reply = request.send(&self.stage, Via::Api).await;
        self.history.note(kind, &reply);
        reply
    }

    /// Orders something new, or asks again what became of an order.
    pub(crate) async fn buy(&self) {
        let again =
            self.memory().orders.iter().find(|(_, (_, id))| id.is_none()).map(|(key, (p, _))| (key.clone(), p.clone()));
        let (key, product) = again.unwrap_or_else(|| {
            let count = self.memory().orders.len();
            (Uuid::now_v7().to_string(), self.product(count))
        });
        self.order(&key, &product).await;
        // An impatient one, now and then, sends it twice.
        if self.memory().orders.len().is_multiple_of(4) {
            self.order(&key, &product).await;
        }
    }

    async fn order(&self, key: &str, product: &str) {
        self.memory().orders.entry(key.to_owned()).or_insert((product.to_owned(), None));
        let request = Request::post("/api/orders", order_of(&[(product, 2)])).header("idempotency-key", key);
        let reply = self.ask(Kind::Buy, request).await;
        if reply.status != 201 {
            return;
        }
        let (id, mut memory) = (reply.json()["id"].as_str().unwrap_or_default().to_owned(), self.memory());
        let known = memory.orders.get_mut(key).and_then(|(_, known)| known.replace(id.clone()));
        drop(memory);
        if known.is_some_and(|known| known != id) {
            self.history.wrong("one key became two orders", &reply);
        }
    }

    async fn look_at_account(&self) {
        let (seen, named) = {
            let memory = self.memory();
            (memory.seen.clone(), memory.named)
        };
        let reply = self.ask(Kind::Me, Request::get("/api/me").header("consistency-token", &seen)).await;
        if reply.status == 200 {
            let me = reply.json();
            let name: u64 = me["name"].as_str().and_then(|n| n.rsplit(' ').next()?.parse().ok()).unwrap_or_default();
            if me["id"] != self.id.as_str() {
                self.history.wrong("somebody else's account", &reply);
            }
            let wanted = self.memory().wanted;
            if !(named..=wanted).contains(&name) {
                self.history.wrong(&format!("a name other than {named} to {wanted}"), &reply);
            }
        }
        let reply = self.ask(Kind::Session, Request::get("/api/sessions/current")).await;
        if reply.status == 200 && !reply.body.contains(&self.id) {
            self.history.wrong("somebody else's session", &reply);
        }
    }

    async fn rename(&self) {
        let wanted = {
            let mut memory = self.memory();
            memory.wanted += 1;
            memory.wanted
        };
        let reply = self.ask(Kind::Rename, Request::patch("/api/me", json!({ "name": format!("Ada {wanted}") }))).await;
        if reply.status == 200 {
            let mut memory = self.memory();
            memory.named = wanted;
            reply.header("consistency-token").clone_into(&mut memory.seen);
        }
    }

    async fn look_at_orders(&self) {
        let reply = self.ask(Kind::Orders, Request::get("/api/orders?limit=100")).await;
        for id in ids(&reply) {
            if !self.is_mine(&id) {
                self.history.wrong("an order that nobody here placed", &reply);
            }
        }
    }

    /// Every other time one of somebody else's.
    async fn look_at_one_order(&self, other: &Self, turn: usize) {
        let (kind, owner) = if (turn / 10).is_multiple_of(2) { (Kind::Order, self) } else { (Kind::Strangers, other) };
        let Some(id) = owner.known().pop() else { return };
        self.ask(kind, Request::get(&format!("/api/orders/{id}"))).await;
    }

    /// A second session, from its beginning to its end.
    pub(crate) async fn sign_in_and_out(&self) {
        let credentials = json!({ "email": self.email, "password": PASSWORD });
        let from = |request: Request| request.header("x-viewer-address", &self.address);
        let reply = from(Request::post("/api/sessions", credentials)).send(&self.stage, Via::Api).await;
        self.history.note(Kind::SignIn, &reply);
        let Some(token) = reply.json()["token"].as_str().map(|token| format!("Bearer {token}")) else { return };
        let end = from(Request::new(Method::DELETE, "/api/sessions/current")).header("authorization", &token);
        let reply = end.send(&self.stage, Via::Api).await;
        self.history.note(Kind::SignOut, &reply);
    }

    /// Finds out what became of every order, and looks at everything once more.
    pub(crate) async fn settle(&self) {
        let end = Instant::now() + Duration::from_secs(20);
        while self.memory().orders.values().any(|(_, id)| id.is_none()) && Instant::now() < end {
            self.buy().await;
            sleep(PAUSE).await;
        }
    }

    /// Keys whose order nobody knows.
    pub(crate) fn unknown(&self) -> usize {
        self.memory().orders.values().filter(|(_, id)| id.is_none()).count()
    }

    /// The orders that were confirmed.
    pub(crate) fn known(&self) -> Vec<String> {
        self.memory().orders.values().filter_map(|(_, id)| id.clone()).collect()
    }

    /// All orders that the shop has of this person, page by page.
    pub(crate) async fn stored(&self) -> Vec<String> {
        let (mut all, mut path) = (Vec::new(), "/api/orders?limit=100".to_owned());
        loop {
            let reply = self.ask(Kind::Orders, Request::get(&path)).await;
            all.extend(ids(&reply));
            match reply.json()["next"].as_str() {
                Some(next) => path = format!("/api/orders?limit=100&cursor={next}"),
                None => return all,
            }
        }
    }

    /// Whether an order is one of this person's, or may be: an answer that was lost is not known
    /// yet.
    fn is_mine(&self, id: &str) -> bool {
        self.unknown() > 0 || self.known().iter().any(|known| known == id)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ids(reply: &Reply) -> Vec<String> {
    let items = reply.json()["items"].as_array().cloned().unwrap_or_default();
    items.iter().filter_map(|item| item["id"].as_str().map(ToOwned::to_owned)).collect()
}
