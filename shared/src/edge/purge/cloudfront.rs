//! Purges CloudFront by cache tag.
//!
//! An item of an invalidation that begins with `#` is a tag ("Invalidating content by cache tags",
//! CloudFront Developer Guide); one that begins with `/` is a path. The distribution's
//! `CacheTagConfig` must name the header that holds the tags, here `Cache-Tag`.

use super::{PurgeError, batch::parts};
use crate::{
    config::{ConfigError, Vars},
    context::Cx,
    env::PURGE_DISTRIBUTION,
    sign::sha256_hex,
};
use aws_config::SdkConfig;
use aws_sdk_cloudfront::{
    Client,
    error::{BuildError, DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::create_invalidation::CreateInvalidationError,
    types::{InvalidationBatch, Paths},
};
use std::time::Duration;

/// How long one call may take. After that the message stays on its queue, which is no failure.
const LIMIT: Duration = Duration::from_secs(3);
/// How many tags a call has at most: a third of what may be in progress at the same time
/// ("Concurrent invalidation request maximum", CloudFront Developer Guide).
const TAGS: usize = 1_000;

/// Creates invalidations.
#[derive(Debug)]
pub(super) struct Invalidations {
    client: Client,
    distribution: String,
}

impl Invalidations {
    /// For the distribution in [`PURGE_DISTRIBUTION`]; `None` when it is unset.
    pub(super) fn from_vars(sdk: &SdkConfig, vars: &Vars) -> Result<Option<Self>, ConfigError> {
        let Some(distribution) = vars.optional(PURGE_DISTRIBUTION) else { return Ok(None) };
        if !distribution.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
            return Err(ConfigError::new(PURGE_DISTRIBUTION, "is no distribution's id: those are capitals and digits"));
        }
        Ok(Some(Self { client: Client::new(sdk), distribution }))
    }

    /// Purges every response that carries one of `tags`, which are sorted.
    pub(super) async fn purge(&self, cx: &Cx, causes: &[&str], tags: &[&str]) -> Result<(), PurgeError> {
        for part in parts(tags, TAGS, usize::MAX) {
            let batch = batch(causes, &part).map_err(|e| PurgeError::Refused(e.to_string()))?;
            let call = self.client.create_invalidation().distribution_id(&self.distribution).invalidation_batch(batch);
            match tokio::time::timeout(LIMIT.min(cx.time_left()), call.send()).await {
                Err(_) => return Err(PurgeError::Unavailable("no answer in time".to_owned())),
                Ok(Err(error)) => return Err(class(error)),
                Ok(Ok(_)) => {}
            }
        }
        Ok(())
    }
}

fn batch(causes: &[&str], tags: &[&str]) -> Result<InvalidationBatch, BuildError> {
    let item = |tag: &&str| if tag.starts_with('/') { (*tag).to_owned() } else { format!("#{tag}") };
    let items: Vec<_> = tags.iter().map(item).collect();
    let quantity = i32::try_from(items.len()).unwrap_or(i32::MAX);
    let paths = Paths::builder().quantity(quantity).set_items(Some(items)).build()?;
    InvalidationBatch::builder().caller_reference(reference(causes, tags)).paths(paths).build()
}

/// The reference by which CloudFront recognises a call that it has carried out before. It includes
/// the causes: with the tags alone, every later purge of the same tags would count as a repetition
/// and purge nothing.
fn reference(causes: &[&str], tags: &[&str]) -> String {
    let mut causes = causes.to_vec();
    causes.sort_unstable();
    sha256_hex(format!("{}\n\n{}", causes.join("\n"), tags.join("\n")).as_bytes())
}

fn class(error: SdkError<CreateInvalidationError>) -> PurgeError {
    let Some(service) = error.as_service_error() else {
        return PurgeError::Unavailable(DisplayErrorContext(error).to_string());
    };
    let code = service.code().unwrap_or("no code").to_owned();
    match service {
        CreateInvalidationError::TooManyInvalidationsInProgress(_) => PurgeError::Throttled(code),
        _ if code.contains("Throttl") || code.contains("TooManyRequests") => PurgeError::Throttled(code),
        CreateInvalidationError::AccessDenied(_)
        | CreateInvalidationError::BatchTooLarge(_)
        | CreateInvalidationError::InconsistentQuantities(_)
        | CreateInvalidationError::InvalidArgument(_)
        | CreateInvalidationError::MissingBody(_)
        | CreateInvalidationError::NoSuchDistribution(_) => PurgeError::Refused(code),
        _ => PurgeError::Unavailable(code),
    }
}
