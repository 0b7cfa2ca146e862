//! One request, as a client of the shop sends it.

use crate::stage::Stage;
use reqwest::{Method, header::HeaderMap};
use serde_json::Value;
use std::time::{Duration, Instant};

/// How it gets to the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via {
    /// As everybody does.
    Cdn,
    /// As the CDN does: with its secret, and with the viewer's address.
    Api,
}

#[derive(Debug, Clone)]
pub(crate) struct Request {
    method: Method,
    path: String,
    body: Option<Value>,
    headers: Vec<(&'static str, String)>,
}

/// An answer, or none.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) request: String,
    /// The status code; 0 when there was no answer.
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) took: Duration,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

impl Request {
    pub(crate) fn new(method: Method, path: &str) -> Self {
        Self { method, path: path.to_owned(), body: None, headers: vec![] }
    }

    pub(crate) fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    pub(crate) fn post(path: &str, body: Value) -> Self {
        Self { body: Some(body), ..Self::new(Method::POST, path) }
    }

    pub(crate) fn patch(path: &str, body: Value) -> Self {
        Self { body: Some(body), ..Self::new(Method::PATCH, path) }
    }

    #[must_use]
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        if !value.is_empty() {
            self.headers.push((name, value.to_owned()));
        }
        self
    }

    /// Sends it once, whatever comes of it.
    pub(crate) async fn send(self, stage: &Stage, via: Via) -> Reply {
        let base = match via {
            Via::Cdn => stage.cloud.base_url.as_str(),
            Via::Api => stage.cloud.api_url.as_deref().unwrap(),
        };
        let mut request = stage.http.request(self.method.clone(), format!("{base}{}", self.path));
        if via == Via::Api {
            request = request.header("x-origin-secret", stage.cloud.origin_secret.as_deref().unwrap());
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(body) = &self.body {
            request = request.json(body);
        }
        let started = Instant::now();
        let mut reply = Reply {
            request: format!("{} {}", self.method, self.path),
            status: 0,
            headers: HeaderMap::new(),
            body: String::new(),
            took: Duration::ZERO,
        };
        match request.send().await {
            Ok(response) => {
                reply.headers = response.headers().clone();
                let status = response.status().as_u16();
                match response.text().await {
                    Ok(body) => (reply.status, reply.body) = (status, body),
                    Err(error) => reply.body = error.to_string(),
                }
            }
            Err(error) => reply.body = error.to_string(),
        }
        reply.took = started.elapsed();
        reply
    }
}
