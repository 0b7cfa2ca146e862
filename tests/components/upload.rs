//! Uploads while the bucket does not answer.

use shared::{
    context::Cx,
    upload::{Bucket, UploadError},
};
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn a_bucket_that_hangs_takes_four_seconds_of_a_request_at_most() {
    let (bucket, cx) = (Bucket::new(&tests::in_process::silent(), "media"), Cx::detached());
    let start = Instant::now();
    let silent = bucket.delete(&cx, "media/a.png").await;
    assert!(matches!(silent, Err(UploadError::Unavailable(_))), "{silent:?}");
    assert!(start.elapsed() <= Duration::from_secs(4), "{:?}", start.elapsed());
}
