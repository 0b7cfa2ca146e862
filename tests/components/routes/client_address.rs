//! The client's address, as the CDN reports it.

use super::{Rule, Shop};
use functions::routes::catalog;
use shared::telemetry::fields;
use shared::{
    clock::Clock,
    context::Cx,
    lambda::{Request, answer},
};
use std::time::Duration;
use tests::line::ReadLine as _;

const SECRET: &str = "a secret of the tests";

#[tokio::test]
async fn viewers_behind_the_cdn_have_limits_of_their_own_and_who_cannot_be_told_apart_is_reported() {
    let settings = [("ORIGIN_SECRET", SECRET), ("LIMITS", "catalog-list:2/60")];
    let ready = Shop::with(&settings, |_| Rule::Pass).environment::<catalog::ListProducts>().await;
    let ask = async |viewer: Option<&str>| {
        let mut request = Request::default();
        *request.uri_mut() = "/api/products".parse().unwrap();
        request.headers_mut().insert("x-origin-secret", SECRET.parse().unwrap());
        if let Some(viewer) = viewer {
            request.headers_mut().insert("x-viewer-address", viewer.parse().unwrap());
        }
        let cx = Cx::new(Clock::system(), "test", Duration::from_secs(10));
        let status = Box::pin(answer(&ready, &cx, request)).await.status().as_u16();
        (status, cx.fact(fields::VIEWER_ADDRESS), cx.metered(fields::VIEWER_ADDRESSES_UNREAD))
    };
    for viewer in ["203.0.113.1", "203.0.113.2:46532", "[2001:db8:1::7]:46532", "[2001:db8:2::7]:46532"] {
        for _ in 0..2 {
            assert_eq!(ask(Some(viewer)).await, (200, None, 0), "{viewer}");
        }
    }
    // The same viewer, whatever its port.
    assert_eq!(ask(Some("203.0.113.2:1024")).await.0, 429);
    assert_eq!(ask(Some("203.0.113.1, 203.0.113.9")).await, (200, Some("unreadable".into()), 1));
    assert_eq!(ask(None).await, (200, Some("missing".into()), 1));
    assert_eq!(ask(Some("x")).await.0, 429, "what cannot be told apart is one client");
}
