//! A real cache server for a test, and a wire to it that can be cut.
//!
//! Everything here is made of threads and blocking sockets, so that it works under any runtime, a paused one too.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
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
#[repr(u8)]
pub enum Wire {
    /// Passes it on.
    Pass = 0,
    /// Accepts it and answers nothing: a server that hangs, or a network that drops packets.
    Hang = 1,
    /// Resets every connection: a server that is gone.
    Cut = 2,
    /// Answers with bytes that are not the protocol.
    Garbage = 3,
    /// Loses one message in a hundred, a request or an answer, and resets that connection.
    Lossy = 4,
}

/// A TCP proxy in front of a server, for faults on the wire. Ends with the process.
#[derive(Debug, Clone)]
pub struct Proxy {
    address: SocketAddr,
    mode: Arc<AtomicU8>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    /// A wire to `server` that passes everything on.
    ///
    /// # Panics
    /// When no port can be bound.
    pub fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let proxy = Self { address, mode: Arc::default(), open: Arc::default() };
        let this = proxy.clone();
        thread::spawn(move || listener.incoming().flatten().for_each(|client| this.serve(client, server)));
        proxy
    }

    /// `redis://127.0.0.1:<port>`, of the proxy.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// From now on the wire does this. [`Wire::Cut`] also cuts the connections that are open.
    pub fn set(&self, wire: Wire) {
        self.mode.store(wire as u8, Ordering::SeqCst);
        if wire == Wire::Cut {
            self.drop_connections();
        }
    }

    /// Cuts the connections that are open; new ones are served.
    pub fn drop_connections(&self) {
        for stream in self.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn is(&self, wire: Wire) -> bool {
        self.mode.load(Ordering::SeqCst) == wire as u8
    }

    fn serve(&self, client: TcpStream, server: SocketAddr) {
        if self.is(Wire::Cut) {
            return;
        }
        let Ok(upstream) = TcpStream::connect(server) else { return };
        let both = [&client, &upstream].map(TcpStream::try_clone);
        let [Ok(client_end), Ok(server_end)] = both else { return };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.extend([&client, &upstream].into_iter().filter_map(|s| s.try_clone().ok()));
        drop(open);
        for stream in [&client, &upstream] {
            let _ = stream.set_nodelay(true);
        }
        let (up, down) = (self.clone(), self.clone());
        thread::spawn(move || up.pump(client_end, upstream, false));
        thread::spawn(move || down.pump(server_end, client, true));
    }

    fn pump(&self, mut from: TcpStream, mut to: TcpStream, answers: bool) {
        let mut buffer = vec![0; 1 << 16];
        let mut dice = u64::from(self.address.port()) ^ u64::from(answers) << 20;
        loop {
            let read = match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            if self.is(Wire::Hang) {
                continue;
            }
            // Knuth's linear congruential generator: good enough to lose a message by.
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if self.is(Wire::Lossy) && (dice >> 33).is_multiple_of(200) {
                break;
            }
            let bytes: &[u8] =
                if answers && self.is(Wire::Garbage) { b"\x16\x03garbage\r\n\0\xff" } else { &buffer[..read] };
            if to.write_all(bytes).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    }
}

fn free_port() -> u16 {
    // Below the ephemeral range a port cannot be taken by a connection in the meantime; the process id keeps runs apart.
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
