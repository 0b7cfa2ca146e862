//! A network that loses, refuses and delays, between a client and DynamoDB.
//!
//! It stands where the SDK hands its requests to HTTP, so that retries, timeouts and parsing are
//! the real ones.

mod replica;

pub use replica::Replica;

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use std::{fmt, sync::Arc, time::Duration};

/// A request on its way.
#[derive(Debug, Clone)]
pub struct Call {
    /// The operation, as AWS names it: `GetItem`.
    pub operation: String,
    /// The body.
    pub body: Value,
}

impl Call {
    /// Whether it is a read that any replica may answer.
    pub fn is_eventual(&self, table: &str) -> bool {
        let strong = match self.operation.as_str() {
            "GetItem" => &self.body["ConsistentRead"],
            "BatchGetItem" => &self.body["RequestItems"][table]["ConsistentRead"],
            _ => return false,
        };
        strong != &Value::Bool(true)
    }
}

/// What becomes of a request.
pub enum Rule {
    /// It is answered.
    Pass,
    /// It is answered, and when that was a success, this runs.
    Then(Box<dyn FnOnce() + Send>),
    /// DynamoDB never gets it: this is the answer, a status and a body.
    Instead(u16, Value),
    /// DynamoDB does it, but this is the answer that arrives.
    Lose(u16, Value),
    /// It takes this much longer.
    Delay(Duration),
    /// DynamoDB never gets it, and no answer ever comes.
    Hang,
    /// DynamoDB does it, and no answer ever comes.
    Unanswered,
    /// The connection breaks before DynamoDB gets it.
    Cut,
    /// It is sent when this is over, and not before.
    Hold(BoxFuture<'static, ()>),
    /// It is answered, which the first says; the answer arrives when the second comes, and not
    /// before.
    Stall(tokio::sync::oneshot::Sender<()>, tokio::sync::oneshot::Receiver<()>),
}

impl Rule {
    /// An error of DynamoDB's, in place of what was asked for.
    pub fn refuse(status: u16, code: &str) -> Self {
        Self::Instead(status, error(code))
    }
}

/// The body of an error.
pub fn error(code: &str) -> Value {
    json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "the test said so"})
}

/// Decides about each request.
pub type Rules = Arc<dyn Fn(&Call) -> Rule + Send + Sync>;

/// The network.
#[derive(Clone)]
pub struct FaultInjector {
    network: SharedHttpClient,
    rules: Rules,
}

impl FaultInjector {
    /// `network`, except for what `rules` say.
    pub fn new(network: SharedHttpClient, rules: Rules) -> Self {
        Self { network, rules }
    }
}

impl fmt::Debug for FaultInjector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FaultInjector")
    }
}

impl HttpClient for FaultInjector {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            network: self.network.http_connector(settings, components),
            rules: Arc::clone(&self.rules),
        })
    }
}

struct Connector {
    network: SharedHttpConnector,
    rules: Rules,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        assert_ne!(operation, "Scan", "the cost of a scan grows with the table");
        let body = request.body().bytes().and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default();
        let rule = (self.rules)(&Call { operation, body });
        let network = self.network.clone();
        HttpConnectorFuture::new(async move {
            match rule {
                Rule::Pass => network.call(request).await,
                Rule::Then(effect) => {
                    let answer = network.call(request).await?;
                    if answer.status().is_success() {
                        effect();
                    }
                    Ok(answer)
                }
                Rule::Instead(status, body) => answer(status, &body),
                Rule::Lose(status, body) => {
                    network.call(request).await?;
                    answer(status, &body)
                }
                Rule::Hold(released) => {
                    released.await;
                    network.call(request).await
                }
                Rule::Stall(answered, released) => {
                    let answer = network.call(request).await?;
                    answered.send(()).ok();
                    released.await.ok();
                    Ok(answer)
                }
                Rule::Delay(by) => {
                    tokio::time::sleep(by).await;
                    network.call(request).await
                }
                Rule::Hang => std::future::pending().await,
                Rule::Unanswered => {
                    network.call(request).await?;
                    std::future::pending().await
                }
                Rule::Cut => Err(ConnectorError::io("the connection was reset".into())),
            }
        })
    }
}

fn answer(status: u16, body: &Value) -> Result<HttpResponse, ConnectorError> {
    let status = status.try_into().map_err(|e| ConnectorError::user(Box::new(e)))?;
    Ok(HttpResponse::new(status, body.to_string().into()))
}
