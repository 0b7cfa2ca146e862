//! What goes wrong, where, and how often.

use serde::{Deserialize, Serialize};

/// The service name of what stands behind a cache's address.
pub const CACHE: &str = "cache";

/// A fault, the calls that it strikes, and how often it does.
///
/// As JSON: `{"fault": "hang", "service": "dynamodb", "operation": "GetItem"}`, or
/// `{"fault": {"add-delay": {"milliseconds": 1000}}, "service": "cache", "percentage": 50}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What happens.
    pub fault: Fault,
    /// The service: `cache`, or as credential scopes name it (`dynamodb`, `sqs`, `ses`, `s3`,
    /// `ssm`, `cloudfront`). All of them when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The operation, as AWS names it (`GetItem`, `SendEmail`), or the command (`GET`, `EVALSHA`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Text that must stand in the call: a table's name, a queue's, a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// How many of a hundred calls are struck, by the board's seed.
    #[serde(default = "all", skip_serializing_if = "is_all")]
    pub percentage: f64,
    /// After so many calls were struck, the rule rests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// Comes and goes, from the moment that the rule was set.
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

/// A fault that is there for a while, is gone for a while, and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flap {
    /// Milliseconds that it is there.
    pub on_milliseconds: u64,
    /// Milliseconds that it is gone.
    pub off_milliseconds: u64,
}

/// What happens to a call. Names and meanings are those of AWS FIS's actions on Lambda where these
/// have one: `add-delay`, `error`, `http-response` ("AWS FIS actions reference").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// The server is gone. Its connections are reset, those that are idle too when the rule has
    /// neither operation nor resource; new ones are reset as soon as they are made.
    Down,
    /// The call is taken and never answered. Its connection stays silent, also after the rule: what
    /// was lost on the way is not found again.
    Hang,
    /// Connections from before the rule are silent, new ones are served: what a frozen environment
    /// finds when the other side has forgotten it.
    HalfOpen,
    /// The call is done. The answer is bytes that are no HTTP, and no RESP.
    Garbage,
    /// The call is done. The answer is well-formed and of no use: not what was asked for.
    Nonsense,
    /// The call is done, and the connection is reset in place of an answer.
    LostAnswer,
    /// The call is done this much later, also when nobody waits for it any more.
    AddDelay {
        /// The delay.
        milliseconds: u64,
        /// Up to so much more.
        #[serde(default)]
        jitter_milliseconds: u64,
    },
    /// The service answers that it failed.
    Error {
        /// The error's code, as the service names it. `InternalServerError` when it is left out,
        /// for a cache `ERR`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// The status of the answer; 500 when it is left out. A cache has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status_code: Option<u16>,
        /// Whether the call is not done either. `false` is an answer that was lost after the work.
        #[serde(default = "yes")]
        prevent_execution: bool,
    },
    /// This answer, in place of the service's. A cache sends the body alone.
    HttpResponse {
        /// Its status.
        status_code: u16,
        /// Its type.
        #[serde(default = "json")]
        content_type: String,
        /// Its body.
        #[serde(default)]
        body: String,
        /// Whether the call is not done either.
        #[serde(default = "yes")]
        prevent_execution: bool,
    },
    /// The service says that it was asked too often, in its own words, and does nothing.
    Throttle,
    /// A part of a batch is not done and named so: `UnprocessedKeys`, `UnprocessedItems`, `Failed`.
    /// At least one entry, and each other by this chance. Calls that are no batches pass.
    PartialBatch {
        /// Of a hundred entries, how many fail.
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
    /// [`Fault::AddDelay`], always the same.
    pub fn delay(milliseconds: u64) -> Self {
        Self::AddDelay { milliseconds, jitter_milliseconds: 0 }
    }

    /// [`Fault::Error`] with a status of 500, in place of the work.
    pub fn error(code: &str) -> Self {
        Self::Error { code: Some(code.to_owned()), status_code: None, prevent_execution: true }
    }
}

impl Rule {
    /// `fault`, on all calls.
    pub fn new(fault: Fault) -> Self {
        Self { fault, service: None, operation: None, resource: None, percentage: all(), times: None, flap: None }
    }

    /// On calls of this service only.
    #[must_use]
    pub fn service(self, service: &str) -> Self {
        Self { service: Some(service.to_owned()), ..self }
    }

    /// On this operation only.
    #[must_use]
    pub fn operation(self, operation: &str) -> Self {
        Self { operation: Some(operation.to_owned()), ..self }
    }

    /// On calls that hold this text only.
    #[must_use]
    pub fn resource(self, resource: &str) -> Self {
        Self { resource: Some(resource.to_owned()), ..self }
    }

    /// On so many of a hundred calls.
    #[must_use]
    pub fn percentage(self, percentage: f64) -> Self {
        Self { percentage, ..self }
    }

    /// On so many calls, and then on none.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self { times: Some(times), ..self }
    }

    /// There for `on` milliseconds, gone for `off`.
    #[must_use]
    pub fn flapping(self, on: u64, off: u64) -> Self {
        Self { flap: Some(Flap { on_milliseconds: on, off_milliseconds: off }), ..self }
    }

    /// Whether it takes everything of a service, so that idle connections notice.
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
