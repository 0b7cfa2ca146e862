//! A visitor of the shop: HTTP, and what every answer must look like.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a harness that cannot go on has failed the test")]

mod bodies;
mod reply;

pub use bodies::{PASSWORD, new_address, order_of, sign_up};
pub use reply::Reply;

use crate::{aws::Aws, cloud::Cloud, mailbox::Mailbox};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use std::{sync::Once, time::Duration};

/// One visitor, signed in or not. Connections belong to the test's runtime: each test has visitors
/// of its own.
#[derive(Debug, Clone)]
pub struct Visitor {
    http: Client,
    base: String,
    token: Option<String>,
}

/// A client that speaks HTTP, and HTTPS with the one TLS provider that is linked.
pub fn http() -> Client {
    static TLS: Once = Once::new();
    // An error says that somebody else was first.
    TLS.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    Client::builder().timeout(Duration::from_secs(40)).build().unwrap()
}

/// An account with a session.
#[derive(Debug, Clone)]
pub struct Person {
    /// The account's owner, signed in.
    pub visitor: Visitor,
    /// The account's id.
    pub id: String,
    /// Its address.
    pub email: String,
}

impl Visitor {
    /// Somebody who comes through the CDN.
    pub fn new() -> Self {
        Self::at(&Cloud::get().base_url)
    }

    /// Somebody who calls the gateway, past the CDN; `None` where that is not possible. The API
    /// refuses what lacks the CDN's secret.
    pub fn past_the_cdn() -> Option<Self> {
        Cloud::get().api_url.as_deref().map(Self::at)
    }

    fn at(base: &str) -> Self {
        Self { http: http(), base: base.to_owned(), token: None }
    }

    /// The same visitor with another token, or none.
    #[must_use]
    pub fn with_token(&self, token: Option<&str>) -> Self {
        Self { token: token.map(str::to_owned), ..self.clone() }
    }

    /// The session's token; a signed-in visitor has one.
    pub fn token(&self) -> &str {
        self.token.as_deref().expect("this visitor is not signed in")
    }

    /// Somebody who was made an administrator, as the operators' command does it.
    pub async fn new_admin() -> Person {
        let person = Self::new_person().await;
        let grant = json!({
            "pk": format!("user#{}", person.id), "sk": "grant#admin", "subject": person.id,
            "granted_at": "2026-01-01T00:00:00Z", "version": 1,
        });
        Aws::connect().await.put("SESSIONS_TABLE", &grant).await;
        person
    }

    /// Signs up with an address of its own, and in.
    pub async fn new_person() -> Person {
        let (visitor, email) = (Self::new(), new_address());
        let signed_up = visitor.post("/api/users", &sign_up(&email)).await.ok("sign up", 201);
        let person = Person { visitor, id: signed_up["id"].as_str().unwrap().to_owned(), email };
        person.sign_in_again().await
    }

    /// The same, who has shown that mail arrives.
    pub async fn new_reader(mailbox: &Mailbox) -> Person {
        let person = Self::new_person().await;
        let (mail, _) = mailbox.wait_for(&person.email, "confirm your address", Duration::from_secs(20)).await;
        let shown = person.visitor.post("/api/verifications", &json!({ "token": mail.token() })).await;
        assert_eq!(shown.status, 204, "{}", shown.body);
        person
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, |request| request).await
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.call(Method::POST, path, |request| request.json(body)).await
    }

    /// POST of bytes that call themselves JSON.
    pub async fn post_bytes(&self, path: &str, body: Vec<u8>) -> Reply {
        self.call(Method::POST, path, |request| request.header("content-type", "application/json").body(body)).await
    }

    /// PATCH of JSON, based on a version if there is one.
    pub async fn patch(&self, path: &str, body: &Value, version: Option<&str>) -> Reply {
        self.call(Method::PATCH, path, |request| match version {
            Some(version) => request.json(body).header("if-match", version),
            None => request.json(body),
        })
        .await
    }

    /// PUT of JSON.
    pub async fn put(&self, path: &str, body: &Value) -> Reply {
        self.call(Method::PUT, path, |request| request.json(body)).await
    }

    /// An order, under an idempotency key if there is one.
    pub async fn order(&self, lines: &[(&str, u32)], key: Option<&str>) -> Reply {
        let body = order_of(lines);
        self.call(Method::POST, "/api/orders", |request| match key {
            Some(key) => request.json(&body).header("idempotency-key", key),
            None => request.json(&body),
        })
        .await
    }

    /// Any request.
    pub async fn call(&self, method: Method, path: &str, with: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Reply {
        let call = format!("{method} {path}");
        let mut request = with(self.http.request(method, format!("{}{path}", self.base)));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.unwrap_or_else(|e| panic!("{call}: {e:?}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.text().await.unwrap_or_else(|e| panic!("{call}: {e:?}"));
        Reply { call, status, headers, body }
    }
}

impl Default for Visitor {
    fn default() -> Self {
        Self::new()
    }
}

impl Person {
    /// The same account with a session of its own.
    #[must_use]
    pub async fn sign_in_again(&self) -> Self {
        let credentials = json!({ "email": self.email, "password": PASSWORD });
        let session = self.visitor.with_token(None).post("/api/sessions", &credentials).await.ok("sign in", 201);
        let visitor = self.visitor.with_token(session["token"].as_str());
        Self { visitor, ..self.clone() }
    }
}
