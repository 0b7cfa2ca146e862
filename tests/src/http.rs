//! Just enough of HTTP/1.1 for servers in this process that programs on this machine speak to.

use serde_json::Value;
use std::{
    io::{self, BufRead, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// A request, or an answer, without its first line.
#[derive(Debug, Default)]
pub(crate) struct Message {
    /// The path of a request, the status of an answer.
    pub(crate) about: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// The next message; `None` when the other side is gone.
    pub(crate) fn read(reader: &mut impl BufRead) -> Option<Self> {
        let mut first = String::new();
        reader.read_line(&mut first).ok()?;
        let mut message = Self { about: first.split(' ').nth(1)?.to_owned(), ..Self::default() };
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim().split_once(':') else { break };
            message.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if message.header("transfer-encoding") == "chunked" {
            loop {
                let mut size = String::new();
                reader.read_line(&mut size).ok()?;
                let size = usize::from_str_radix(size.trim(), 16).ok()?;
                let mut chunk = vec![0; size + 2];
                reader.read_exact(&mut chunk).ok()?;
                if size == 0 {
                    return Some(message);
                }
                message.body.extend_from_slice(&chunk[..size]);
            }
        }
        message.body = vec![0; message.header("content-length").parse().unwrap_or(0)];
        reader.read_exact(&mut message.body).ok()?;
        Some(message)
    }

    /// A header's value; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// The body as JSON; `null` when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Writes a message whose first line is `first`.
pub(crate) fn write(mut to: impl Write, first: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<()> {
    let mut bytes = Vec::new();
    write!(bytes, "{first}\r\ncontent-length: {}\r\n", body.len())?;
    for (name, value) in headers {
        write!(bytes, "{name}: {value}\r\n")?;
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    // In one piece: half a message would wait for the other side's acknowledgement.
    to.write_all(&bytes)
}

/// A server on a free port of this machine, with a thread a connection. It ends with this.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: Arc<AtomicBool>,
}

impl Server {
    pub(crate) fn start(serve: impl Fn(&TcpStream) + Send + Sync + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (address, stop) = (listener.local_addr()?, Arc::new(AtomicBool::new(false)));
        let (stopped, serve) = (Arc::clone(&stop), Arc::new(serve));
        thread::spawn(move || {
            for stream in listener.incoming().flatten().take_while(|_| !stopped.load(Ordering::SeqCst)) {
                let serve = Arc::clone(&serve);
                thread::spawn(move || serve(&stream));
            }
        });
        Ok(Self { address, stop })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the one that waits for connections.
        let _ = TcpStream::connect(self.address);
    }
}
