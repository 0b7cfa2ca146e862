//! Forgetting at the CDN, by tag.
//!
//! What the CDN keeps ends by itself after its `s-maxage`. What must be right sooner is forgotten by the tags that its
//! reply carried ([`Public`](super::Public)): one tag is every page that shows the thing, whatever their addresses are.
//!
//! Which CDN is a matter of settings, and both may be set:
//! * `PURGE_URL`: an HTTP `PURGE` there with the tags in a header (`xkey`, or what `PURGE_HEADER` says), as Varnish (xkey) and others take it;
//! * `PURGE_DISTRIBUTION`: an invalidation by cache tag at CloudFront, billed as one path a tag.
//!
//! With neither, purging is off and [`Purger::purge`] does nothing.
//!
//! # Promises
//! * `Ok` means that every CDN has taken every tag. After an error some tags may be forgotten and some not; to purge again
//!   is harmless, and the way to get there.
//! * A tag is sent once a call, however often it is named, and as many tags travel together as the CDN takes.
//! * A call that is repeated for the same cause is the same invalidation at CloudFront, billed once.

mod batch;
#[cfg(feature = "cloudfront")]
mod cloudfront;
mod error;
mod http;

pub use error::PurgeError;

use self::http::HttpPurge;
use super::Tag;
use crate::{
    config::{ConfigError, Vars},
    context::Cx,
};
use aws_config::SdkConfig;
use std::{collections::BTreeSet, time::Instant};

/// The variable that holds the address of a CDN that takes `PURGE`.
const HTTP_URL: &str = "PURGE_URL";
/// The variable that holds the name of the header for its tags; `xkey` when unset.
const HTTP_HEADER: &str = "PURGE_HEADER";
/// The variable that holds the id of a CloudFront distribution.
const DISTRIBUTION: &str = "PURGE_DISTRIBUTION";

/// Forgets replies at the CDN.
#[derive(Debug)]
pub struct Purger {
    http: Option<HttpPurge>,
    #[cfg(feature = "cloudfront")]
    cloudfront: Option<cloudfront::Invalidations>,
}

impl Purger {
    /// For the CDNs that the settings name. With none of them it says once that purging is off.
    pub fn from_vars(sdk: &SdkConfig, vars: &Vars) -> Result<Self, ConfigError> {
        let purger = Self {
            http: HttpPurge::from_vars(vars)?,
            #[cfg(feature = "cloudfront")]
            cloudfront: cloudfront::Invalidations::from_vars(sdk, vars)?,
        };
        #[cfg(not(feature = "cloudfront"))]
        let _ = sdk;
        let has_distribution = vars.optional(DISTRIBUTION).is_some();
        if has_distribution && cfg!(not(feature = "cloudfront")) {
            return Err(ConfigError::new(
                DISTRIBUTION,
                "is set, but this build knows no CloudFront: build with `--features cloudfront`",
            ));
        }
        if purger.http.is_none() && !has_distribution {
            tracing::info!("purging is off: neither {HTTP_URL} nor {DISTRIBUTION} is set");
        }
        Ok(purger)
    }

    /// Forgets every reply that carries one of `tags`. `causes` names what made it necessary, such as the ids of the
    /// events: the same causes again are the same purge, other causes are another, also with the same tags.
    pub async fn purge(&self, cx: &Cx, causes: &[&str], tags: &[Tag]) -> Result<(), PurgeError> {
        // Sorted, so that a repeated call is the same call.
        let tags: BTreeSet<_> = tags.iter().map(Tag::as_str).collect();
        let tags: Vec<_> = tags.into_iter().collect();
        cx.event.count("purged_tags", tags.len() as u64);
        let started = Instant::now();
        let done = self.everywhere(cx, causes, &tags).await;
        cx.event.time("purge", started.elapsed());
        done
    }

    #[cfg_attr(not(feature = "cloudfront"), expect(unused_variables, reason = "only CloudFront tells repeats apart"))]
    async fn everywhere(&self, cx: &Cx, causes: &[&str], tags: &[&str]) -> Result<(), PurgeError> {
        if let Some(http) = &self.http {
            http.purge(cx, tags).await?;
        }
        #[cfg(feature = "cloudfront")]
        if let Some(cloudfront) = &self.cloudfront {
            cloudfront.purge(cx, causes, tags).await?;
        }
        Ok(())
    }
}
