//! A server in this process at the other end of a pipe, for faults on a virtual clock.

use redis::{RedisConnectionInfo, RedisError, RedisResult, aio::MultiplexedConnection};
use std::{
    io,
    sync::{Arc, LazyLock, Mutex, MutexGuard},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream},
    time::sleep,
};

/// How the server treats what it receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Does {
    Answers,
    /// Answers this late.
    Late(Duration),
    /// Completes the handshake, then answers nothing.
    Mute,
    /// Accepts connections and answers nothing.
    Hangs,
    /// Drops the packets of new connections.
    Drops,
    Refuses,
    Garbage,
    Loading,
}

static INFO: LazyLock<RedisConnectionInfo> = LazyLock::new(RedisConnectionInfo::default);

/// A server in this process at the other end of a pipe.
#[derive(Clone)]
pub(super) struct Fake(Arc<Mutex<Server>>);

struct Server {
    does: Does,
    dials: u32,
    commands: u32,
    /// Connections up to this one have no peer any more.
    silent: u32,
}

impl Fake {
    pub(super) fn new(does: Does) -> Self {
        Self(Arc::new(Mutex::new(Server { does, dials: 0, commands: 0, silent: 0 })))
    }

    pub(super) fn set(&self, does: Does) {
        self.server().does = does;
    }

    fn does(&self) -> Does {
        self.server().does
    }

    fn server(&self) -> MutexGuard<'_, Server> {
        self.0.lock().unwrap()
    }

    /// The peers of all connections vanish without a word; new connections are served.
    pub(super) fn fall_silent(&self) {
        let mut server = self.server();
        server.silent = server.dials;
    }

    pub(super) fn dials(&self) -> u32 {
        self.server().dials
    }

    /// How many commands of calls it has received.
    pub(super) fn commands(&self) -> u32 {
        self.server().commands
    }

    pub(super) async fn dial(&self) -> RedisResult<MultiplexedConnection> {
        let number = {
            let mut server = self.server();
            server.dials += 1;
            server.dials
        };
        match self.does() {
            Does::Drops => std::future::pending().await,
            Does::Refuses => return Err(RedisError::from(io::Error::from(io::ErrorKind::ConnectionRefused))),
            _ => {}
        }
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        tokio::spawn(self.clone().serve(number, theirs));
        let (connection, driver) = MultiplexedConnection::new(&INFO, ours).await?;
        tokio::spawn(driver);
        Ok(connection)
    }

    async fn serve(self, number: u32, mut pipe: DuplexStream) {
        let (mut buffer, mut from) = (vec![0; 1 << 16], 0);
        while let Ok(read @ 1..) = pipe.read(&mut buffer[from..]).await {
            let text = String::from_utf8_lossy(&buffer[..from + read]).into_owned();
            let (commands, used) = commands(&text);
            buffer.copy_within(used..from + read, 0);
            from = from + read - used;
            for name in commands {
                let shakes = ["CLIENT", "HELLO", "PING"].contains(&name.as_str());
                self.server().commands += u32::from(!shakes);
                if number <= self.server().silent {
                    continue;
                }
                let answer: &[u8] = match self.does() {
                    Does::Hangs | Does::Drops | Does::Refuses => continue,
                    Does::Mute if !shakes => continue,
                    Does::Garbage => b"\x16\x03garbage\r\n\0\xff",
                    Does::Loading if name != "CLIENT" => b"-LOADING Redis is loading the dataset in memory\r\n",
                    Does::Late(by) => {
                        sleep(by).await;
                        b"+OK\r\n"
                    }
                    _ => b"+OK\r\n",
                };
                let answer = if name == "GET" && answer == b"+OK\r\n" { b"$-1\r\n" } else { answer };
                if pipe.write_all(answer).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// The names of the complete commands, and how many bytes they take.
fn commands(text: &str) -> (Vec<String>, usize) {
    let (mut names, mut used) = (Vec::new(), 0);
    while let Some((name, length)) = command(&text[used..]) {
        names.push(name);
        used += length;
    }
    (names, used)
}

fn command(text: &str) -> Option<(String, usize)> {
    let (count, _) = text.strip_prefix('*')?.split_once("\r\n")?;
    let (mut words, mut at) = (Vec::new(), count.len() + 3);
    for _ in 0..count.parse().ok()? {
        let (length, _) = text.get(at..)?.strip_prefix('$')?.split_once("\r\n")?;
        at += length.len() + 3;
        let length: usize = length.parse().ok()?;
        words.push(text.get(at..at + length)?.to_owned());
        at += length + 2;
    }
    (at <= text.len()).then(|| (words[0].clone(), at))
}
