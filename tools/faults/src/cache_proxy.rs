//! The proxy in front of a cache. It reads commands one by one and in order, and applies the faults
//! that strike them.
//!
//! Successive commands that no rule strikes are sent together, as they came. On a connection that
//! subscribes or monitors (`SUBSCRIBE`, `MONITOR`) the server also sends what is no answer to a
//! command; the proxy forwards it.

use crate::{
    call::{Call, Strike},
    registry::Registry,
    resp,
    rule::{CACHE, Fault},
};
use std::{
    io::{ErrorKind, Result},
    net::SocketAddr,
    time::Instant,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::sleep_until,
};

/// No answer of this protocol begins like this. It looks like TLS, which is what a client receives
/// that connects to the wrong port.
pub(crate) const GARBAGE: &[u8] = b"\x16\x03garbage\r\n\0\xff";
const NONSENSE: &[u8] = b":42\r\n";

/// What a client sent, and when.
type Arrival = (Instant, Vec<u8>);

/// How a connection ends.
enum End {
    Close,
    Reset,
}

/// Serves one connection to its end.
pub(crate) async fn serve(registry: &Registry, client: TcpStream, upstream: SocketAddr) {
    let connected = Instant::now();
    let server = if registry.is_down(CACHE) { None } else { TcpStream::connect(upstream).await.ok() };
    let Some(server) = server else {
        let _ = client.set_zero_linger();
        return;
    };
    for stream in [&client, &server] {
        let _ = stream.set_nodelay(true);
    }
    let (from_client, client) = client.into_split();
    let (arrivals, mut inbox) = unbounded_channel();
    let mut connection = CacheConnection { registry, connected, client, server, answers: Vec::new() };
    let end = tokio::select! {
        biased;
        end = connection.run(&mut inbox) => end.unwrap_or(End::Reset),
        () = registry.until_cut(CACHE, connected) => End::Reset,
        () = receive(from_client, arrivals) => End::Close,
    };
    if matches!(end, End::Reset) {
        let _ = connection.client.as_ref().set_zero_linger();
    }
}

/// Reads what the client sends as soon as it arrives, because a delay counts from then. It never
/// returns: the inbox is closed when the client has closed.
async fn receive(mut client: OwnedReadHalf, arrivals: UnboundedSender<Arrival>) {
    let mut buffer = Vec::with_capacity(16 * 1024);
    while client.read_buf(&mut buffer).await.is_ok_and(|read| read > 0) {
        if arrivals.send((Instant::now(), std::mem::take(&mut buffer))).is_err() {
            break;
        }
    }
    drop(arrivals);
    std::future::pending::<()>().await;
}

struct CacheConnection<'a> {
    registry: &'a Registry,
    connected: Instant,
    client: OwnedWriteHalf,
    server: TcpStream,
    /// Bytes that the server has sent and that were not used yet.
    answers: Vec<u8>,
}

impl CacheConnection<'_> {
    async fn run(&mut self, inbox: &mut UnboundedReceiver<Arrival>) -> Result<End> {
        let mut buffer = Vec::new();
        loop {
            let arrival = tokio::select! {
                arrival = inbox.recv() => arrival,
                read = self.server.read_buf(&mut self.answers) => {
                    if read? == 0 {
                        return Ok(End::Close);
                    }
                    self.client.write_all(&self.answers).await?;
                    self.answers.clear();
                    continue;
                }
            };
            let Some((arrived, bytes)) = arrival else { return Ok(End::Close) };
            buffer.extend_from_slice(&bytes);
            let (mut at, mut plain_from, mut plain) = (0, 0, 0);
            while let Some(command) = resp::command(&buffer[at..]) {
                let text = &buffer[at..at + command.length];
                let (service, operation) = (CACHE, command.name.as_str());
                let call = Call { service, operation, parts: [text, b""], connected: self.connected };
                if let Some(strike) = self.registry.decide(&call) {
                    self.forward(&buffer[plain_from..at], plain).await?;
                    if let Some(end) = self.strike(strike, text, arrived, inbox).await? {
                        return Ok(end);
                    }
                    (plain_from, plain) = (at + command.length, 0);
                } else {
                    plain += 1;
                }
                at += command.length;
            }
            self.forward(&buffer[plain_from..at], plain).await?;
            buffer.drain(..at);
        }
    }

    /// Sends these commands to the server, and this number of answers to the client.
    async fn forward(&mut self, commands: &[u8], count: usize) -> Result<()> {
        self.server.write_all(commands).await?;
        for _ in 0..count {
            let answer = self.answer().await?;
            self.client.write_all(&answer).await?;
        }
        Ok(())
    }

    /// Sends a command to the server. Returns the answer, and does not send it to the client.
    async fn perform(&mut self, command: &[u8]) -> Result<Vec<u8>> {
        self.server.write_all(command).await?;
        self.answer().await
    }

    async fn answer(&mut self) -> Result<Vec<u8>> {
        loop {
            if let Some(length) = resp::reply(&self.answers) {
                return Ok(self.answers.drain(..length).collect());
            }
            if self.server.read_buf(&mut self.answers).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    }

    async fn strike(
        &mut self,
        strike: Strike,
        command: &[u8],
        arrived: Instant,
        inbox: &mut UnboundedReceiver<Arrival>,
    ) -> Result<Option<End>> {
        let answer = match strike.fault {
            Fault::Down => return Ok(Some(End::Reset)),
            Fault::Hang | Fault::HalfOpen => {
                while inbox.recv().await.is_some() {}
                return Ok(Some(End::Close));
            }
            Fault::LostAnswer => {
                self.perform(command).await?;
                return Ok(Some(End::Reset));
            }
            Fault::AddDelay { .. } => {
                sleep_until((arrived + strike.delay).into()).await;
                self.perform(command).await?
            }
            Fault::PartialBatch { .. } => self.perform(command).await?,
            Fault::Garbage => self.replace(command, false, GARBAGE).await?,
            Fault::Nonsense => self.replace(command, false, NONSENSE).await?,
            Fault::Throttle => self.replace(command, true, b"-BUSY an injected fault\r\n").await?,
            Fault::Error { code, prevent_execution, .. } => {
                let text = format!("-{} an injected fault\r\n", code.as_deref().unwrap_or("ERR"));
                self.replace(command, prevent_execution, text.as_bytes()).await?
            }
            Fault::HttpResponse { body, prevent_execution, .. } => {
                self.replace(command, prevent_execution, body.as_bytes()).await?
            }
        };
        self.client.write_all(&answer).await?;
        Ok(None)
    }

    /// `answer` in place of the server's. The command is executed first, unless that is prevented.
    async fn replace(&mut self, command: &[u8], prevent_execution: bool, answer: &[u8]) -> Result<Vec<u8>> {
        if !prevent_execution {
            self.perform(command).await?;
        }
        Ok(answer.to_vec())
    }
}
