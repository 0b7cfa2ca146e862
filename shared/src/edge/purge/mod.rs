//! Purges the CDN by tag.
//!
//! The CDN drops a response by itself after its `s-maxage`. Content that must change sooner is
//! purged by the tags of its reply ([`Public`](super::Public)). One tag stands for every response
//! that shows the thing, whatever its address.
//!
//! Settings choose the CDN, and both may be set:
//! * `PURGE_URL`: an HTTP `PURGE` to this address, with the tags in a header (`xkey`, or the one
//!   that `PURGE_HEADER` names), as Varnish and others accept it.
//! * `PURGE_DISTRIBUTION`: an invalidation by cache tag at CloudFront, billed as one path a tag.
//!
//! With neither, [`Purger::purge`] does nothing.
//!
//! # Promises
//! * `Ok` means that every CDN has accepted every tag. After an error, some tags may be purged and
//!   others not; repeating the purge is harmless.
//! * A tag is sent once a call, however often the caller names it, and a request carries as many
//!   tags as the CDN accepts.
//! * A call that is repeated for the same cause is the same invalidation at CloudFront and is
//!   billed once.

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
    env::{PURGE_DISTRIBUTION, PURGE_URL},
    telemetry::fields,
};
use aws_config::SdkConfig;
use std::{collections::BTreeSet, time::Instant};

/// Purges the CDN.
#[derive(Debug)]
pub struct Purger {
    http: Option<HttpPurge>,
    #[cfg(feature = "cloudfront")]
    cloudfront: Option<cloudfront::Invalidations>,
}

impl Purger {
    /// For the CDNs that the settings name. If they name none, it logs once that purging is off.
    pub fn from_vars(sdk: &SdkConfig, vars: &Vars) -> Result<Self, ConfigError> {
        let purger = Self {
            http: HttpPurge::from_vars(vars)?,
            #[cfg(feature = "cloudfront")]
            cloudfront: cloudfront::Invalidations::from_vars(sdk, vars)?,
        };
        #[cfg(not(feature = "cloudfront"))]
        let _ = sdk;
        let has_distribution = vars.optional(PURGE_DISTRIBUTION).is_some();
        if has_distribution && cfg!(not(feature = "cloudfront")) {
            return Err(ConfigError::new(
                PURGE_DISTRIBUTION,
                "is set, but this build does not include CloudFront: build with `--features cloudfront`",
            ));
        }
        if purger.http.is_none() && !has_distribution {
            tracing::info!("purging is off: neither {} nor {} is set", PURGE_URL.name, PURGE_DISTRIBUTION.name);
        }
        Ok(purger)
    }

    /// Purges every response that carries one of `tags`. `causes` names the reasons, such as the
    /// ids of events. The same tags with the same causes are the same purge; with other causes they
    /// are another one.
    pub async fn purge(&self, cx: &Cx, causes: &[&str], tags: &[Tag]) -> Result<(), PurgeError> {
        // Sorted, so that a repeated call is the same call.
        let tags: BTreeSet<_> = tags.iter().map(Tag::as_str).collect();
        let tags: Vec<_> = tags.into_iter().collect();
        cx.event.count(fields::PURGED_TAGS, tags.len() as u64);
        let started = Instant::now();
        let done = self.everywhere(cx, causes, &tags).await;
        cx.event.time(fields::PURGE, started.elapsed());
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
