//! A network that fails on purpose, in front of a cache (Valkey, Redis) and of AWS.
//!
//! It stands where real clients connect, so that their timeouts, retries and parsing are the real
//! ones: between functions and a local cloud, or between a test and a server of its own. Faults are
//! set and taken away while it runs, in the process by [`Board`], or from outside over HTTP
//! ([`control`]).
//!
//! # Promises
//! * What no rule strikes goes through as it came, byte by byte and in order.
//! * What is drawn follows from the seed: the n-th call that a rule looks at is struck in every
//!   run, or in none.
//! * A fault says whether the work was done ([`Fault`]): an answer that is lost afterwards is
//!   another fault than a call that never arrives.
//!
//! # Costs
//! One thread with all connections. A call takes a tenth of a millisecond more; 16,000
//! commands a second go through, where the server alone answers 33,000 (`redis-benchmark -c 8`, two
//! busy cores, not optimised).
//!
//! # Layout
//! * [`Rule`] and [`Fault`]: what goes wrong, where, how often; [`Board`]: what is set, and what it
//!   did.
//! * `cache` and `aws_proxy`: the two wires, on `resp` and `message`; `aws` and `batch`: what AWS's
//!   services say.
//! * [`control`]: the switchboard.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test that cannot go on has failed"))]

mod aws;
mod aws_proxy;
mod batch;
mod board;
mod cache;
pub mod control;
mod dice;
mod message;
mod resp;
mod rule;

pub use board::{Board, Call, Count, Counts, Strike};
pub use dice::Dice;
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

/// A free port of this machine.
pub const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Proxies with one board. They end with it.
#[derive(Debug)]
pub struct Faults {
    board: Arc<Board>,
    runtime: Handle,
    // Dropped, it ends the thread.
    _stop: oneshot::Sender<()>,
}

impl Faults {
    /// Without proxies and rules; everything that is drawn follows from `seed`. It runs in a thread
    /// of its own, so that a test's runtime may do as it likes with its clock.
    ///
    /// # Errors
    /// When the operating system has no thread or no event queue to give.
    pub fn start(seed: u64) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let handle = runtime.handle().clone();
        thread::Builder::new().name("faults".into()).spawn(move || {
            let _ = runtime.block_on(stopped);
        })?;
        Ok(Self { board: Arc::new(Board::new(seed)), runtime: handle, _stop: stop })
    }

    /// A way to the cache at `upstream`. Returns where it listens: at `at`, or on a free port
    /// ([`ANY_PORT`]).
    ///
    /// # Errors
    /// When the port is taken, or not of this machine.
    pub fn cache(&self, at: SocketAddr, upstream: SocketAddr) -> Result<SocketAddr> {
        self.listen(at, move |board, client, _| async move { cache::serve(&board, client, upstream).await })
    }

    /// A way to AWS, or what stands in for it, at `upstream`.
    ///
    /// # Errors
    /// As [`Faults::cache`].
    pub fn aws(&self, at: SocketAddr, upstream: SocketAddr) -> Result<SocketAddr> {
        self.listen(at, move |board, client, _| async move { aws_proxy::serve(&board, client, upstream).await })
    }

    /// The switchboard ([`control`]).
    ///
    /// # Errors
    /// As [`Faults::cache`].
    pub fn control(&self, at: SocketAddr) -> Result<SocketAddr> {
        self.listen(at, |board, client, own| async move { control::serve(&board, client, own).await })
    }

    fn listen<W: Future<Output = ()> + Send + 'static>(
        &self,
        at: SocketAddr,
        serve: impl Fn(Arc<Board>, TcpStream, SocketAddr) -> W + Send + 'static,
    ) -> Result<SocketAddr> {
        if !at.ip().is_loopback() {
            return Err(Error::new(ErrorKind::InvalidInput, "faults are for this machine alone"));
        }
        let listener = std::net::TcpListener::bind(at)?;
        listener.set_nonblocking(true)?;
        let own = listener.local_addr()?;
        let board = Arc::clone(&self.board);
        let _inside = self.runtime.enter();
        let listener = tokio::net::TcpListener::from_std(listener)?;
        self.runtime.spawn(async move {
            loop {
                // One that was reset before we looked is no reason to end.
                if let Ok((client, _)) = listener.accept().await {
                    tokio::spawn(serve(Arc::clone(&board), client, own));
                }
            }
        });
        Ok(own)
    }
}

impl Deref for Faults {
    type Target = Board;

    fn deref(&self) -> &Board {
        &self.board
    }
}
