//! The configuration of the AWS SDKs.

use crate::{
    clock::Clock,
    config::{ConfigError, Vars},
    env::{AWS_ENDPOINT_URL, AWS_REGION},
    https,
};
use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::credentials::EnvironmentVariableCredentialsProvider,
    retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::{
    rt::sleep::{SharedAsyncSleep, TokioSleep},
    time::{SharedTimeSource, SystemTimeSource},
};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use std::{fmt, time::Duration};

/// For a Lambda function. Credentials are the environment's own, so that no provider chain is
/// linked or tried. `AWS_ENDPOINT_URL` is the only switch that the local cloud needs.
pub(super) fn of_function(vars: &Vars) -> Result<SdkConfig, ConfigError> {
    let mut sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(vars.required(AWS_REGION)?))
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .http_client(https::client(Clock::system()))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SharedTimeSource::new(SystemTimeSource::new()))
        .retry_config(RetryConfig::standard().with_max_attempts(2).with_initial_backoff(Duration::from_millis(25)))
        .timeout_config(timeouts())
        .service_config(ServiceEndpoints(vars.clone()));
    sdk.set_endpoint_url(vars.optional(AWS_ENDPOINT_URL));
    Ok(sdk.build())
}

/// For a person at a terminal: profiles, and the rest of the default chain.
pub(super) async fn of_person() -> SdkConfig {
    let load = aws_config::defaults(BehaviorVersion::v2026_01_12());
    load.http_client(https::client(Clock::system())).load().await
}

/// The endpoint of one service stands in a variable whose name ends with the service's identifier,
/// in capitals ("Service-specific endpoints", AWS SDKs and Tools Reference Guide). Each client
/// reads its own when it is made.
struct ServiceEndpoints(Vars);

impl fmt::Debug for ServiceEndpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceEndpoints")
    }
}

impl LoadServiceConfig for ServiceEndpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        (key.env() == AWS_ENDPOINT_URL.name).then(|| self.0.get(&format!("{}_{service}", AWS_ENDPOINT_URL.name)))?
    }
}

/// For the clients that set no limits of their own: that of S3, whose calls a request waits for,
/// and those that workers use. A call that hangs is sent once more. There is no breaker here: a
/// picture is rarely confirmed, and a worker's queue waits by itself.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(2))
        .operation_timeout(Duration::from_secs(4))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_s_own_variable_leads_that_service_and_no_other() {
        let endpoints = ServiceEndpoints(Vars::from_pairs([
            (AWS_ENDPOINT_URL.name, "http://all"),
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://tables"),
            ("AWS_ENDPOINT_URL_SQS", ""),
        ]));
        let of = |service| {
            let key =
                ServiceConfigKey::builder().service_id(service).env(AWS_ENDPOINT_URL.name).profile("endpoint_url");
            endpoints.load_config(key.build().unwrap())
        };
        assert_eq!(of("DynamoDB").as_deref(), Some("http://tables"));
        // `None` leaves the client with AWS_ENDPOINT_URL; an empty variable is an unset one.
        assert_eq!((of("SQS"), of("SESv2")), (None, None));
    }
}
