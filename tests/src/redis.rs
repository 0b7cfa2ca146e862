//! A real cache server for a test, and a wire to it that can be cut.
//!
//! Everything here runs in threads of its own, so that it works under any runtime, a paused one
//! too.

use faults::{ANY_PORT, Fault, Faults, Rule};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

/// A `redis-server` of its own on 127.0.0.1, without persistence; killed when dropped.
#[derive(Debug)]
pub struct Redis {
    port: u16,
    options: Vec<String>,
    child: Mutex<Option<Child>>,
}

impl Redis {
    /// Starts one on a free port, and waits until it answers.
    ///
    /// # Panics
    /// When there is no `redis-server` on the path, or it does not start.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// Starts one with more options: `["--cluster-enabled", "yes"]`.
    ///
    /// # Panics
    /// As [`Redis::start`].
    pub fn with(options: &[&str]) -> Self {
        let redis = Self {
            port: free_port(),
            options: options.iter().map(ToString::to_string).collect(),
            child: Mutex::default(),
        };
        redis.restart();
        redis
    }

    /// Starts a replica of `primary`, and waits until it follows it.
    ///
    /// # Panics
    /// As [`Redis::start`].
    pub fn replica_of(primary: &Self) -> Self {
        let port = primary.port.to_string();
        let replica = Self::with(&["--replicaof", "127.0.0.1", &port, "--repl-diskless-sync-delay", "0"]);
        until("replication", || replica.command(&["INFO", "replication"]).contains("master_link_status:up"));
        replica
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// `redis://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// Kills it, as a crash does: no goodbye, and all is lost.
    ///
    /// # Panics
    /// When the process cannot be killed.
    pub fn kill(&self) {
        if let Some(mut child) = self.child().take() {
            child.kill().expect("redis-server can be killed");
            child.wait().expect("redis-server ends");
        }
    }

    /// Starts it, empty, on the same port; kills it first if it runs.
    ///
    /// # Panics
    /// When it does not start within ten seconds.
    pub fn restart(&self) {
        self.kill();
        let port = self.port.to_string();
        let child = Command::new("redis-server")
            .args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--dir", "/tmp", "--cluster-config-file", &format!("tuesday-test-nodes-{port}.conf")])
            .args(&self.options)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("redis-server is on the path");
        *self.child() = Some(child);
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.try_command(&["PING"]).is_none() {
            assert!(Instant::now() < deadline, "redis-server does not answer on port {}", self.port);
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends one command and returns the raw answer, at most 64 KiB of it.
    ///
    /// # Panics
    /// When the server does not answer.
    pub fn command(&self, words: &[&str]) -> String {
        self.try_command(words).expect("redis-server answers")
    }

    fn try_command(&self, words: &[&str]) -> Option<String> {
        let mut stream = TcpStream::connect(self.address()).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        let words: Vec<String> = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len())).collect();
        let request = format!("*{}\r\n{}", words.len(), words.concat());
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = vec![0; 1 << 16];
        let read = stream.read(&mut answer).ok()?;
        Some(String::from_utf8_lossy(&answer[..read]).into_owned())
    }

    fn child(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
        // A cluster's node leaves this file.
        let _ = std::fs::remove_file(format!("/tmp/tuesday-test-nodes-{}.conf", self.port));
    }
}

/// Waits until something is so.
///
/// # Panics
/// When it is not after ten seconds.
pub fn until(what: &str, so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !so() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// What the wire does with what is sent over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// Passes it on.
    Pass,
    /// Accepts it and answers nothing: a server that hangs, or a network that drops packets.
    Hang,
    /// Resets every connection: a server that is gone.
    Cut,
    /// Answers with bytes that are not the protocol.
    Garbage,
    /// Loses one message in a hundred, a request or an answer, and resets that connection.
    Lossy,
}

/// A way to a server, for faults on the wire; [`Proxy::faults`] has more of them than [`Wire`]
/// names. Ends with its last clone.
#[derive(Debug, Clone)]
pub struct Proxy {
    address: SocketAddr,
    faults: Arc<Faults>,
}

impl Proxy {
    /// A wire to `server` that passes everything on.
    ///
    /// # Panics
    /// When no port can be bound.
    pub fn to(server: SocketAddr) -> Self {
        let faults = Faults::start(u64::from(server.port())).expect("a thread");
        let address = faults.cache(ANY_PORT, server).expect("a free port");
        Self { address, faults: Arc::new(faults) }
    }

    /// `redis://127.0.0.1:<port>`, of the proxy.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// What can go wrong on this wire, and what did.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// From now on the wire does this. [`Wire::Cut`] also cuts the connections that are open.
    pub fn set(&self, wire: Wire) {
        self.faults.clear_all();
        match wire {
            Wire::Pass => {}
            Wire::Hang => self.faults.set("wire", Rule::new(Fault::Hang)),
            Wire::Cut => self.faults.set("wire", Rule::new(Fault::Down)),
            Wire::Garbage => self.faults.set("wire", Rule::new(Fault::Garbage)),
            Wire::Lossy => {
                self.faults.set("requests", Rule::new(Fault::Down).percentage(0.5));
                self.faults.set("answers", Rule::new(Fault::LostAnswer).percentage(0.5));
            }
        }
    }

    /// Cuts the connections that are open; new ones are served.
    pub fn drop_connections(&self) {
        self.faults.cut_connections();
    }
}

/// A port that nobody has, below those that the system hands out.
///
/// # Panics
/// When there is none.
pub fn free_port() -> u16 {
    // Below the ephemeral range a port cannot be taken by a connection in the meantime; the process
    // id keeps runs apart.
    static NEXT: std::sync::atomic::AtomicU16 = std::sync::atomic::AtomicU16::new(0);
    let spread = u16::try_from(std::process::id() % 500).unwrap_or(0) * 20;
    for _ in 0..10_000 {
        let port = 20_000 + (spread + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        // A cluster's node also listens ten thousand above.
        if TcpListener::bind(("127.0.0.1", port)).is_ok() && TcpListener::bind(("127.0.0.1", port + 10_000)).is_ok() {
            return port;
        }
    }
    panic!("no free port");
}
