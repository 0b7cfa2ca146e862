//! Uploads straight to Amazon S3: a client gets an address that accepts one object of one type and
//! one size.
//!
//! A function that received the bytes would wait for a slow client and pay for each millisecond,
//! and a payload may have 6 MB at most. A presigned address costs no call: it is a signature over
//! method, key, type and length, and S3 refuses everything that differs. The upload arrives under a
//! key that nothing serves. When the client confirms it, the function reads it once and writes a
//! cleaned copy ([`PictureType::clean`]) to the key that is served. The bucket itself deletes
//! uploads that nobody confirms.

mod error;
mod name;
mod picture;

pub use error::UploadError;
pub use name::unguessable;
pub use picture::{NotAPicture, PictureType, UnknownPictureType};

use crate::{
    config::{ConfigError, Vars},
    context::Cx,
    env::{AWS_ENDPOINT_URL, Var},
    telemetry::fields,
};
use aws_config::SdkConfig;
use aws_sdk_s3::{
    Client,
    config::{Builder, RequestChecksumCalculation},
    error::{ProvideErrorMetadata, SdkError},
    presigning::PresigningConfig,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_types::service_config::ServiceConfigKey;
use bytes::Bytes;
use error::S3Answer;
use std::{
    collections::BTreeMap,
    future::Future,
    time::{Duration, Instant},
};

/// The time for one call, including the SDK's retry. S3 usually answers within a fifth of a second,
/// and a client can confirm an upload again.
const LIMIT: Duration = Duration::from_secs(4);

/// The type and size of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Its media type.
    pub content_type: String,
    /// Its length in bytes.
    pub size: u64,
}

/// An address that accepts one object. Whoever has it may upload, so it is given to one client and
/// never logged.
pub struct Presigned {
    /// Where to send the bytes.
    pub url: String,
    /// The headers that were signed. S3 refuses an upload that lacks one or changes its value.
    pub headers: BTreeMap<String, String>,
}

/// What is stored at a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// Nothing.
    Absent,
    /// An object of another type or size.
    Differs,
    /// The object.
    Bytes(Bytes),
}

