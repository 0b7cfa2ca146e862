//! What S3's errors mean.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

/// Why a call to S3 failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    /// S3 refuses and will refuse again: a permission or the bucket is missing, or the request is
    /// malformed.
    #[error("refused: {0}")]
    Refused(String),
    /// S3 could not be reached, throttled the call, or did not answer in time.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

/// An answer that is no error to the caller.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum S3Answer<T> {
    /// The call succeeded.
    Done(T),
    /// There is no such object.
    Absent,
    /// There is an object already, and the call was on condition that there is none.
    Exists,
}

/// Classifies an answer. A HEAD has no body and thus no code, so its status decides.
pub(super) fn read<T, E: ProvideErrorMetadata>(
    answer: Result<T, SdkError<E, HttpResponse>>,
) -> Result<S3Answer<T>, UploadError> {
    let error = match answer {
        Ok(done) => return Ok(S3Answer::Done(done)),
        Err(error) => error,
    };
    let status = error.raw_response().map(|response| response.status().as_u16());
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or("no code");
    class(status, code)
}

fn class<T>(status: Option<u16>, code: &str) -> Result<S3Answer<T>, UploadError> {
    match status {
        // A missing bucket is not among these: it means that a deploy went wrong.
        Some(404) if code != "NoSuchBucket" => Ok(S3Answer::Absent),
        Some(412) => Ok(S3Answer::Exists),
        // SlowDown is a 503. A 409 means that another conditional write to the same key is under
        // way.
        Some(status @ (409 | 429 | 500..)) => Err(UploadError::Unavailable(format!("{status} {code}"))),
        Some(status) => Err(UploadError::Refused(format!("{status} {code}"))),
        None => Err(UploadError::Unavailable("no answer".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, code: &str) -> Result<S3Answer<()>, UploadError> {
        class(Some(status), code)
    }

    #[test]
    fn what_is_not_there_is_no_error_and_a_bucket_that_is_not_there_is_one() {
        assert_eq!(of(404, "NoSuchKey"), Ok(S3Answer::Absent));
        assert_eq!(of(404, "no code"), Ok(S3Answer::Absent), "a HEAD");
        assert_eq!(of(412, "PreconditionFailed"), Ok(S3Answer::Exists));
        assert!(matches!(of(404, "NoSuchBucket"), Err(UploadError::Refused(_))));
        assert!(matches!(of(403, "AccessDenied"), Err(UploadError::Refused(_))));
    }

    #[test]
    fn what_passes_by_itself_is_worth_another_try() {
        for (status, code) in [(503, "SlowDown"), (500, "InternalError"), (409, "ConditionalRequestConflict")] {
            assert!(matches!(of(status, code), Err(UploadError::Unavailable(_))), "{code}");
        }
        assert!(matches!(class::<()>(None, ""), Err(UploadError::Unavailable(_))));
    }
}
