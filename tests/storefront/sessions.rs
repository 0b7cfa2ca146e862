//! `/api/sessions`

use reqwest::Method;
use tests::client::{PASSWORD, Visitor};

const CURRENT: &str = "/api/sessions/current";

#[tokio::test]
async fn a_token_that_was_signed_out_is_refused_and_the_other_sessions_live_on() {
    let here = Visitor::new_person().await;
    let elsewhere = here.sign_in_again().await;
    let current = here.visitor.get(CURRENT).await.ok("signed in", 200);
    assert_eq!(current["user"]["id"], here.id.as_str());

    let out = here.visitor.call(Method::DELETE, CURRENT, |request| request).await;
    assert_eq!(out.status, 204, "{}", out.body);
    assert!(out.header("set-cookie").contains("Max-Age=0"), "the cookie stays: {}", out.header("set-cookie"));

    for (method, path) in [(Method::GET, CURRENT), (Method::DELETE, CURRENT)] {
        here.visitor.call(method, path, |request| request).await.problem("a signed-out token", 401, None);
    }
    let order = here.visitor.order(&[("00000000-0000-7000-8000-000000000000", 1)], None).await;
    order.problem("an order with a signed-out token", 401, None);
    elsewhere.visitor.get(CURRENT).await.ok("the session elsewhere", 200);
}

#[tokio::test]
async fn a_cookie_is_as_good_as_a_bearer_token_and_out_of_reach_of_scripts() {
    let person = Visitor::new_person().await;
    let credentials = serde_json::json!({ "email": person.email, "password": PASSWORD });
    let visitor = Visitor::new();
    let set = visitor.post("/api/sessions", &credentials).await.header("set-cookie").to_owned();
    for attribute in ["__Host-session=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(set.contains(attribute), "{attribute} is missing: {set}");
    }
    let cookie = set.split(';').next().unwrap();
    let current = visitor.call(Method::GET, CURRENT, |request| request.header("cookie", cookie)).await;
    assert_eq!(current.ok("by cookie", 200)["user"]["id"], person.id.as_str());
}

#[tokio::test]
async fn a_token_that_nobody_was_given_is_refused() {
    let (ada, eve) = (Visitor::new_person().await, Visitor::new_person().await);
    let (_, secret) = eve.visitor.token().split_once('.').unwrap();
    let forged = format!("{}.{secret}", ada.id);
    let cases = [
        ("no token", None),
        ("not a token", Some("nonsense")),
        ("somebody else's account and one's own secret", Some(forged.as_str())),
        ("a token cut short", Some(&eve.visitor.token()[..60])),
    ];
    for (case, token) in cases {
        let reply = eve.visitor.with_token(token).get(CURRENT).await;
        reply.problem(case, 401, None);
        assert!(reply.header("www-authenticate").starts_with("Bearer"), "{case}: {:?}", reply.headers);
    }
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_and_nobody_elses() {
    let (ada, eve) = (Visitor::new_person().await, Visitor::new_person().await);
    let others = [ada.sign_in_again().await, ada.sign_in_again().await];
    let out = others[0].visitor.call(Method::DELETE, "/api/sessions", |request| request).await;
    assert_eq!((out.status, out.body.as_str()), (204, ""));
    assert!(out.header("set-cookie").contains("Max-Age=0"), "{:?}", out.headers);
    for session in [&ada, &others[0], &others[1]] {
        session.visitor.get("/api/sessions/current").await.problem("signed out everywhere", 401, None);
    }
    eve.visitor.get("/api/sessions/current").await.ok("somebody else", 200);
    ada.sign_in_again().await.visitor.get("/api/me").await.ok("back in", 200);
}
