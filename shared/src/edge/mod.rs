//! What the CDN may keep, decided by type.
//!
//! A shared cache that stores one person's answer and serves it to another is a privacy incident, and it happens by one
//! header set in the wrong place. So no handler sets that header: a route replies with [`Public`] or [`Private`], and
//! [`ReplyTo`] admits `Public` only where the route knows nobody: an audience that is [`Unauthenticated`].
//!
//! ```compile_fail,E0277
//! use shared::edge::{Public, ReplyTo};
//! struct SignedIn;
//! fn reply<W, R: ReplyTo<W>>(_: R) {}
//! reply::<SignedIn, _>(Public { body: "mine", tags: vec![] });
//! ```
//!
//! The same with `Private` compiles:
//!
//! ```
//! use shared::edge::{Private, ReplyTo};
//! struct SignedIn;
//! fn reply<W, R: ReplyTo<W>>(_: R) {}
//! reply::<SignedIn, _>(Private("mine"));
//! ```

use std::time::Duration;

/// The CDN keeps an answer for the route's whole time only if the route made it in less than this.
/// Whoever purges waits at least as long after the old value was forgotten, so that no answer that
/// was made from it arrives after the purge and stays.
pub const QUICK: Duration = Duration::from_millis(500);

mod etag;
mod origin;
mod purge;
mod reply;
mod tag;

pub use etag::{BadTags, EntityTag, TagList, conditional};
pub use origin::{Network, NoViewer, ORIGIN_SECRET, OriginAuth};
pub use purge::{PurgeError, Purger};
pub use reply::{
    Accepted, Created, NoContent, Private, Public, Replaced, ReplyTo, Response, Shared, Unauthenticated, json,
};
pub use tag::{MAX_TAGS, Tag};
