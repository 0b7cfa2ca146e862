//! A web server in this process that keeps what it was asked, and answers what the test says.
//!
//! It is made of threads and blocking sockets, so that it works under any runtime. It ends with the
//! process.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a harness that cannot go on has failed the test")]

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

/// A request, as it arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The target of the request line, as it stands.
    pub target: String,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Asked {
    /// All values of a header.
    pub fn header(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect()
    }
}

/// What is sent back.
#[derive(Debug, Clone)]
pub struct Told {
    /// The status code. Zero closes the connection instead.
    pub status: u16,
    /// Headers beside `Content-Length`.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

impl Told {
    /// A status and nothing else.
    pub fn status(status: u16) -> Self {
        Self { status, headers: vec![], body: String::new() }
    }
}

type Script = Arc<dyn Fn(usize, &Asked) -> Told + Send + Sync>;

/// The server.
#[derive(Debug, Clone)]
pub struct Origin {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Origin {
    /// Starts one on a free port. `script` is given the number of the request, from 0, and the
    /// request.
    pub fn start(script: impl Fn(usize, &Asked) -> Told + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = Self { address: listener.local_addr().unwrap(), asked: Arc::default() };
        let (this, script): (_, Script) = (origin.clone(), Arc::new(script));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (this, script) = (this.clone(), Arc::clone(&script));
                thread::spawn(move || this.serve(&stream, &script));
            }
        });
        origin
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// One connection, until the client closes it.
    fn serve(&self, stream: &TcpStream, script: &Script) {
        let _ = stream.set_nodelay(true);
        let mut reader = BufReader::new(stream);
        while let Some(asked) = request(&mut reader) {
            let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            let number = all.len();
            all.push(asked.clone());
            drop(all);
            let told = script(number, &asked);
            if told.status == 0 || answer(stream, &asked, &told).is_none() {
                return;
            }
        }
    }
}

fn request(reader: &mut impl BufRead) -> Option<Asked> {
    let mut line = || {
        let mut line = String::new();
        (reader.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_owned())
    };
    let first = line()?;
    let (method, rest) = first.split_once(' ')?;
    let target = rest.rsplit_once(' ')?.0.to_owned();
    let mut asked = Asked { method: method.to_owned(), target, ..Asked::default() };
    loop {
        let header = line()?;
        let Some((name, value)) = header.split_once(':') else { break };
        asked.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = asked.header("content-length").first().map_or(0, |n| n.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    asked.body = String::from_utf8(body).ok()?;
    Some(asked)
}

fn answer(mut stream: &TcpStream, asked: &Asked, told: &Told) -> Option<()> {
    let mut head = vec![format!("HTTP/1.1 {} Told", told.status), format!("Content-Length: {}", told.body.len())];
    head.extend(told.headers.iter().map(|(name, value)| format!("{name}: {value}")));
    let body = if asked.method == "HEAD" { "" } else { &told.body };
    stream.write_all(format!("{}\r\n\r\n{body}", head.join("\r\n")).as_bytes()).ok()
}
