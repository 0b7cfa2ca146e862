//! The storefront in this process, and a client that sends requests to its routes.

use aws_config::SdkConfig;
use functions::{
    catalog::products::{Product, Products},
    ids::ProductId,
    routes::{sessions, users},
};
use reqwest::{Method, header::HeaderName};
use serde_json::{Value, json};
use shared::telemetry::fields;
use shared::{
    app::{App, FromApp as _},
    clock::Clock,
    config::{ConfigError, Vars},
    context::Cx,
    lambda::{Ready, Request, Route, answer},
    sign::Signer,
    valkey::{Timeouts, Valkey},
    version::Version,
};
use std::{sync::Arc, time::Duration};
use tests::line::ReadLine as _;
use tests::{
    dynamo::Tables,
    fault_injector::{Call, FaultInjector, Rule},
};

/// The storefront on tables of its own, without a cache server.
pub(crate) struct Shop {
    app: App,
    tables: Tables,
}

/// An answer: status, headers, and the body as JSON.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
    /// The capacity that it took, reads and writes together.
    pub(crate) units: f64,
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self::behind(|_| Rule::Pass)
    }

    /// A shop whose tables are behind a network that does what `rule` says.
    pub(crate) fn behind(rule: impl Fn(&Call) -> Rule + Send + Sync + 'static) -> Self {
        Self::with(&[], rule)
    }

    /// The same, with these settings beside those that every shop has.
    pub(crate) fn with(settings: &[(&str, &str)], rule: impl Fn(&Call) -> Rule + Send + Sync + 'static) -> Self {
        let tables = Tables::new();
        Self { app: app(tables.sdk(), &tables, settings, rule), tables }
    }

    /// A shop on these tables that asks them without a socket: for a clock that stands still.
    pub(crate) fn in_process(tables: &Tables, rule: impl Fn(&Call) -> Rule + Send + Sync + 'static) -> Self {
        let settings = [("MEDIA_BUCKET", "media")];
        Self { app: app(tables.sdk_in_process(), tables, &settings, rule), tables: tables.clone() }
    }

    /// A shop that reads its signing keys from their table, as functions do.
    pub(crate) fn reading_keys(rule: impl Fn(&Call) -> Rule + Send + Sync + 'static) -> Self {
        let tables = Tables::new();
        Self { app: unsigned(tables.sdk(), &tables, &[], rule), tables }
    }

    /// The same tables, for environments that read the signing keys anew.
    pub(crate) fn elsewhere(&self) -> Self {
        let tables = self.tables.clone();
        Self { app: unsigned(tables.sdk(), &tables, &[], |_| Rule::Pass), tables }
    }

    /// The same tables behind another network.
    pub(crate) fn now_behind(self, rule: impl Fn(&Call) -> Rule + Send + Sync + 'static) -> Self {
        Self { app: app(self.tables.sdk(), &self.tables, &[], rule), ..self }
    }

    /// The same shop, with an L2 that has all the time that it takes on a busy machine.
    pub(crate) fn patient(self) -> Self {
        let (command, window) = (Duration::from_secs(5), Duration::from_millis(320));
        let url = self.app.vars().required(shared::env::CACHE_URL).unwrap();
        let valkey = Valkey::connect(&url, Timeouts { command, connect: command, window }).unwrap();
        Self { app: self.app.with_valkey(valkey), ..self }
    }

    /// Another function on the same tables, behind a network of its own.
    pub(crate) fn beside(&self, rule: impl Fn(&Call) -> Rule + Send + Sync + 'static) -> Self {
        Self { app: app(self.tables.sdk(), &self.tables, &[], rule), tables: self.tables.clone() }
    }

    /// The same tables, as this app has them.
    pub(crate) fn with_app(self, app: App) -> Self {
        Self { app, ..self }
    }

    pub(crate) fn tables(&self) -> &Tables {
        &self.tables
    }

    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    /// A new product at this price.
    pub(crate) async fn stock(&self, price_cents: u64) -> ProductId {
        let (name, description) = ("Tea".to_owned(), "Loose leaf".to_owned());
        let (id, updated_at) = (ProductId::generate(), Clock::system().now());
        let (category, image_url, version) = ("tea".to_owned(), None, Version::FIRST);
        let product = Product { id, name, description, category, price_cents, image_url, updated_at, version };
        let products = Products::from_app(&self.app).await.unwrap();
        products.write_all(&Cx::detached(), vec![product], |_| ()).await.unwrap();
        id
    }

    /// One request of a new environment that has ten seconds.
    pub(crate) async fn ask<R: Route>(&self, path: &str, headers: &[(&'static str, &str)], body: &Value) -> Reply {
        self.ask_within::<R>(Duration::from_secs(10), path, headers, body).await
    }

    /// One request of a new environment that has so much time.
    pub(crate) async fn ask_within<R: Route>(
        &self,
        time: Duration,
        path: &str,
        headers: &[(&'static str, &str)],
        body: &Value,
    ) -> Reply {
        Self::answer(&self.environment::<R>().await, time, path, headers, body).await
    }

    /// A new environment.
    pub(crate) async fn environment<R: Route>(&self) -> Ready<R> {
        Ready::from_app(&self.app).await.unwrap()
    }

    /// Why an environment does not start.
    pub(crate) async fn fails_to_start<R: Route>(&self) -> ConfigError {
        Ready::<R>::from_app(&self.app).await.err().unwrap()
    }

    /// One request of an environment that is there already.
    pub(crate) async fn ask_in<R: Route>(
        &self,
        environment: &Ready<R>,
        path: &str,
        headers: &[(&'static str, &str)],
        body: &Value,
    ) -> Reply {
        Self::answer(environment, Duration::from_secs(10), path, headers, body).await
    }

    async fn answer<R: Route>(
        ready: &Ready<R>,
        time: Duration,
        path: &str,
        headers: &[(&'static str, &str)],
        body: &Value,
    ) -> Reply {
        let mut request = Request::new(body.to_string().into());
        *request.method_mut() = R::SPEC.method;
        *request.uri_mut() = path.parse().unwrap();
        if R::SPEC.method == Method::POST {
            request.headers_mut().insert("content-type", "application/json".parse().unwrap());
        }
        for (name, value) in headers {
            request.headers_mut().insert(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        let cx = Cx::new(Clock::system(), "test", time);
        let response = Box::pin(answer(ready, &cx, request)).await;
        let units = cx.sum(fields::RCU) + cx.sum(fields::WCU);
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        Reply { status, headers, body, units }
    }
}

impl Reply {
    /// A header's value; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body of an answer that must have this status.
    #[track_caller]
    pub(crate) fn ok(&self, status: u16) -> &Value {
        assert_eq!(self.status, status, "{}", self.body);
        &self.body
    }
}

pub(super) fn app(
    sdk: SdkConfig,
    tables: &Tables,
    settings: &[(&str, &str)],
    rule: impl Fn(&Call) -> Rule + Send + Sync + 'static,
) -> App {
    unsigned(sdk, tables, settings, rule).with_signer(Signer::new(&[7; 32]))
}

fn unsigned(
    sdk: SdkConfig,
    tables: &Tables,
    settings: &[(&str, &str)],
    rule: impl Fn(&Call) -> Rule + Send + Sync + 'static,
) -> App {
    let network = sdk.http_client().unwrap();
    let sdk = sdk.into_builder().http_client(FaultInjector::new(network, Arc::new(rule))).build();
    let variables = ["Users", "Products", "Orders", "Search", "Sessions", "Once", "Counters", "Limits", "SigningKeys"];
    let variables = variables.map(|table| tables.variable(table));
    // As the template has it.
    let shards = ["PRODUCT_SHARDS", "USER_SHARDS"].map(|name| (name.to_owned(), "32".to_owned()));
    // Tests ask by the hundred from one address; those of limits set their own.
    let common =
        [("LIMITS", "*:x1000"), ("MEDIA_BUCKET", "media")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let vars = Vars::from_pairs(variables.into_iter().chain(shards).chain(common).chain(settings));
    App::new(vars, Clock::system(), sdk)
}

const PASSWORD: &str = "correct horse";

/// Signs up and in. Returns the value of the `Authorization` header.
pub(crate) async fn person(shop: &Shop, email: &str) -> String {
    let account = json!({ "name": "Ada", "email": email, "password": PASSWORD });
    shop.ask::<users::CreateUser>("/api/users", &[], &account).await.ok(201);
    let credentials = json!({ "email": email, "password": PASSWORD });
    let session = shop.ask::<sessions::CreateSession>("/api/sessions", &[], &credentials).await;
    format!("Bearer {}", session.ok(201)["token"].as_str().unwrap())
}
