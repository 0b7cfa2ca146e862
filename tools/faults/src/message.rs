//! HTTP/1.1 messages of a connection, one after the other, with their bytes unchanged.

use std::{
    fmt::Write as _,
    io::{Error, ErrorKind, Result},
    net::SocketAddr,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The largest head that is read, in bytes.
const HEAD: usize = 64 * 1024;
/// The most headers of a head.
const HEADERS: usize = 128;

/// A request or an answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct HttpMessage {
    /// The head and the body, as they came.
    pub(crate) bytes: Vec<u8>,
    /// Where the body begins.
    body_at: usize,
    /// The method and the target of a request; empty in an answer.
    pub(crate) method: String,
    pub(crate) target: String,
    /// The status of an answer; 0 in a request.
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
}

impl HttpMessage {
    /// A header's value; empty when there is no such header.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    /// The first line and the headers.
    pub(crate) fn head(&self) -> &[u8] {
        &self.bytes[..self.body_at]
    }

    /// The body. A chunked body contains the sizes of its chunks.
    pub(crate) fn body(&self) -> &[u8] {
        &self.bytes[self.body_at..]
    }

    /// Whether its sender keeps the connection open.
    pub(crate) fn keeps_alive(&self) -> bool {
        !self.header("connection").eq_ignore_ascii_case("close")
    }

    /// The same request with another body.
    pub(crate) fn with_body(&self, body: &[u8]) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        for (name, value) in &self.headers {
            let framing = ["content-length", "transfer-encoding"];
            if !framing.iter().any(|each| name.eq_ignore_ascii_case(each)) {
                bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
            }
        }
        bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
        bytes.extend_from_slice(body);
        bytes
    }
}

/// The bytes of an answer.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} -\r\n");
    for (name, value) in headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    format!("{text}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// What is read next. The end of the body depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Awaited {
    Request,
    /// The answer to a HEAD has no body, whatever its headers say.
    AnswerToHead,
    Answer,
}

/// A connection, and the bytes of the next message that were read so far.
#[derive(Debug)]
pub(crate) struct HttpConnection {
    pub(crate) stream: TcpStream,
    buffer: Vec<u8>,
}

impl HttpConnection {
    pub(crate) fn new(stream: TcpStream) -> Self {
        // Messages are small: send each at once, without waiting for an acknowledgement.
        let _ = stream.set_nodelay(true);
        Self { stream, buffer: Vec::new() }
    }

    pub(crate) async fn to(address: SocketAddr) -> Result<Self> {
        TcpStream::connect(address).await.map(Self::new)
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Resets the connection, as a server does that has gone away.
    pub(crate) fn reset(self) {
        let _ = self.stream.set_zero_linger();
    }

    /// Reads and answers nothing, until the other side closes.
    pub(crate) async fn ignore(mut self) {
        self.buffer.clear();
        while self.more().await.is_ok_and(|read| read > 0) {
            self.buffer.clear();
        }
    }

    /// The next message; `None` when the other side has closed after the last one.
    pub(crate) async fn read(&mut self, awaited: Awaited) -> Result<Option<HttpMessage>> {
        loop {
            let Some(mut message) = self.read_head(awaited).await? else { return Ok(None) };
            // "100 Continue" and similar come before the answer.
            if !(100..200).contains(&message.status) {
                self.read_body(&mut message, awaited).await?;
                return Ok(Some(message));
            }
        }
    }

    async fn read_head(&mut self, awaited: Awaited) -> Result<Option<HttpMessage>> {
        loop {
            if let Some(message) = parse(&self.buffer, awaited)? {
                self.buffer.drain(..message.body_at);
                return Ok(Some(message));
            }
            if self.buffer.len() > HEAD {
                return Err(Error::new(ErrorKind::InvalidData, "the head has no end"));
            }
            match self.more().await? {
                0 if self.buffer.is_empty() => return Ok(None),
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                _ => {}
            }
        }
    }

    async fn read_body(&mut self, message: &mut HttpMessage, awaited: Awaited) -> Result<()> {
        if message.header("transfer-encoding").eq_ignore_ascii_case("chunked") {
            return self.read_chunks(message).await;
        }
        let none = awaited == Awaited::AnswerToHead || matches!(message.status, 204 | 304);
        match message.header("content-length").parse() {
            _ if none => Ok(()),
            Ok(length) => self.take(message, length).await,
            Err(_) if awaited == Awaited::Request => Ok(()),
            // An answer without a length ends when its connection does.
            Err(_) => {
                while self.more().await? > 0 {}
                message.bytes.append(&mut self.buffer);
                Ok(())
            }
        }
    }

    async fn read_chunks(&mut self, message: &mut HttpMessage) -> Result<()> {
        loop {
            let end = loop {
                match self.buffer.windows(2).position(|two| two == b"\r\n") {
                    Some(end) => break end,
                    None if self.more().await? == 0 => return Err(ErrorKind::UnexpectedEof.into()),
                    None => {}
                }
            };
            let line = String::from_utf8_lossy(&self.buffer[..end]);
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|e| Error::new(ErrorKind::InvalidData, e))?;
            // The line with the size, the chunk, and the end of its line. AWS sends no trailers.
            self.take(message, end + 2 + size + 2).await?;
            if size == 0 {
                return Ok(());
            }
        }
    }

    async fn take(&mut self, message: &mut HttpMessage, length: usize) -> Result<()> {
        while self.buffer.len() < length {
            if self.more().await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        message.bytes.extend(self.buffer.drain(..length));
        Ok(())
    }

    async fn more(&mut self) -> Result<usize> {
        self.buffer.reserve(16 * 1024);
        self.stream.read_buf(&mut self.buffer).await
    }
}

/// The head at the beginning of `bytes`; `None` when it is not complete.
pub(crate) fn parse(bytes: &[u8], awaited: Awaited) -> Result<Option<HttpMessage>> {
    let mut space = [httparse::EMPTY_HEADER; HEADERS];
    let wrong = |e| Error::new(ErrorKind::InvalidData, e);
    let mut message = HttpMessage::default();
    let (status, headers) = if awaited == Awaited::Request {
        let mut request = httparse::Request::new(&mut space);
        let status = request.parse(bytes).map_err(wrong)?;
        request.method.unwrap_or_default().clone_into(&mut message.method);
        request.path.unwrap_or_default().clone_into(&mut message.target);
        (status, request.headers)
    } else {
        let mut response = httparse::Response::new(&mut space);
        let status = response.parse(bytes).map_err(wrong)?;
        message.status = response.code.unwrap_or_default();
        (status, response.headers)
    };
    let httparse::Status::Complete(end) = status else { return Ok(None) };
    let text =
        |header: &httparse::Header<'_>| (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned());
    message.headers = headers.iter().map(text).collect();
    message.bytes = bytes[..end].to_vec();
    message.body_at = end;
    Ok(Some(message))
}
