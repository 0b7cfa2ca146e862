//! Forgetting at the CDN: over HTTP, at CloudFront, and by the worker that reads what changed.

mod cloudfront;
mod http;
mod worker;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use shared::{
    config::{ConfigError, Vars},
    edge::{Purger, Tag},
};
use std::time::Duration;

/// Settings of the SDK that lead to `url`.
fn sdk(url: &str) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-central-1"))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "tests")))
        .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1)))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}

fn purger(url: &str, vars: &[(&str, &str)]) -> Result<Purger, ConfigError> {
    Purger::from_vars(&sdk(url), &Vars::from_pairs(vars.iter().copied()))
}

/// As many tags as an import may name: each as long as one with a UUID.
fn tags(count: usize) -> Vec<Tag> {
    (0..count).map(|n| Tag::new("thing", format!("{n:036}"))).collect()
}
