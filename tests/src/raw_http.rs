//! HTTP as bytes. Every client library mends a path before it sends it; an attacker's does not.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a harness that cannot go on has failed the test")]

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, pki_types::ServerName};
use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

/// An answer, as it came.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// A header's value; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// Whether it came out of the CDN: `HIT` here, `Hit from cloudfront` there.
    pub fn is_hit(&self) -> bool {
        self.header("x-cache").to_ascii_lowercase().contains("hit")
    }
}

/// Sends one request to `base` (`http://host:port`, or https) with the target as it stands, and
/// reads the answer.
pub fn ask(base: &str, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let (scheme, host) = base.split_once("://").unwrap();
    let host = host.trim_end_matches('/');
    let mut head = vec![format!("{method} {target} HTTP/1.1"), format!("Host: {host}"), "Connection: close".to_owned()];
    head.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    if !body.is_empty() {
        head.push(format!("Content-Length: {}", body.len()));
    }
    let request = format!("{}\r\n\r\n{body}", head.join("\r\n"));
    let answer = match scheme {
        "http" => exchange(connect(host, 80), &request),
        "https" => exchange(encrypted(host), &request),
        other => panic!("{other} is not spoken here"),
    };
    read(&answer).unwrap_or_else(|| panic!("{method} {target}: {:?}", String::from_utf8_lossy(&answer)))
}

/// [`ask`] with GET.
pub fn get(base: &str, target: &str) -> Answer {
    ask(base, "GET", target, &[], "")
}

fn connect(host: &str, port: u16) -> TcpStream {
    let address = if host.contains(':') { host.to_owned() } else { format!("{host}:{port}") };
    let stream = TcpStream::connect(&address).unwrap_or_else(|e| panic!("{address}: {e}"));
    stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
    stream
}

fn encrypted(host: &str) -> StreamOwned<ClientConnection, TcpStream> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from(host.split(':').next().unwrap().to_owned()).unwrap();
    StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), connect(host, 443))
}

fn exchange(mut stream: impl Read + Write, request: &str) -> Vec<u8> {
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // A server that refuses before it has read everything may reset the connection; what it said
    // counts.
    let _ = stream.read_to_end(&mut answer);
    answer
}

fn read(answer: &[u8]) -> Option<Answer> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let field = |line: &str| line.split_once(':').map(|(n, v)| (n.to_ascii_lowercase(), v.trim().to_owned()));
    let headers: Vec<_> = lines.filter_map(field).collect();
    let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = &answer[end + 4..];
    let body = if chunked { joined(body)? } else { body.to_vec() };
    Some(Answer { status, headers, body: String::from_utf8(body).ok()? })
}

/// A body that came in chunks.
fn joined(mut chunks: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = chunks.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&chunks[..end]).ok()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend(chunks.get(end + 2..end + 2 + size)?);
        chunks = &chunks[end + 2 + size + 2..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunked_answer_is_one_body() {
        let answer =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Cache: HIT\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        let read = read(answer).unwrap();
        assert_eq!((read.status, read.body.as_str(), read.is_hit()), (200, "abcde", true));
    }
}
