//! Why a call has no answer.

use redis::{ErrorKind, RedisError, ServerErrorKind};

/// A call without an answer. To a cache all of these mean the same: continue without it.
#[derive(Debug, thiserror::Error)]
pub enum ValkeyError {
    /// The call was not sent: there is no connection at this moment, or the request has already
    /// waited for as long as it may.
    #[error("valkey: not asked")]
    NotAsked,
    /// There was no answer in time. The server may have carried out the command.
    #[error("valkey: no answer in time")]
    Timeout,
    /// The server refused the command. The connection works.
    #[error("valkey: {code} {text}")]
    Refused {
        /// The first word of the answer: `ERR`, `NOSCRIPT`, `WRONGTYPE`.
        code: String,
        /// The rest.
        text: String,
    },
    /// The answer has another shape than the command's answers have.
    #[error("valkey: an answer of an unexpected shape")]
    Unexpected,
    /// The connection failed, or the bytes are not the protocol.
    #[error("valkey: {0}")]
    Broken(String),
}

impl From<RedisError> for ValkeyError {
    fn from(error: RedisError) -> Self {
        let text = error.detail().unwrap_or_default().to_owned();
        match error.kind() {
            // A cluster moves the slot: the node works, and does not have this key at this moment.
            ErrorKind::Server(ServerErrorKind::Ask) => Self::Refused { code: "ASK".to_owned(), text },
            ErrorKind::Server(ServerErrorKind::TryAgain) => Self::Refused { code: "TRYAGAIN".to_owned(), text },
            // A server that is starting, failing over or read-only cannot answer; another server
            // can.
            ErrorKind::Server(ServerErrorKind::NoScript) => Self::Refused { code: "NOSCRIPT".to_owned(), text },
            ErrorKind::Server(ServerErrorKind::ResponseError) => Self::Refused { code: "ERR".to_owned(), text },
            ErrorKind::Extension => Self::Refused { code: error.code().unwrap_or("ERR").to_owned(), text },
            _ => Self::Broken(error.to_string()),
        }
    }
}