/// One bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    /// The bucket of this name. With an endpoint of its own, the bucket's name is part of the path,
    /// because no DNS name exists for it.
    pub fn new(sdk: &SdkConfig, name: impl Into<String>) -> Self {
        let config = Builder::from(sdk)
            .force_path_style(has_own_endpoint(sdk))
            // A presigned upload cannot carry a checksum: the bytes are not known yet.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
        Self { client: Client::from_conf(config.build()), name: name.into() }
    }

    /// The bucket that `variable` names.
    pub fn from_vars(sdk: &SdkConfig, vars: &Vars, variable: &Var) -> Result<Self, ConfigError> {
        Ok(Self::new(sdk, vars.required(variable)?))
    }

    /// An address that accepts an object of exactly this form at `key`, for `lifetime` or for as
    /// long as the function's own credentials are valid. It never replaces an object ("Conditional
    /// writes", Amazon S3 User Guide): otherwise a client could exchange an object that has been
    /// checked. This makes no call.
    pub async fn presign(&self, key: &str, form: &Form, lifetime: Duration) -> Result<Presigned, UploadError> {
        let config = PresigningConfig::expires_in(lifetime).map_err(|e| UploadError::Refused(e.to_string()))?;
        let length = i64::try_from(form.size).map_err(|_| UploadError::Refused("too large".into()))?;
        let put = self.client.put_object().bucket(&self.name).key(key);
        let put = put.content_type(&form.content_type).content_length(length).if_none_match("*");
        let put = put.presigned(config).await;
        let put = put.map_err(|e| UploadError::Refused(e.into_service_error().to_string()))?;
        let headers = put.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(Presigned { url: put.uri().to_owned(), headers })
    }

    /// The bytes at `key`, if they have the form `expected`; otherwise they are not read. Only a
    /// caller with the right to list the bucket learns from S3 whether an object is missing or
    /// forbidden.
    pub async fn fetch(&self, cx: &Cx, key: &str, expected: &Form) -> Result<Fetched, UploadError> {
        let call = Box::pin(self.client.get_object().bucket(&self.name).key(key).send());
        let object = match self.timed(cx, call).await? {
            S3Answer::Done(object) => object,
            S3Answer::Absent => return Ok(Fetched::Absent),
            S3Answer::Exists => return Err(UploadError::Refused("unexpected precondition".into())),
        };
        let size = object.content_length().and_then(|length| u64::try_from(length).ok()).unwrap_or_default();
        let form = Form { content_type: object.content_type().unwrap_or_default().to_owned(), size };
        if form != *expected {
            return Ok(Fetched::Differs);
        }
        let body = tokio::time::timeout(LIMIT.min(cx.time_left()), object.body.collect()).await;
        let cut_off = |why: String| UploadError::Unavailable(why);
        let body = body.map_err(|_| cut_off("no end in time".into()))?.map_err(|error| cut_off(error.to_string()))?;
        Ok(Fetched::Bytes(body.into_bytes()))
    }

    /// Writes an object that the site serves. An object that is at `key` already stays: a name that
    /// was served once always means the same bytes. Caches may keep it for a day.
    pub async fn put_once(&self, cx: &Cx, key: &str, bytes: Bytes, content_type: &str) -> Result<(), UploadError> {
        let put = self.client.put_object().bucket(&self.name).key(key).body(bytes.into()).if_none_match("*");
        let put = put.content_type(content_type).cache_control("public, max-age=86400, immutable");
        // On the heap, because the request has seventy fields.
        match self.timed(cx, Box::pin(put.send())).await? {
            S3Answer::Done(_) | S3Answer::Exists => Ok(()),
            S3Answer::Absent => Err(UploadError::Refused("the bucket is not there".into())),
        }
    }

    /// Deletes the object at `key`. It is no error if there is none.
    pub async fn delete(&self, cx: &Cx, key: &str) -> Result<(), UploadError> {
        let call = self.client.delete_object().bucket(&self.name).key(key).send();
        self.timed(cx, call).await.map(drop)
    }

    /// Makes a call within [`LIMIT`] and the request's time.
    async fn timed<T, E: ProvideErrorMetadata>(
        &self,
        cx: &Cx,
        call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<S3Answer<T>, UploadError> {
        let started = Instant::now();
        let answer = tokio::time::timeout(LIMIT.min(cx.time_left()), call).await;
        cx.event.count(fields::UPLOAD_CALLS, 1);
        cx.event.time(fields::UPLOAD, started.elapsed());
        error::read(answer.map_err(|_| UploadError::Unavailable("no answer in time".into()))?)
    }
}

/// Whether the settings name an endpoint for S3, alone or for all services.
fn has_own_endpoint(sdk: &SdkConfig) -> bool {
    let key = ServiceConfigKey::builder().service_id("S3").env(AWS_ENDPOINT_URL.name).profile("endpoint_url").build();
    let named = sdk.service_config().zip(key.ok()).and_then(|(services, key)| services.load_config(key));
    named.is_some() || sdk.endpoint_url().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_config::{BehaviorVersion, Region};
    use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};

    async fn presigned(endpoint: Option<&str>) -> Presigned {
        let credentials = Credentials::new("key", "secret", None, None, "test");
        let mut sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials));
        sdk.set_endpoint_url(endpoint.map(str::to_owned));
        let form = Form { content_type: "image/png".into(), size: 7 };
        Bucket::new(&sdk.build(), "media").presign("pending/a.png", &form, Duration::from_mins(15)).await.unwrap()
    }

    #[tokio::test]
    async fn type_and_size_are_signed_and_the_key_is_in_the_address() {
        let put = presigned(None).await;
        assert!(put.url.starts_with("https://media.s3.eu-central-1.amazonaws.com/pending/a.png?"), "{}", put.url);
        for part in ["X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bif-none-match&", "X-Amz-Expires=900&"]
        {
            assert!(put.url.contains(part), "{part}: {}", put.url);
        }
        let headers = [("content-length", "7"), ("content-type", "image/png"), ("if-none-match", "*")];
        assert_eq!(put.headers, headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    }

    #[tokio::test]
    async fn behind_an_endpoint_of_ones_own_the_bucket_stands_in_the_path() {
        let url = presigned(Some("http://127.0.0.1:4566")).await.url;
        assert!(url.starts_with("http://127.0.0.1:4566/media/pending/a.png?"), "{url}");
    }
}
