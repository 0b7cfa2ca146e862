//! Invalidations at CloudFront, by cache tag.

use super::{each, purger, tags};
use shared::{
    context::Cx,
    edge::{PurgeError, Purger, Tag},
};
use std::collections::BTreeSet;
use tests::origin::{Origin, Told};

const TAKEN: &str = "<Invalidation><Id>I1</Id><Status>InProgress</Status><CreateTime>2026-01-01T00:00:00Z</CreateTime>\
    <InvalidationBatch><Paths><Quantity>0</Quantity></Paths><CallerReference>r</CallerReference></InvalidationBatch></Invalidation>";

pub(super) fn told(status: u16, code: &str) -> Told {
    let error = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>m</Message></Error></ErrorResponse>"
    );
    let body = if status == 201 { TAKEN.to_owned() } else { error };
    Told { status, headers: vec![("Content-Type", "text/xml".to_owned())], body }
}

fn at(origin: &Origin) -> Purger {
    purger(&origin.url(), &[("PURGE_DISTRIBUTION", "E1EXAMPLE")]).unwrap()
}

#[tokio::test]
async fn cloudfront_is_told_the_tags_as_its_api_wants_them() {
    let origin = Origin::start(|_, _| told(201, ""));
    let named = ["b", "a", "b"].map(|name| Tag::new("thing", name));
    at(&origin).purge(&Cx::detached(), &["event"], &named).await.unwrap();
    let [asked] = origin.asked().try_into().unwrap();
    assert_eq!(
        (asked.method.as_str(), asked.target.as_str()),
        ("POST", "/2020-05-31/distribution/E1EXAMPLE/invalidation")
    );
    assert_eq!(each(&asked, "Path"), ["#thing-a", "#thing-b"]);
    assert_eq!(each(&asked, "Quantity"), ["2"]);
}

#[tokio::test]
async fn more_tags_than_may_be_in_progress_are_several_calls_of_their_own() {
    let origin = Origin::start(|_, _| told(201, ""));
    at(&origin).purge(&Cx::detached(), &["event"], &tags(2_500)).await.unwrap();
    let asked = origin.asked();
    assert_eq!(asked.iter().map(|a| each(a, "Path").len()).collect::<Vec<_>>(), [1_000, 1_000, 500]);
    assert_eq!(asked.iter().flat_map(|a| each(a, "Path")).collect::<BTreeSet<_>>().len(), 2_500);
    let references: BTreeSet<_> = asked.iter().map(|a| each(a, "CallerReference")[0]).collect();
    assert_eq!(references.len(), 3, "two calls with one reference would be one invalidation");
}

#[tokio::test]
async fn a_repeated_purge_is_the_same_invalidation_and_a_later_one_is_another() {
    let origin = Origin::start(|_, _| told(201, ""));
    let (purger, cx) = (at(&origin), Cx::detached());
    for causes in [&["a@2", "b@2"][..], &["b@2", "a@2"], &["a@3"]] {
        purger.purge(&cx, causes, &tags(2)).await.unwrap();
    }
    let [first, again, later] = origin.asked().try_into().unwrap();
    assert_eq!(again.body, first.body);
    assert_eq!(each(&later, "Path"), each(&first, "Path"));
    assert_ne!(each(&later, "CallerReference"), each(&first, "CallerReference"), "the second change was not purged");
}

#[tokio::test]
async fn a_call_that_is_tried_again_is_not_a_second_invalidation() {
    let origin = Origin::start(|n, _| if n == 0 { told(503, "ServiceUnavailable") } else { told(201, "") });
    at(&origin).purge(&Cx::detached(), &["event"], &tags(2)).await.unwrap();
    let [first, again] = origin.asked().try_into().unwrap();
    assert_eq!(again.body, first.body);
}

#[tokio::test]
async fn an_error_says_whether_it_will_pass() {
    for (status, code, class) in [
        (400, "TooManyInvalidationsInProgress", PurgeError::Throttled as fn(String) -> PurgeError),
        (400, "Throttling", PurgeError::Throttled),
        (403, "AccessDenied", PurgeError::Refused),
        (404, "NoSuchDistribution", PurgeError::Refused),
        (400, "InvalidArgument", PurgeError::Refused),
        (503, "ServiceUnavailable", PurgeError::Unavailable),
    ] {
        let origin = Origin::start(move |_, _| told(status, code));
        let error = at(&origin).purge(&Cx::detached(), &["event"], &tags(1)).await.unwrap_err();
        assert_eq!(error, class(code.to_owned()));
    }
}

#[tokio::test]
async fn two_cdns_are_both_told() {
    let (origin, other) = (Origin::start(|_, _| told(201, "")), Origin::start(|_, _| Told::status(200)));
    let url = other.url();
    let both = purger(&origin.url(), &[("PURGE_DISTRIBUTION", "E1EXAMPLE"), ("PURGE_URL", &url)]).unwrap();
    both.purge(&Cx::detached(), &["event"], &tags(1)).await.unwrap();
    assert_eq!((origin.asked().len(), other.asked().len()), (1, 1));
}
