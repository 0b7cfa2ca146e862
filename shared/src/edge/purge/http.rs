//! Purges a CDN that accepts the method `PURGE` with tags in a header.

use super::{PurgeError, batch::parts};
use crate::{
    config::{ConfigError, Vars},
    context::Cx,
    env::{PURGE_HEADER, PURGE_URL},
    resilience::Backoff,
};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::{
    Connector,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorSettings},
    orchestrator::HttpRequest,
};
use http::{HeaderName, Uri, uri::Scheme};
use std::time::Duration;

/// The most bytes of tags in one call. A header line may have 8 KB, its name included (Varnish's
/// `http_req_hdr_len`, nginx's `large_client_header_buffers`).
const BYTES: usize = 4_000;
/// The most tags in one call. Fastly accepts 256; other CDNs state no limit.
const TAGS: usize = 256;
/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(2);
const ATTEMPTS: u32 = 3;

/// Sends `PURGE` requests.
#[derive(Debug)]
pub(super) struct HttpPurge {
    connector: Connector,
    url: String,
    header: HeaderName,
}

impl HttpPurge {
    /// To the address in [`PURGE_URL`]; `None` when it is unset.
    pub(super) fn from_vars(vars: &Vars) -> Result<Option<Self>, ConfigError> {
        let Some(url) = vars.optional(PURGE_URL) else { return Ok(None) };
        let uri: Uri = url.parse().map_err(|e| ConfigError::new(PURGE_URL, e))?;
        if uri.scheme() != Some(&Scheme::HTTP) && uri.scheme() != Some(&Scheme::HTTPS) {
            return Err(ConfigError::new(PURGE_URL, "must be an http:// or https:// address"));
        }
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(ConfigError::new(PURGE_URL, "must not contain a user name or a password"));
        }
        let header = vars.parsed::<HeaderName>(PURGE_HEADER)?;
        let settings = HttpConnectorSettings::builder().connect_timeout(Duration::from_secs(1)).read_timeout(ATTEMPT);
        let connector =
            Connector::builder().tls_provider(Provider::Rustls(CryptoMode::Ring)).sleep_impl(TokioSleep::new());
        let connector = connector.connector_settings(settings.build()).build();
        Ok(Some(Self { connector, url: uri.to_string(), header }))
    }

    /// Purges every response that carries one of `tags`.
    pub(super) async fn purge(&self, cx: &Cx, tags: &[&str]) -> Result<(), PurgeError> {
        for part in parts(tags, TAGS, BYTES) {
            self.call(cx, &part.join(" ")).await?;
        }
        Ok(())
    }

    /// Makes one call, and repeats it while the reason for its failure may pass and there is time.
    async fn call(&self, cx: &Cx, tags: &str) -> Result<(), PurgeError> {
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_millis(500));
        for _ in 1..ATTEMPTS {
            match self.attempt(cx, tags).await {
                Err(PurgeError::Throttled(_) | PurgeError::Unavailable(_)) => {}
                done => return done,
            }
            tokio::time::sleep(backoff.pause().min(cx.time_left())).await;
        }
        self.attempt(cx, tags).await
    }

    async fn attempt(&self, cx: &Cx, tags: &str) -> Result<(), PurgeError> {
        let request = self.request(tags).map_err(|e| PurgeError::Refused(e.to_string()))?;
        let answer = tokio::time::timeout(ATTEMPT.min(cx.time_left()), self.connector.call(request)).await;
        let answer = answer.map_err(|_| PurgeError::Unavailable("no answer in time".to_owned()))?;
        let status = answer.map_err(|e| PurgeError::Unavailable(e.to_string()))?.status().as_u16();
        match status {
            200..=299 => Ok(()),
            429 => Err(PurgeError::Throttled(status.to_string())),
            500..=599 => Err(PurgeError::Unavailable(status.to_string())),
            _ => Err(PurgeError::Refused(status.to_string())),
        }
    }

    fn request(&self, tags: &str) -> Result<HttpRequest, aws_smithy_runtime_api::http::HttpError> {
        let mut request = HttpRequest::empty();
        request.set_method("PURGE")?;
        request.set_uri(self.url.as_str())?;
        request.headers_mut().try_insert(self.header.as_str().to_owned(), tags.to_owned())?;
        Ok(request)
    }
}
