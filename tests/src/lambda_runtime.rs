//! Lambda's Runtime API in this process, and a function that runs under it as its own process. Only
//! a real process shows what a function does when it panics or is killed.
//!
//! The API is HTTP with two requests that matter: the function requests the next event, which
//! blocks, and posts its answer ("Using the Lambda runtime API for custom runtimes", AWS Lambda
//! Developer Guide).

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a harness that cannot go on has failed the test")]

use crate::http::{self, Message, Server};
use serde_json::Value;
use std::{
    io::BufReader,
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A function that runs, for one event at a time.
#[derive(Debug)]
pub struct Function {
    process: Child,
    events: Sender<Invocation>,
    answers: Receiver<Value>,
    number: u32,
    ahead_s: i64,
    _server: Server,
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
        let (events, waiting) = channel();
        let (answered, answers) = channel();
        let (waiting, answered) = (Mutex::new(waiting), Mutex::new(answered));
        let server = Server::start(move |stream| {
            let answered = answered.lock().unwrap().clone();
            serve(stream, &waiting, &answered);
        });
        let server = server.unwrap();
        Self {
            process: spawn(program, server.address, variables),
            events,
            answers,
            number: 0,
            ahead_s: 0,
            _server: server,
        }
    }

    /// Hands over an event, and kills the process (SIGKILL) after this time, if it still works on
    /// it then.
    pub fn invoke_and_kill(&mut self, event: &Value, limit: Duration, after: Duration) -> Option<Value> {
        self.hand_over(event, limit);
        if let Ok(answer) = self.answers.recv_timeout(after) {
            return Some(answer);
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
        // It may have answered while it was aimed at.
        self.answers.try_recv().ok()
    }

    /// [`invoke`](Self::invoke) by a platform whose clock is so many seconds ahead of the
    /// function's.
    pub fn invoke_as_of(&mut self, event: &Value, limit: Duration, ahead_s: i64) -> Option<Value> {
        self.ahead_s = ahead_s;
        self.invoke(event, limit)
    }

    fn hand_over(&mut self, event: &Value, limit: Duration) {
        self.number += 1;
        let deadline = (SystemTime::now() + limit).duration_since(UNIX_EPOCH).unwrap();
        let deadline_ms = deadline.as_millis().saturating_add_signed(i128::from(self.ahead_s) * 1_000);
        let id = format!("request-{}", self.number);
        self.events.send(Invocation { id, deadline_ms, body: event.to_string() }).unwrap();
    }

    /// Hands over an event; the answer, or `None` when the process has ended or does not answer in
    /// `limit`, which is also what it is told that it has.
    pub fn invoke(&mut self, event: &Value, limit: Duration) -> Option<Value> {
        self.hand_over(event, limit);
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
    loop {
        let request = Message::read(&mut reader)?;
        if request.about.ends_with("/invocation/next") {
            let next = waiting.lock().ok()?.recv().ok()?;
            let deadline = next.deadline_ms.to_string();
            let headers = [
                ("content-type", "application/json"),
                ("lambda-runtime-aws-request-id", next.id.as_str()),
                ("lambda-runtime-deadline-ms", deadline.as_str()),
                ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-central-1:000000000000:function:function"),
            ];
            http::write(stream, "HTTP/1.1 200 OK", &headers, next.body.as_bytes()).ok()?;
        } else {
            http::write(stream, "HTTP/1.1 202 Accepted", &[], b"").ok()?;
            answered.send(request.json()).ok()?;
        }
    }
}
