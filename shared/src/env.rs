//! Every environment variable that this crate reads, with its meaning and what holds without it.
//!
//! A product lists its own in the same way ([`variables!`](crate::variables)).
//! `docs/CONFIGURATION.md` is made from both lists (`make docs`), and a test compares them with
//! `template.yaml`.

/// An environment variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Var {
    /// Its name.
    pub name: &'static str,
    /// What it means, with its unit.
    pub meaning: &'static str,
    /// What holds while it is unset. An empty variable is an unset one.
    pub unset: Unset,
}

/// What holds while a variable is unset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unset {
    /// A function that uses it does not start.
    Fails,
    /// This value.
    Default(&'static str),
    /// Something is switched off, or left to somebody else: the text says what.
    Means(&'static str),
    /// It is always set: Lambda does that.
    SetByLambda,
}

impl Var {
    /// A variable without which a function does not start: for queues and tables that a test makes
    /// up.
    pub const fn required(name: &'static str) -> Self {
        Self { name, meaning: "", unset: Unset::Fails }
    }

    /// The value that holds while it is unset.
    pub const fn default(&self) -> Option<&'static str> {
        match self.unset {
            Unset::Default(value) => Some(value),
            _ => None,
        }
    }
}

/// Lists variables: a constant each, documented by its meaning, and `ALL` of them.
#[macro_export]
macro_rules! variables {
    ($($(#[doc = $meaning:literal])+ $name:ident: $unset:expr;)+) => {
        $($(#[doc = $meaning])+
        pub const $name: &$crate::env::Var = &$crate::env::Var {
            name: stringify!($name),
            meaning: concat!($($meaning),+),
            unset: $unset,
        };)+

        /// All of them.
        pub const ALL: &[&$crate::env::Var] = &[$($name),+];
    };
}

use Unset::{Default, Fails, Means, SetByLambda};

variables! {
    // Every function.

    /// The region whose services are called.
    AWS_REGION: SetByLambda;
    /// An address that all AWS services are called at in place of their own: the local cloud's.
    /// `AWS_ENDPOINT_URL_<SERVICE>`, as in `AWS_ENDPOINT_URL_DYNAMODB`, goes before it for one
    /// service.
    AWS_ENDPOINT_URL: Means("each service has its own address");
    /// The function's `Timeout`, in seconds. The function compares its clock with the platform's by
    /// it.
    FUNCTION_TIMEOUT: Default("30");
    /// A filter of `tracing` for warnings and errors, such as `info` or `warn,shared=debug`.
    RUST_LOG: Default("warn");

    // L2 and the memory of an environment.

    /// The address of L2, a Valkey or Redis: `redis://host:6379` for one server, with
    /// `?reader=host:6379` for a primary and its readers, `rediss://host:6379` for a cluster with
    /// TLS.
    CACHE_URL: Means("there is no L2");
    /// The most that the cache in an environment's memory may hold, in bytes.
    CACHE_L1_BYTES: Default("16777216");

    // Tables.

    /// The table of sessions, their epochs, and administrators' grants.
    SESSIONS_TABLE: Fails;
    /// The table of the signing keys.
    SIGNING_KEYS_TABLE: Fails;
    /// The table of idempotency records.
    IDEMPOTENCY_TABLE: Fails;
    /// The table in which limits count while L2 does not answer.
    LIMITS_TABLE: Fails;
    /// The table of counters.
    COUNTERS_TABLE: Fails;
    /// Over how many partition keys a counter is spread: a number, or `WRITTEN/READ` while the
    /// number is raised.
    COUNTER_SHARDS: Default("1");

    // HTTP.

    /// The site's address, as links in mails begin with it: `https://shop.example`. Its pages may
    /// write by cookie.
    SITE_URL: Means("a write by cookie is accepted only with `Sec-Fetch-Site: same-origin`; mails cannot be sent");
    /// Origins whose pages may use the API with a bearer token, with commas between them.
    CORS_ORIGINS: Means("no other origin may");
    /// What the CDN sends in `x-origin-secret` to prove itself: one secret of 16 characters or
    /// more, or two with a comma between them while it is being changed.
    ORIGIN_SECRET: Means("every caller is accepted, and no viewer's address is believed");
    /// The realm in `WWW-Authenticate`, which a client may show to a person who has to sign in.
    AUTH_REALM: Default("tuesday");
    /// Other rate limits than those in the code: `users-create:5/60;*:x2`
    /// (`shared/src/ratelimit/overrides.rs`).
    LIMITS: Means("the limits in the code hold");

    // The CDN.

    /// The address of a CDN that forgets by an HTTP `PURGE`.
    PURGE_URL: Means("no such CDN is purged");
    /// The header in which that CDN expects the tags.
    PURGE_HEADER: Default("xkey");
    /// The id of a CloudFront distribution that reads tags from `Cache-Tag`.
    PURGE_DISTRIBUTION: Means("no distribution is purged");

    // Mail and queues.

    /// The sender of every mail: an address that SES has verified.
    MAIL_FROM: Fails;
    /// How many mails a second SES allows the account; `inf` for as fast as they come.
    SES_RATE: Default("inf");
    /// The URL of the dead-letter queue behind the queue that a worker reads.
    DLQ_URL: Means("the worker buries nothing; the queue's redrive policy does, later");
    /// The URL of the queue for records that a relay cannot read or send.
    RELAY_DLQ_URL: Fails;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_listed_once_and_says_what_it_means() {
        let mut names: Vec<_> = ALL.iter().map(|var| var.name).collect();
        assert!(ALL.iter().all(|var| var.meaning.trim().ends_with('.')), "a meaning is a sentence");
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
