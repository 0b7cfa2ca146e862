//! What the tests share: the servers that they start.

pub mod redis;
