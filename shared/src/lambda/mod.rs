//! The entrances: [`serve`] for HTTP, [`consume`] and [`relay`] for batches. Nothing outside this folder knows that it runs on
//! Lambda.
//!
//! A route is a type that implements [`Route`]. Its signature says everything that a reviewer asks first: who may call
//! it ([`Audience`]), what it takes ([`Input`]), what it may answer ([`ReplyTo`](crate::edge::ReplyTo)), and what it needs
//! (`State`, made once at init, of only what it uses).

mod audience;
mod batch_event;
mod conditions;
mod consume;
mod consume_all;
mod consume_batch;
mod consume_desk;
mod consume_outcome;
mod cors;
mod csrf;
mod errors;
mod event;
mod head;
mod input;
mod limited;
mod object;
mod problem;
mod query;
mod relay;
mod relay_batch;
mod relay_change;
mod route;
mod runtime;
mod serve;
mod text;

pub use audience::{Admin, Anyone, Audience, SignedIn, SigningOut};
pub use conditions::Conditions;
pub use consume::{DEAD_LETTERS, Worker, consume};
pub use consume_all::{BatchConsumer, BatchWorker, consume_all};
pub use consume_batch::Consumer;
pub use cors::{Cors, Preflight};
pub use csrf::SITE_URL;
pub use head::Head;
pub use input::{IdempotencyKey, Input, Json, KEY_PATTERN, MAX_BODY, Path, Query, replayed};
pub use limited::Peer;
pub use object::objects;
pub use problem::{FieldError, Problem};
pub use relay::{Outlet, Post, RELAY_DEAD_LETTERS, Relay, relay};
pub use relay_batch::{Relayer, StreamEvent};
pub use relay_change::{Change, What};
pub use route::{Ready, Route, Spec};
pub use serve::{Request, answer, answer_event, serve};
pub use text::{name_text, nfc, one_line, plain_text, shown_text};
