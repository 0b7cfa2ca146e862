//! What S3's refusals mean.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

/// Why S3 did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    /// S3 refuses, now and again: a permission, a bucket that is not there, a request that is none.
    #[error("refused: {0}")]
    Refused(String),
    /// S3 could not be reached, asked for patience, or did not answer in time.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

/// An answer that the caller reads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer<T> {
    /// It was done.
    Done(T),
    /// There is no such object.
    Absent,
    /// There is one already, and there must not be.
    Exists,
}

/// Sorts an answer. A HEAD has no body, and so no code: the status says it.
pub(super) fn read<T, E: ProvideErrorMetadata>(
    answer: Result<T, SdkError<E, HttpResponse>>,
) -> Result<Answer<T>, UploadError> {
    let error = match answer {
        Ok(done) => return Ok(Answer::Done(done)),
        Err(error) => error,
    };
    let status = error.raw_response().map(|response| response.status().as_u16());
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or("no code");
    class(status, code)
}

fn class<T>(status: Option<u16>, code: &str) -> Result<Answer<T>, UploadError> {
    match status {
        // Not a bucket that is missing: that is a deploy gone wrong.
        Some(404) if code != "NoSuchBucket" => Ok(Answer::Absent),
        Some(412) => Ok(Answer::Exists),
        // SlowDown is a 503. 409: another conditional write to the same key is under way.
        Some(status @ (409 | 429 | 500..)) => Err(UploadError::Unavailable(format!("{status} {code}"))),
        Some(status) => Err(UploadError::Refused(format!("{status} {code}"))),
        None => Err(UploadError::Unavailable("no answer".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, code: &str) -> Result<Answer<()>, UploadError> {
        class(Some(status), code)
    }

    #[test]
    fn what_is_not_there_is_no_error_and_a_bucket_that_is_not_there_is_one() {
        assert_eq!(of(404, "NoSuchKey"), Ok(Answer::Absent));
        assert_eq!(of(404, "no code"), Ok(Answer::Absent), "a HEAD");
        assert_eq!(of(412, "PreconditionFailed"), Ok(Answer::Exists));
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
