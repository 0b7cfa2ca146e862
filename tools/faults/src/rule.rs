//! What goes wrong, where, and how often.

use serde::{Deserialize, Serialize};

/// The service name of a cache.
pub const CACHE: &str = "cache";

/// A fault, the calls that it strikes, and how often.
///
/// As JSON: `{"fault": "hang", "service": "dynamodb", "operation": "GetItem"}`, or
/// `{"fault": {"add-delay": {"milliseconds": 1000}}, "service": "cache", "percentage": 50}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What happens.
    pub fault: Fault,
    /// The service: `cache`, or its name in a credential scope (`dynamodb`, `sqs`, `ses`, `s3`,
    /// `ssm`, `cloudfront`). Without it, all services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The operation, as AWS names it (`GetItem`, `SendEmail`), or the command (`GET`, `EVALSHA`).
    /// Without it, all operations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Text that the call must contain: the name of a table or a queue, or a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The percentage of calls that are struck. Which calls follows from the seed.
    #[serde(default = "all", skip_serializing_if = "is_all")]
    pub percentage: f64,
    /// The rule ends after it has struck this number of calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// The rule goes on and off, starting when it is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flap: Option<Flap>,
}

fn all() -> f64 {
    100.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_all(percentage: &f64) -> bool {
    *percentage >= all()
}

/// How long a rule is on and off, by turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flap {
    /// Milliseconds that it is on.
    pub on_milliseconds: u64,
    /// Milliseconds that it is off.
    pub off_milliseconds: u64,
}

/// What happens to a call. `add-delay`, `error` and `http-response` have the names and meanings of
/// AWS FIS's actions on Lambda ("AWS FIS actions reference").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// The server is unreachable. Connections are reset at their next call. A rule without
    /// operation, resource, percentage and times also resets idle connections at once, and new ones
    /// as soon as they are made.
    Down,
    /// The call is received and never answered. Its connection stays silent after the rule has
    /// ended, too, as a connection does whose packets were lost.
    Hang,
    /// Connections from before the rule are silent, new ones are served. An environment that was
    /// frozen finds this when the other side has dropped its connections.
    HalfOpen,
    /// The call is executed. The answer is neither HTTP nor RESP.
    Garbage,
    /// The call is executed. The answer is well-formed, but does not fit the call.
    Nonsense,
    /// The call is executed, and the connection is reset in place of an answer.
    LostAnswer,
    /// The call is executed later, even if the client waits no more.
    AddDelay {
        /// The delay, in milliseconds.
        milliseconds: u64,
        /// A random part, from 0 to this number of milliseconds, is added to the delay.
        #[serde(default)]
        jitter_milliseconds: u64,
    },
    /// The service answers with an error.
    Error {
        /// The code of the error, as the service names it. Without it `InternalServerError`, or
        /// `ERR` for a cache.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// The HTTP status of the answer; 500 without it. A cache has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status_code: Option<u16>,
        /// Whether the call is not executed. With `false`, it is executed and its answer is lost.
        #[serde(default = "yes")]
        prevent_execution: bool,
    },
    /// This answer in place of the service's. A cache sends the body only.
    HttpResponse {
        /// The HTTP status.
        status_code: u16,
        /// The content type.
        #[serde(default = "json")]
        content_type: String,
        /// The body.
        #[serde(default)]
        body: String,
        /// Whether the call is not executed.
        #[serde(default = "yes")]
        prevent_execution: bool,
    },
    /// The service throttles: it answers with its own error for that, and executes nothing.
    Throttle,
    /// A part of a batch is not executed, and the answer names it: `UnprocessedKeys`,
    /// `UnprocessedItems`, `Failed`. It is at least one entry. Calls that are no batches go
    /// through.
    PartialBatch {
        /// The chance that an entry fails, in percent.
        share: u8,
    },
}

fn yes() -> bool {
    true
}

fn json() -> String {
    "application/json".to_owned()
}

impl Fault {
    /// [`Fault::AddDelay`] without a random part.
    pub fn delay(milliseconds: u64) -> Self {
        Self::AddDelay { milliseconds, jitter_milliseconds: 0 }
    }

    /// [`Fault::Error`] with the status 500; the call is not executed.
    pub fn error(code: &str) -> Self {
        Self::Error { code: Some(code.to_owned()), status_code: None, prevent_execution: true }
    }
}

impl Rule {
    /// A rule that strikes all calls with `fault`.
    pub fn new(fault: Fault) -> Self {
        Self { fault, service: None, operation: None, resource: None, percentage: all(), times: None, flap: None }
    }

    /// Strikes only calls of this service.
    #[must_use]
    pub fn service(self, service: &str) -> Self {
        Self { service: Some(service.to_owned()), ..self }
    }

    /// Strikes only this operation.
    #[must_use]
    pub fn operation(self, operation: &str) -> Self {
        Self { operation: Some(operation.to_owned()), ..self }
    }

    /// Strikes only calls that contain this text.
    #[must_use]
    pub fn resource(self, resource: &str) -> Self {
        Self { resource: Some(resource.to_owned()), ..self }
    }

    /// Strikes this percentage of the calls.
    #[must_use]
    pub fn percentage(self, percentage: f64) -> Self {
        Self { percentage, ..self }
    }

    /// Strikes this number of calls, and then none.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self { times: Some(times), ..self }
    }

    /// Is on for `on` milliseconds, off for `off` milliseconds, and so on.
    #[must_use]
    pub fn flapping(self, on: u64, off: u64) -> Self {
        Self { flap: Some(Flap { on_milliseconds: on, off_milliseconds: off }), ..self }
    }

    /// Whether it strikes every call of a service, so that idle connections are reset, too.
    pub(crate) fn is_whole(&self) -> bool {
        self.operation.is_none() && self.resource.is_none() && is_all(&self.percentage) && self.times.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_read_as_people_write_it() {
        let read = |text: &str| serde_json::from_str::<Rule>(text).unwrap();
        assert_eq!(read(r#"{"fault": "hang"}"#), Rule::new(Fault::Hang));
        let text = r#"{"fault": {"add-delay": {"milliseconds": 5}}, "service": "sqs", "percentage": 50}"#;
        assert_eq!(read(text), Rule::new(Fault::delay(5)).service("sqs").percentage(50.0));
        let text = r#"{"fault": {"error": {"code": "Busy"}}, "flap": {"on_milliseconds": 1, "off_milliseconds": 2}}"#;
        assert_eq!(read(text), Rule::new(Fault::error("Busy")).flapping(1, 2));
        assert!(serde_json::from_str::<Rule>(r#"{"fault": "hang", "operatoin": "GetItem"}"#).is_err());
    }

    #[test]
    fn what_is_written_is_read_again() {
        let rule = Rule::new(Fault::PartialBatch { share: 30 }).operation("BatchGetItem").resource("users").times(2);
        let text = serde_json::to_string(&rule).unwrap();
        assert_eq!(serde_json::from_str::<Rule>(&text).unwrap(), rule);
    }
}
