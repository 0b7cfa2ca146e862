//! The entrance for HTTP.
//!
//! A route is a type that implements [`Route`]. Its signature answers a reviewer's first questions:
//! who may call it ([`Audience`]), what it takes ([`Input`]), what it may answer
//! ([`ReplyTo`](crate::edge::ReplyTo)), and what it needs (`State`, made once at init).

mod audience;
mod challenge;
mod cors;
mod csrf;
mod errors;
mod event;
mod head;
mod headers;
mod if_match;
mod input;
mod limited;
mod problem;
mod query;
mod ready;
mod request;
mod route;
mod serve;
mod text;

pub use audience::{Anyone, Audience, SigningOut};
pub use cors::{Cors, Preflight};
pub use head::Head;
pub use headers::{HeaderForm, REPLY_HEADERS, REQUEST_HEADERS, ReplyHeader};
pub use if_match::Conditions;
pub use input::{IdempotencyKey, Input, Json, MAX_BODY, Path, PathParams, Query, list_of, replayed};
pub use problem::{FieldError, Problem, ProblemKind};
pub use ready::Ready;
pub use request::{Peer, Request};
pub use route::{Route, Spec};
pub use serve::{answer, answer_event, serve};
pub use text::{name_text, nfc, one_line, plain_text, shown_text};
