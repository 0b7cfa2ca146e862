//! Why a call has no answer.

use redis::{ErrorKind, RedisError, ServerErrorKind};

/// A call that was not answered. All of them mean the same to a cache: carry on without.
#[derive(Debug, thiserror::Error)]
pub enum ValkeyError {
    /// The call was not sent: there is no connection at this moment, or the request has waited for
    /// long enough.
    #[error("valkey: not asked")]
    NotAsked,
    /// No answer in time. The command may have been carried out.
    #[error("valkey: no answer in time")]
    Timeout,
    /// The server answered that it will not do this. The connection is fine.
    #[error("valkey: {code} {text}")]
    Refused {
        /// The first word of the answer: `ERR`, `NOSCRIPT`, `WRONGTYPE`.
        code: String,
        /// The rest.
        text: String,
    },
    /// An answer of another shape than the command's.
    #[error("valkey: an answer of an unexpected shape")]
    Unexpected,
    /// The connection failed, or what came over it is not the protocol.
    #[error("valkey: {0}")]
    Broken(String),
}

impl From<RedisError> for ValkeyError {
    fn from(error: RedisError) -> Self {
        let text = error.detail().unwrap_or_default().to_owned();
        match error.kind() {
            // A cluster that moves a slot: the node is well, and has not this key at this moment.
            ErrorKind::Server(ServerErrorKind::Ask) => Self::Refused { code: "ASK".to_owned(), text },
            ErrorKind::Server(ServerErrorKind::TryAgain) => Self::Refused { code: "TRYAGAIN".to_owned(), text },
            // What a server that is starting, failing over or read-only says is no answer: another
            // server has it.
            ErrorKind::Server(ServerErrorKind::NoScript) => Self::Refused { code: "NOSCRIPT".to_owned(), text },
            ErrorKind::Server(ServerErrorKind::ResponseError) => Self::Refused { code: "ERR".to_owned(), text },
            ErrorKind::Extension => Self::Refused { code: error.code().unwrap_or("ERR").to_owned(), text },
            _ => Self::Broken(error.to_string()),
        }
    }
}
