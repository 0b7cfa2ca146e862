//! Scripts and their answers.

use super::ValkeyError;
use redis::{Cmd, Value};

/// A Lua script. Make it once, because its hash is computed here.
#[derive(Debug, Clone)]
pub struct Script {
    text: &'static str,
    hash: String,
}

impl Script {
    /// The script with this text.
    pub fn new(text: &'static str) -> Self {
        Self { text, hash: redis::Script::new(text).get_hash().to_owned() }
    }

    pub(super) fn by_hash(&self, keys: &[&str], args: &[&[u8]]) -> Cmd {
        command("EVALSHA", &self.hash, keys, args)
    }

    pub(super) fn by_text(&self, keys: &[&str], args: &[&[u8]]) -> Cmd {
        command("EVAL", self.text, keys, args)
    }
}

fn command(name: &str, script: &str, keys: &[&str], args: &[&[u8]]) -> Cmd {
    let mut cmd = redis::cmd(name);
    cmd.arg(script).arg(keys.len()).arg(keys);
    for arg in args {
        cmd.arg(*arg);
    }
    cmd
}

/// The answer of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Lua's `nil` and `false`.
    Nil,
    /// A number, cut to an integer; `true` is 1.
    Int(i64),
    /// A string.
    Bytes(Vec<u8>),
    /// The array part of a table.
    List(Vec<Reply>),
}

impl TryFrom<Value> for Reply {
    type Error = ValkeyError;

    fn try_from(value: Value) -> Result<Self, ValkeyError> {
        Ok(match value {
            Value::Nil => Self::Nil,
            Value::Int(n) => Self::Int(n),
            Value::BulkString(bytes) => Self::Bytes(bytes),
            Value::SimpleString(text) => Self::Bytes(text.into_bytes()),
            Value::Okay => Self::Bytes(b"OK".to_vec()),
            Value::Array(values) => Self::List(values.into_iter().map(Self::try_from).collect::<Result<_, _>>()?),
            _ => return Err(ValkeyError::Unexpected),
        })
    }
}
