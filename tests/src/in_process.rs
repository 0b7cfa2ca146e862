//! A service in this process: a function from request to answer, where the SDK expects HTTP.

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use serde_json::Value;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// Answers a request, by the operation (or path) and the body: a status and a body.
pub type Service = Arc<dyn Fn(&str, &Value) -> (u16, Value) + Send + Sync>;

/// Settings of the SDK that lead to `service`. A call is tried three times, with hardly a pause.
/// Each service has a region of its own, since the SDK has one budget of retries a process and
/// region: a test in which everything fails would use up that of the others.
pub fn sdk(service: Service) -> SdkConfig {
    static SERVICES: AtomicU32 = AtomicU32::new(0);
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(format!("wire{}", SERVICES.fetch_add(1, Ordering::Relaxed))))
        .endpoint_url("http://in.process")
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "tests")))
        .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1)))
        .http_client(SharedHttpClient::new(Wire(service)))
        .build()
}

/// Settings of the SDK that lead to a service which takes every request and answers none.
pub fn silent() -> SdkConfig {
    let sdk = sdk(Arc::new(|_, _| (500, Value::Null)));
    sdk.into_builder().http_client(SharedHttpClient::new(Silent)).build()
}

#[derive(Debug)]
struct Silent;

impl HttpClient for Silent {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Self)
    }
}

impl HttpConnector for Silent {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(std::future::pending())
    }
}

struct Wire(Service);

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Self(Arc::clone(&self.0)))
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let service = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move {
            // The way there and the way back: a caller may die on either.
            tokio::task::yield_now().await;
            let target = request.headers().get("x-amz-target").and_then(|t| t.rsplit('.').next());
            let operation = target.unwrap_or_else(|| request.uri()).to_owned();
            let body = request.body().bytes().and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default();
            let (status, answer) = service(&operation, &body);
            tokio::task::yield_now().await;
            let status = status.try_into().map_err(|e| ConnectorError::user(Box::new(e)))?;
            Ok(HttpResponse::new(status, answer.to_string().into()))
        })
    }
}

/// `others`, except that requests whose target names `service` go where `sdk` leads.
///
/// # Panics
/// When one of them has no HTTP client.
pub fn switch(service: &'static str, sdk: &SdkConfig, others: SdkConfig) -> SdkConfig {
    let client = |sdk: &SdkConfig| sdk.http_client().expect("an HTTP client");
    let http = Switch { service, of_service: client(sdk), others: client(&others) };
    others.into_builder().http_client(SharedHttpClient::new(http)).build()
}

#[derive(Debug)]
struct Switch<C> {
    service: &'static str,
    of_service: C,
    others: C,
}

impl HttpClient for Switch<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, parts: &RuntimeComponents) -> SharedHttpConnector {
        let connector = |client: &SharedHttpClient| client.http_connector(settings, parts);
        let (of_service, others) = (connector(&self.of_service), connector(&self.others));
        SharedHttpConnector::new(Switch { service: self.service, of_service, others })
    }
}

impl HttpConnector for Switch<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let ours = request.headers().get("x-amz-target").is_some_and(|target| target.contains(self.service));
        if ours { self.of_service.call(request) } else { self.others.call(request) }
    }
}
