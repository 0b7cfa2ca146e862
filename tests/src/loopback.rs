//! AWS on a port of this machine, for programs: SQS and SES of this process, and DynamoDB behind
//! it.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a harness that cannot go on has failed the test")]

use crate::{
    http::{self, Message, Server},
    in_process::Service,
    sqs::Fault,
};
use serde_json::{Value, json};
use std::{
    io::BufReader,
    net::TcpStream,
    sync::{Arc, Mutex},
};

/// Decides what becomes of a request to DynamoDB.
pub type Rule = Box<dyn FnMut() -> Fault + Send>;

/// What stands in for AWS.
pub struct Loopback {
    server: Server,
}

struct Inside {
    queues: Service,
    mail: Service,
    dynamo: String,
    rule: Mutex<Rule>,
}

impl Loopback {
    /// SQS, SES, and the DynamoDB at `dynamo` (`http://host:port`), whose requests fail as `rule`
    /// says.
    pub fn start(queues: Service, mail: Service, dynamo: &str, rule: Rule) -> Self {
        let dynamo = dynamo.trim_start_matches("http://").to_owned();
        let inside = Arc::new(Inside { queues, mail, dynamo, rule: Mutex::new(rule) });
        Self { server: Server::start(move |stream| inside.serve(stream).unwrap_or_default()).unwrap() }
    }

    /// For `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }
}

impl Inside {
    /// Answers the requests of one connection, until it is closed.
    fn serve(&self, stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        loop {
            let request = Message::read(&mut reader)?;
            let target = request.header("x-amz-target").to_owned();
            let (status, body) = match target.rsplit_once('.') {
                Some((service, operation)) if service.contains("SQS") => {
                    text((self.queues)(operation, &request.json()))
                }
                Some(_) => self.table(&request)?,
                None => text((self.mail)(&request.about, &request.json())),
            };
            let first = format!("HTTP/1.1 {status} -");
            http::write(stream, &first, &[("content-type", "application/x-amz-json-1.0")], &body).ok()?;
        }
    }

    fn table(&self, request: &Message) -> Option<(u16, Vec<u8>)> {
        let fault = (self.rule.lock().unwrap())();
        let failed = || text((500, json!({"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError"})));
        if fault == Fault::Before {
            return Some(failed());
        }
        let to = TcpStream::connect(&self.dynamo).ok()?;
        let kept = ["x-amz-target", "content-type", "authorization", "x-amz-date"];
        let mut headers: Vec<_> = kept.iter().map(|name| (*name, request.header(name))).collect();
        headers.extend([("host", self.dynamo.as_str()), ("connection", "close")]);
        http::write(&to, "POST / HTTP/1.1", &headers, &request.body).ok()?;
        let answer = Message::read(&mut BufReader::new(&to))?;
        Some(if fault == Fault::After { failed() } else { (answer.about.parse().ok()?, answer.body) })
    }
}

fn text((status, body): (u16, Value)) -> (u16, Vec<u8>) {
    (status, body.to_string().into_bytes())
}
