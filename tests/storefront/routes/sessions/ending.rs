//! Sessions end: one, all, or when another takes their place.

use super::*;

#[tokio::test]
async fn a_token_that_was_signed_out_is_refused_and_the_other_sessions_live_on() {
    let here = Visitor::new_person().await;
    let elsewhere = here.sign_in_again().await;
    let current = here.visitor.get(CURRENT).await.ok("signed in", 200);
    assert_eq!(current["user"]["id"], here.id.as_str());

    let out = here.visitor.call(Method::DELETE, CURRENT, |request| request).await;
    assert_eq!(out.status, 204, "{}", out.body);
    assert!(out.header("set-cookie").contains("Max-Age=0"), "the cookie stays: {}", out.header("set-cookie"));

    here.visitor.get(CURRENT).await.problem("a signed-out token", 401, None);
    let again = here.visitor.call(Method::DELETE, CURRENT, |request| request).await;
    assert_eq!(again.status, 204, "signing out again: {}", again.body);
    assert!(again.header("set-cookie").contains("Max-Age=0"), "the cookie stays: {}", again.header("set-cookie"));
    let order = here.visitor.order(&[("00000000-0000-7000-8000-000000000000", 1)], None).await;
    order.problem("an order with a signed-out token", 401, None);
    elsewhere.visitor.get(CURRENT).await.ok("the session elsewhere", 200);
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

#[tokio::test]
async fn a_session_that_another_takes_the_place_of_ends() {
    let (ada, visitor) = (Visitor::new_person().await, Visitor::new());
    let credentials = serde_json::json!({ "email": ada.email, "password": PASSWORD });
    let cookie = format!("{COOKIE}={}", ada.visitor.token());
    let again = visitor.call(Method::POST, "/api/sessions", |r| r.header("cookie", &cookie).json(&credentials)).await;
    let again = again.ok("sign in again", 201);
    ada.visitor.get(CURRENT).await.problem("the session of the old cookie", 401, None);
    visitor.with_token(again["token"].as_str()).get(CURRENT).await.ok("the new one", 200);
}
