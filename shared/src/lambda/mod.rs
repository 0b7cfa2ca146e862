//! The two entrances: [`serve`] for HTTP and `consume` for batches. Nothing outside this folder knows that it runs on
//! Lambda.
//!
//! A route is a type that implements [`Route`]. Its signature says everything that a reviewer asks first: who may call
//! it ([`Audience`]), what it takes ([`Input`]), what it may answer ([`ReplyTo`](crate::edge::ReplyTo)), and what it needs
//! (`State`, made once at init, of only what it uses).

mod audience;
mod head;
mod input;
mod problem;
mod route;
mod serve;
mod text;

pub use audience::{Anyone, Audience, SignedIn};
pub use head::Head;
pub use input::{Input, Json, MAX_BODY, Path, Query};
pub use problem::{FieldError, Problem};
pub use route::{Ready, Route, Spec};
pub use serve::{Request, answer, serve};
pub use text::plain_text;
