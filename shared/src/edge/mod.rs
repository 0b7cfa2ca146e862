//! What the CDN may keep, decided by type.
//!
//! A shared cache that stores one person's response and serves it to another is a privacy incident,
//! and one header in the wrong place is enough. So no handler sets that header. A route replies
//! with [`Public`] or [`Private`], and [`ReplyTo`] accepts `Public` only for an audience that is
//! [`Unauthenticated`].
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

/// The CDN keeps a response for the route's whole time only if the route made it in less than this.
/// A purge waits at least as long after the caches have forgotten the old value. So no response
/// that was made from the old value reaches the CDN after the purge and stays there.
pub const QUICK: Duration = Duration::from_millis(500);

mod etag;
mod origin;
mod purge;
mod reply;
mod tag;

pub use etag::{BadTags, EntityTag, TagList, conditional};
pub use origin::{Network, NoViewer, OriginAuth};
pub use purge::{PurgeError, Purger};
pub use reply::{
    Accepted, Created, NoContent, Private, Public, Replaced, ReplyTo, Response, Shared, Unauthenticated, json,
};
pub use tag::{MAX_TAGS, Tag};
