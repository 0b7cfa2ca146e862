//! A new password, whatever happens at the same moment.

use super::*;

/// Somebody signs in with the old password just before the new one is written, and the function
/// dies just after.
#[tokio::test]
async fn no_session_outlives_a_password_that_was_changed_before_the_function_died() {
    let shop = Shop::new();
    let ada = person(&shop, EMAIL).await;
    let new = json!({ "token": reset_link(&shop).await, "password": "a whole new horse" });
    let (held, rule) = holding(writes_account, true);
    let dying = shop.beside(rule);
    let late = held.meanwhile(async {
        let thief = bearer(&sign_in(&shop).await);
        assert_eq!(current(&shop, &thief).await, 200, "the old password is good until then");
        thief
    });
    let (_, thief) = tokio::join!(dying.ask::<ResetPassword>("/api/passwords", &[], &new), late);
    assert_eq!(sign_in(&shop).await.status, 401, "the password was not changed");
    for session in [&ada, &thief] {
        assert_eq!(current(&shop, session).await, 401, "it outlived the password");
    }
}

/// A sign-in that had checked the old password when it changes, or when the account goes.
#[tokio::test]
async fn who_signs_in_while_the_account_changes_is_not_in() {
    for deletes in [false, true] {
        let shop = Shop::new();
        let ada = person(&shop, EMAIL).await;
        let link = reset_link(&shop).await;
        let (held, rule) = holding(|call| call.operation == "TransactWriteItems", false);
        let slow = shop.beside(rule);
        let change = held.meanwhile(async {
            if deletes {
                delete(&shop, &ada).await.ok(204);
            } else {
                let new = json!({ "token": link, "password": "a whole new horse" });
                shop.ask::<ResetPassword>("/api/passwords", &[], &new).await.ok(204);
            }
        });
        let (late, ()) = tokio::join!(sign_in(&slow), change);
        assert_eq!(late.status, 401, "{}", late.body);
        assert_eq!(late.body["type"], "/problems/wrong-credentials");
    }
}

/// Somewhere else somebody signs out everywhere: the password is changed all the same.
#[tokio::test]
async fn a_password_is_changed_while_somebody_signs_out_everywhere() {
    let shop = Shop::new();
    let ada = person(&shop, EMAIL).await;
    let new = json!({ "token": reset_link(&shop).await, "password": "a whole new horse" });
    let (held, rule) = holding(writes_account, false);
    let slow = shop.beside(rule);
    let out = held.meanwhile(async {
        shop.ask::<sessions::RevokeSessions>("/api/sessions", &[("authorization", &ada)], &Value::Null).await.ok(204);
    });
    let (changed, ()) = tokio::join!(slow.ask::<ResetPassword>("/api/passwords", &[], &new), out);
    changed.ok(204);
    assert_eq!(sign_in(&shop).await.status, 401, "the old password is good");
    assert_eq!(shop.ask::<ResetPassword>("/api/passwords", &[], &new).await.status, 400, "the link can be used again");
}

#[tokio::test]
async fn a_link_that_is_spent_ends_no_session() {
    let shop = Shop::new();
    person(&shop, EMAIL).await;
    let new = json!({ "token": reset_link(&shop).await, "password": "a whole new horse" });
    shop.ask::<ResetPassword>("/api/passwords", &[], &new).await.ok(204);
    let credentials = json!({ "email": EMAIL, "password": "a whole new horse" });
    let session = shop.ask::<sessions::CreateSession>("/api/sessions", &[], &credentials).await;
    let token = format!("Bearer {}", session.ok(201)["token"].as_str().unwrap());
    assert_eq!(shop.ask::<ResetPassword>("/api/passwords", &[], &new).await.status, 400);
    shop.ask::<sessions::GetSession>("/api/sessions/current", &[("authorization", &token)], &Value::Null).await.ok(200);
}

/// Whoever knows the old password signs in without L2 too: its owner must be able to change it.
#[tokio::test]
async fn a_password_is_changed_without_l2_and_ends_the_sessions() {
    let shop = Shop::with(&[("CACHE_URL", "redis://127.0.0.1:1")], |_| Rule::Pass);
    let thief = person(&shop, EMAIL).await;
    let new = json!({ "token": reset_link(&shop).await, "password": "a whole new horse" });
    shop.ask::<ResetPassword>("/api/passwords", &[], &new).await.ok(204);
    let headers = [("authorization", thief.as_str())];
    let current = shop.ask::<sessions::GetSession>("/api/sessions/current", &headers, &Value::Null).await;
    assert_eq!(current.status, 401);
}
