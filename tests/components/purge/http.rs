//! The `PURGE` request, with tags in a header.

use super::{purger, tags};
use shared::{
    clock::Clock,
    context::Cx,
    edge::{PurgeError, Purger, Tag},
    queue::Failed,
};
use std::{
    collections::BTreeSet,
    thread,
    time::{Duration, Instant},
};
use tests::origin::{Origin, Told};

fn to(origin: &Origin) -> Purger {
    purger("http://nobody.invalid", &[("PURGE_URL", &format!("{}/forget", origin.url()))]).unwrap()
}

fn answering(statuses: &'static [u16]) -> Origin {
    Origin::start(|n, _| Told::status(statuses[n.min(statuses.len() - 1)]))
}

#[tokio::test]
async fn tags_travel_together_and_each_of_them_once() {
    let origin = answering(&[200]);
    let named = ["b", "a", "b"].map(|name| Tag::new("thing", name));
    to(&origin).purge(&Cx::detached(), &["event"], &named).await.unwrap();
    let [asked] = origin.asked().try_into().unwrap();
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("PURGE", "/forget"));
    assert_eq!(asked.header("xkey"), ["thing-a thing-b"]);
}

#[tokio::test]
async fn more_tags_than_a_header_holds_are_several_calls() {
    let origin = answering(&[204]);
    let named = tags(1_000);
    to(&origin).purge(&Cx::detached(), &["event"], &named).await.unwrap();
    let asked = origin.asked();
    let headers: Vec<_> = asked.iter().map(|asked| asked.header("xkey")[0]).collect();
    assert!(headers.iter().all(|header| header.len() <= 4_000));
    let sent: Vec<_> = headers.iter().flat_map(|header| header.split(' ')).collect();
    assert_eq!((headers.len(), sent.len()), (11, 1_000), "43 bytes each, 93 a call but for the last");
    assert_eq!(sent.into_iter().collect::<BTreeSet<_>>(), named.iter().map(Tag::as_str).collect());
}

#[tokio::test]
async fn a_moment_of_weakness_is_waited_out() {
    for statuses in [&[503, 200][..], &[429, 502, 200], &[0, 200]] {
        let statuses: &'static [u16] = statuses.to_vec().leak();
        let origin = answering(statuses);
        to(&origin).purge(&Cx::detached(), &["event"], &tags(1)).await.unwrap();
        assert_eq!(origin.asked().len(), statuses.len());
    }
}

#[tokio::test]
async fn what_does_not_pass_is_an_error_that_the_queue_tries_again() {
    for (status, calls, class) in [
        (503, 3, PurgeError::Unavailable("503".into())),
        (429, 3, PurgeError::Throttled("429".into())),
        (403, 1, PurgeError::Refused("403".into())),
        (302, 1, PurgeError::Refused("302".into())),
    ] {
        let origin = Origin::start(move |_, _| Told::status(status));
        let error = to(&origin).purge(&Cx::detached(), &["event"], &tags(1)).await.unwrap_err();
        assert_eq!((&error, origin.asked().len()), (&class, calls), "{status}");
        assert!(matches!(Failed::from(error), Failed::Retry(_)), "{status}: the event is not at fault");
    }
}

#[tokio::test]
async fn a_cdn_that_hangs_takes_no_longer_than_there_is_time() {
    let origin = Origin::start(|_, _| {
        thread::sleep(Duration::from_secs(30));
        Told::status(200)
    });
    let started = Instant::now();
    let cx = Cx::new(Clock::system(), "request", Duration::from_millis(300));
    let error = to(&origin).purge(&cx, &["event"], &tags(1)).await.unwrap_err();
    assert!(matches!(error, PurgeError::Unavailable(_)), "{error}");
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let purger = purger("http://nobody.invalid", &[("PURGE_URL", &format!("http://{free}/"))]).unwrap();
    let error = purger.purge(&Cx::detached(), &["event"], &tags(1)).await.unwrap_err();
    assert!(matches!(error, PurgeError::Unavailable(_)), "{error}");
}

#[tokio::test]
async fn another_cdns_header_is_a_matter_of_settings() {
    let origin = answering(&[200]);
    let vars = [("PURGE_URL", origin.url()), ("PURGE_HEADER", "Surrogate-Key".to_owned())];
    let vars: Vec<_> = vars.iter().map(|(name, value)| (*name, value.as_str())).collect();
    purger("http://nobody.invalid", &vars).unwrap().purge(&Cx::detached(), &[], &tags(1)).await.unwrap();
    assert_eq!(origin.asked()[0].header("surrogate-key").len(), 1);
    assert!(origin.asked()[0].header("xkey").is_empty());
}

#[tokio::test]
async fn without_settings_purging_is_off_and_no_error() {
    let off = purger("http://nobody.invalid", &[("PURGE_URL", ""), ("PURGE_DISTRIBUTION", "")]).unwrap();
    assert_eq!(off.purge(&Cx::detached(), &["event"], &tags(3)).await, Ok(()));
}

#[test]
fn a_setting_that_cannot_be_used_is_named() {
    for (variable, value) in [
        ("PURGE_URL", "cdn.example"),
        ("PURGE_URL", "ftp://cdn.example/"),
        ("PURGE_URL", "http://ada:secret@cdn.example/"),
        ("PURGE_URL", "http:// /"),
        ("PURGE_HEADER", "x key"),
        ("PURGE_DISTRIBUTION", "https://d111111abcdef8.cloudfront.net"),
    ] {
        let mut vars = vec![(variable, value)];
        if variable == "PURGE_HEADER" {
            vars.push(("PURGE_URL", "http://cdn.example/"));
        }
        let error = purger("http://nobody.invalid", &vars).unwrap_err();
        assert_eq!(error.variable, variable, "{value}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
