//! A network that fails on purpose, in front of a cache (Valkey, Redis) and of AWS.
//!
//! Real clients connect to it, so their timeouts, retries and parsing are tested as they are. It
//! stands between the functions and a local cloud, or between a test and a server of the test.
//! Faults are set and removed while it runs: in the process with [`Registry`], or from outside over
//! HTTP ([`control`]).
//!
//! # Promises
//! * A call that no rule strikes goes through as it came, byte by byte and in order.
//! * What is drawn follows from the seed: the n-th call that a rule matches is struck in every run,
//!   or in none.
//! * A fault defines whether the call was executed ([`Fault`]): an answer that is lost is another
//!   fault than a call that never arrives.
//!
//! # Costs
//! One thread serves all connections. A call takes a tenth of a millisecond longer. 16,000 commands
//! a second go through, where the server alone answers 33,000 (`redis-benchmark -c 8`, two busy
//! cores, not optimised).
//!
//! # Layout
//! * [`Rule`] and [`Fault`]: what goes wrong, where, and how often. [`Registry`]: the rules that
//!   are set, and what they did.
//! * `cache_proxy` on `resp`, `aws_proxy` on `message`: the two proxies. `aws` and `batch`: the
//!   requests and errors of AWS's services.
//! * [`control`]: the control interface.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test that cannot go on has failed"))]

mod active_rule;
mod aws;
mod aws_proxy;
mod batch;
mod cache_proxy;
mod call;
pub mod control;
mod message;
mod random;
mod registry;
mod resp;
mod rule;

pub use call::{Call, Count, Counts, Strike};
pub use random::Random;
pub use registry::Registry;
pub use rule::{CACHE, Fault, Flap, Rule};

use std::{
    future::Future,
    io::{Error, ErrorKind, Result},
    net::{Ipv4Addr, SocketAddr},
    ops::Deref,
    sync::Arc,
    thread,
};
use tokio::{
    net::TcpStream,
    runtime::{Builder, Handle},
    sync::oneshot,
};

/// Any free port of this machine.
pub const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Proxies with one [`Registry`]. They end when this is dropped.
#[derive(Debug)]
pub struct Faults {
    registry: Arc<Registry>,
    runtime: Handle,
    // The thread ends when this is dropped.
    _stop: oneshot::Sender<()>,
}

impl Faults {
    /// Starts without proxies and rules. Everything that is drawn follows from `seed`. It runs in a
    /// thread of its own, so that a test may stop the clock of its own runtime.
    ///
    /// # Errors
    /// When the operating system has no thread or event queue left.
    pub fn start(seed: u64) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let handle = runtime.handle().clone();
        thread::Builder::new().name("faults".into()).spawn(move || {
            let _ = runtime.block_on(stopped);
        })?;
        Ok(Self { registry: Arc::new(Registry::new(seed)), runtime: handle, _stop: stop })
    }

    /// Starts a proxy in front of the cache at `upstream`. Returns where it listens: at `at`, or on
    /// a free port ([`ANY_PORT`]).
    ///
    /// # Errors
    /// When the port is taken, or the address is not a loopback address.
    pub fn cache(&self, at: SocketAddr, upstream: SocketAddr) -> Result<SocketAddr> {
        self.listen(at, move |registry, client, _| async move { cache_proxy::serve(&registry, client, upstream).await })
    }

    /// Starts a proxy in front of AWS, or of an emulator, at `upstream`.
    ///
    /// # Errors
    /// As [`Faults::cache`].
    pub fn aws(&self, at: SocketAddr, upstream: SocketAddr) -> Result<SocketAddr> {
        self.listen(at, move |registry, client, _| async move { aws_proxy::serve(&registry, client, upstream).await })
    }

    /// Starts the control interface ([`control`]).
    ///
    /// # Errors
    /// As [`Faults::cache`].
    pub fn control(&self, at: SocketAddr) -> Result<SocketAddr> {
        self.listen(at, |registry, client, own| async move { control::serve(&registry, client, own).await })
    }

    fn listen<W: Future<Output = ()> + Send + 'static>(
        &self,
        at: SocketAddr,
        serve: impl Fn(Arc<Registry>, TcpStream, SocketAddr) -> W + Send + 'static,
    ) -> Result<SocketAddr> {
        if !at.ip().is_loopback() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "faults listens on loopback addresses only, such as 127.0.0.1",
            ));
        }
        let listener = std::net::TcpListener::bind(at)?;
        listener.set_nonblocking(true)?;
        let own = listener.local_addr()?;
        let registry = Arc::clone(&self.registry);
        let _inside = self.runtime.enter();
        let listener = tokio::net::TcpListener::from_std(listener)?;
        self.runtime.spawn(async move {
            loop {
                // A connection that was reset before it is accepted is an error here; go on.
                if let Ok((client, _)) = listener.accept().await {
                    tokio::spawn(serve(Arc::clone(&registry), client, own));
                }
            }
        });
        Ok(own)
    }
}

impl Deref for Faults {
    type Target = Registry;

    fn deref(&self) -> &Registry {
        &self.registry
    }
}
