//! The HTTPS client of all SDKs: one pool of connections, which is replaced after a freeze.
//!
//! Lambda freezes an environment between two requests ("Lambda execution environment", AWS Lambda
//! Developer Guide). Its connections may end meanwhile: a load balancer or the service closes them,
//! and the packet that says so never arrives. The first call after the freeze would use such a
//! connection and wait for its timeout. So connections that were last used more than [`IDLE`] ago
//! are dropped, and the call makes a new one.
//!
//! The wall clock measures this. The pool's own idle timeout uses `CLOCK_MONOTONIC`, which on Linux
//! does not count the time in which the machine was suspended (`clock_gettime(2)`). A wall clock
//! that jumps costs one handshake.
//!
//! # Costs
//! A request that comes more than ten seconds after the one before pays for a handshake: some
//! milliseconds, one or two round trips within the region. Ten seconds are longer than a busy
//! environment waits between requests, and shorter than services keep a silent connection. The
//! Valkey client sends a `PING` after the same time. HTTP has no such command, so a new connection
//! is made.

use crate::clock::Clock;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        connector_metadata::ConnectorMetadata,
        http::{HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector},
        runtime_components::{RuntimeComponents, RuntimeComponentsBuilder},
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How long connections may be unused and still be trusted.
pub const IDLE: Duration = Duration::from_secs(10);

/// A client whose TLS is `ring`'s. Clones share its connections.
pub fn client(clock: Clock) -> SharedHttpClient {
    let used_ms = clock.now_ms();
    SharedHttpClient::new(Fresh { clock, pool: Mutex::new(Pool { client: pool(), used_ms }) })
}

fn pool() -> SharedHttpClient {
    let tls = Provider::Rustls(CryptoMode::Ring);
    aws_smithy_http_client::Builder::new().pool_idle_timeout(IDLE).tls_provider(tls).build_https()
}

/// A pool that is replaced by an empty one when it was not used for [`IDLE`].
struct Fresh {
    clock: Clock,
    pool: Mutex<Pool>,
}

struct Pool {
    client: SharedHttpClient,
    used_ms: i64,
}

impl Fresh {
    fn pool(&self) -> SharedHttpClient {
        let now = self.clock.now_ms();
        let mut kept = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = now - std::mem::replace(&mut kept.used_ms, now);
        if u64::try_from(idle).is_ok_and(|idle| Duration::from_millis(idle) < IDLE) {
            return kept.client.clone();
        }
        kept.client = pool();
        kept.client.clone()
    }
}

impl fmt::Debug for Fresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fresh")
    }
}

impl HttpClient for Fresh {
    // The SDK calls this for each request. A call under way keeps the connector that it got.
    fn http_connector(&self, settings: &HttpConnectorSettings, parts: &RuntimeComponents) -> SharedHttpConnector {
        self.pool().http_connector(settings, parts)
    }

    fn validate_base_client_config(
        &self,
        parts: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.pool().validate_base_client_config(parts, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.pool().connector_metadata()
    }
}
