//! Lambda's Runtime API in this process, and a function that runs under it as a process of its own: what a function does when
//! it panics, or is killed, only a real one shows.
//!
//! The API is HTTP with two requests that matter: the function asks for the next event, which waits, and posts its answer
//! ("Using the Lambda runtime API for custom runtimes", AWS Lambda Developer Guide).

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a harness that cannot go on has failed the test")]

use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A function that runs, for one event at a time.
#[derive(Debug)]
pub struct Function {
    process: Child,
    events: Sender<Invocation>,
    answers: Receiver<Value>,
    number: u32,
}

#[derive(Debug)]
struct Invocation {
    id: String,
    deadline_ms: u128,
    body: String,
}

impl Function {
    /// Starts a program as a function, with these variables.
    pub fn start(program: &Path, variables: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (events, waiting) = channel();
        let (answered, answers) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (waiting, answered) = (Arc::clone(&waiting), answered.clone());
                thread::spawn(move || serve(&stream, &waiting, &answered));
            }
        });
        Self { process: spawn(program, address, variables), events, answers, number: 0 }
    }

    /// Hands over an event; the answer, or `None` when the process has ended or does not answer in `limit`, which is also what
    /// it is told that it has.
    pub fn invoke(&mut self, event: &Value, limit: Duration) -> Option<Value> {
        self.number += 1;
        let deadline_ms = (SystemTime::now() + limit).duration_since(UNIX_EPOCH).unwrap().as_millis();
        let id = format!("request-{}", self.number);
        self.events.send(Invocation { id, deadline_ms, body: event.to_string() }).unwrap();
        let mut left = limit;
        let step = Duration::from_millis(20);
        loop {
            match self.answers.recv_timeout(step) {
                Ok(answer) => return Some(answer),
                Err(RecvTimeoutError::Timeout) if self.is_alive() && !left.is_zero() => {
                    left = left.saturating_sub(step);
                }
                Err(_) => return None,
            }
        }
    }

    /// Whether its process runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(program: &Path, api: SocketAddr, variables: &[(&str, &str)]) -> Child {
    let mut command = Command::new(program);
    command.env_clear().envs(variables.iter().copied());
    let given = [
        ("AWS_LAMBDA_RUNTIME_API", api.to_string().as_str()),
        ("AWS_LAMBDA_FUNCTION_NAME", "function"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "group"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ]
    .map(|(name, value)| (name, value.to_owned()));
    command.envs(given).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap_or_else(|e| panic!("{} cannot be started: {e}", program.display()))
}

/// Answers the requests of one connection, until it is closed.
fn serve(stream: &TcpStream, waiting: &Mutex<Receiver<Invocation>>, answered: &Sender<Value>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    loop {
        let (path, body) = request(&mut reader)?;
        if path.ends_with("/invocation/next") {
            let next = waiting.lock().unwrap().recv().ok()?;
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
                 Lambda-Runtime-Aws-Request-Id: {}\r\nLambda-Runtime-Deadline-Ms: {}\r\n\
                 Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-central-1:000000000000:function:function\r\n\r\n",
                next.body.len(),
                next.id,
                next.deadline_ms
            );
            writer.write_all(head.as_bytes()).ok()?;
            writer.write_all(next.body.as_bytes()).ok()?;
        } else {
            writer.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").ok()?;
            answered.send(serde_json::from_slice(&body).unwrap_or_default()).ok()?;
        }
    }
}

/// The path and the body of the next request.
fn request(reader: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let (mut length, mut chunked) = (0, false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        chunked |= header.starts_with("transfer-encoding:") && header.ends_with("chunked");
    }
    let mut body = Vec::new();
    if chunked {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size).ok()?;
            let size = usize::from_str_radix(size.trim(), 16).ok()?;
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk).ok()?;
            if size == 0 {
                break;
            }
            body.extend_from_slice(&chunk[..size]);
        }
    } else {
        body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
    }
    Some((path, body))
}
