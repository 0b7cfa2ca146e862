//! Keys of pages.

use super::Policy;
use serde::{Serialize, de::DeserializeOwned};

/// The key of a page, bound to the type of the page.
pub trait PageKey: Sync {
    /// The type of the page. It needs no version: it is good until its family is invalidated.
    type Value: Serialize + DeserializeOwned + Clone + Send + Sync + 'static;

    /// The version of the value's form, as in [`CacheKey::SCHEMA`](super::CacheKey::SCHEMA).
    const SCHEMA: u16;

    /// How long a page is good. Its `l1_ttl` bounds how long an environment does not notice a new
    /// generation.
    const POLICY: Policy;

    /// The family: the pages that change together, such as `things`.
    const FAMILY: &'static str;

    /// Which page of the family this is: everything that it depends on.
    fn page(&self) -> String;
}
