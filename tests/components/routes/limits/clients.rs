//! Who counts as one client, and who is refused.

use super::*;

#[tokio::test]
async fn a_guesser_is_stopped_and_the_owner_elsewhere_is_not() {
    let redis = Redis::start();
    let shop = shop(&redis, &[("ORIGIN_SECRET", SECRET)]);
    let from = |address| [("x-origin-secret", SECRET), ("x-viewer-address", address)];
    for left in (0..5).rev() {
        let reply = shop
            .ask::<sessions::CreateSession>("/api/sessions", &from("203.0.113.7"), &sign_in("ada@shop.example"))
            .await;
        assert_eq!(reply.status, 401, "{}", reply.body);
        let (said, all) = (reply.header("ratelimit"), reply.header("ratelimit-policy"));
        assert!(said.starts_with(&format!("\"account-60s\";r={left};t=")), "{said}");
        assert_eq!(all, r#""account-60s";q=5;w=60, "client-60s";q=20;w=60"#);
    }
    // Another spelling of the address is the same account.
    for email in ["ada@shop.example", "ADA@shop.example", " Ada@Shop.Example "] {
        let reply = shop.ask::<sessions::CreateSession>("/api/sessions", &from("203.0.113.7"), &sign_in(email)).await;
        if reply.status != 400 {
            too_many(&reply);
        }
    }
    for (address, email) in [("203.0.113.7", "bob@shop.example"), ("198.51.100.1", "ada@shop.example")] {
        let reply = shop.ask::<sessions::CreateSession>("/api/sessions", &from(address), &sign_in(email)).await;
        assert_eq!(reply.status, 401, "{}", reply.body);
    }
}

#[tokio::test]
async fn what_a_client_says_of_itself_gains_nothing() {
    let redis = Redis::start();
    let shop = shop(&redis, &[("ORIGIN_SECRET", SECRET)]);
    let names = ["x-client-id", "x-forwarded-for", "X-Client-IP", "X-Real-IP", "forwarded", "True-Client-IP"];
    let mut refused = 0;
    for n in 0..24 {
        let (value, email) = (format!("203.0.113.{n}"), format!("{n}@shop.example"));
        let from =
            [("x-origin-secret", SECRET), ("x-viewer-address", "198.51.100.1"), (names[n % names.len()], &value)];
        let reply = shop.ask::<sessions::CreateSession>("/api/sessions", &from, &sign_in(&email)).await;
        refused += u32::from(reply.status == 429);
    }
    assert_eq!(refused, 4, "twenty a minute, whatever the headers say");
}

#[tokio::test]
async fn what_comes_past_the_cdn_is_refused_unless_no_secret_is_set() {
    let (old, new) = ("the old secret of 25 chars", "the new secret of 25 chars");
    let shop = Shop::with(&[("ORIGIN_SECRET", &format!("{old},{new}"))], |_| Rule::Pass);
    let ask = async |headers: &[(&'static str, &str)]| shop.ask::<GetHealth>("/health", headers, &Value::Null).await;
    for headers in
        [vec![], vec![("x-origin-secret", "the wrong secret of 27 chars")], vec![("x-viewer-address", "203.0.113.7")]]
    {
        let reply = ask(&headers).await;
        assert_eq!((reply.status, &reply.body["type"]), (403, &json!("/problems/past-the-cdn")), "{headers:?}");
    }
    for secret in [old, new] {
        ask(&[("x-origin-secret", secret)]).await.ok(200);
    }
    Shop::new().ask::<GetHealth>("/health", &[], &Value::Null).await.ok(200);
}

#[tokio::test]
async fn a_body_that_cannot_be_read_counts_too() {
    let redis = Redis::start();
    let shop = shop(&redis, &[("LIMITS", "users-create:2/60")]);
    for expected in [400, 400, 429] {
        let reply = shop.ask::<users::CreateUser>("/api/users", &[], &json!({ "name": "Ada" })).await;
        assert_eq!(reply.status, expected, "{}", reply.body);
    }
}

/// One network, as behind a NAT, and one environment: ended tokens of the same person, made-up ones
/// in her name and in others', with a proof and without. Her good one is let in before and after
/// each.
#[tokio::test]
async fn bad_tokens_shut_nobody_out_whose_token_is_good() {
    let redis = Redis::start();
    let shop = shop(&redis, &[]);
    let ada = person(&shop, "ada@shop.example").await;
    let sign_in = sign_in("ada@shop.example");
    let stale = shop.ask::<sessions::CreateSession>("/api/sessions", &[], &sign_in).await;
    let stale = format!("Bearer {}", stale.ok(201)["token"].as_str().unwrap());
    let out = [("authorization", stale.as_str())];
    assert_eq!(shop.ask::<sessions::EndSession>("/api/sessions/current", &out, &Value::Null).await.status, 204);
    let environment = shop.environment::<orders::ListOrders>().await;
    let ask =
        async |token: &str| shop.ask_in(&environment, "/api/orders", &[("authorization", token)], &Value::Null).await;
    let (id, proof) = (&ada["Bearer ".len()..][..36], &ada[ada.len() - 20..]);
    let mut costs = Vec::new();
    for n in 0..40 {
        let made_up = [
            stale.clone(),
            format!("Bearer {id}.{n:042}A"),
            format!("Bearer {}.{n:042}A", UserId::generate()),
            format!("Bearer {id}.{n:042}A{proof}"),
        ];
        for token in &made_up {
            let reply = ask(token).await;
            assert_eq!(reply.status, 401, "{token}: {}", reply.body);
            costs.push(reply.header("server-timing").contains("table"));
        }
        ask(&ada).await.ok(200);
    }
    let [stale, own, other, proven] =
        [0, 1, 2, 3].map(|kind| costs.iter().skip(kind).step_by(4).filter(|c| **c).count());
    assert!(stale <= 1, "an ended token is read {stale} times");
    assert_eq!(
        (own, other, proven),
        (40, 40, 0),
        "a look for one of the release before, none for one without a right proof"
    );
}
