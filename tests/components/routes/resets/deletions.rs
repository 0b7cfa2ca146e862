//! The end of an account.

use super::*;

/// An account ends with its sessions and its owner's right to administrate, in one step: a function
/// that dies after it leaves nothing that anybody could use.
#[tokio::test]
async fn a_deletion_that_stops_halfway_leaves_no_session_and_no_grant() {
    let shop = Shop::new();
    let ada = person(&shop, EMAIL).await;
    let (cx, users) = (Cx::detached(), Users::from_app(shop.app()).await.unwrap());
    let mut user = users.by_email(&cx, &EMAIL.parse().unwrap()).await.unwrap().unwrap();
    let (subject, version) = (Subject::from(user.id), user.version);
    (user.photo, user.version) = (Some("picture.png".to_owned()), version.next());
    users.replace(&cx, user, version).await.unwrap();
    let grants = Grants::from_app(shop.app()).await.unwrap();
    grants.give(&cx, subject).await.unwrap();

    let pictures = Arc::new(AtomicUsize::new(0));
    let deleted = Arc::clone(&pictures);
    let (held, rule) = holding(writes_account, true);
    let dying = shop.beside(move |call| match call.operation.as_str() {
        // Amazon S3 names no operation in a header.
        "" => {
            deleted.fetch_add(1, Ordering::SeqCst);
            Rule::Instead(204, Value::Null)
        }
        _ => rule(call),
    });
    tokio::join!(delete(&dying, &ada), held.meanwhile(async {}));
    assert!(users.by_email(&cx, &EMAIL.parse().unwrap()).await.unwrap().is_none(), "the account is there");
    assert_eq!(pictures.load(Ordering::SeqCst), 1, "its picture stays");
    assert!(!grants.has(&cx, subject).await.unwrap(), "nobody's session is an administrator's");
    assert_eq!(current(&shop, &ada).await, 401, "a session is left");
}

/// The owner changes the name at the same moment: the account goes all the same.
#[tokio::test]
async fn a_deletion_beside_a_change_of_the_account_deletes_it() {
    let shop = Shop::new();
    let ada = person(&shop, EMAIL).await;
    let (held, rule) = holding(writes_account, false);
    let slow = shop.beside(rule);
    let change = held.meanwhile(async {
        let headers = [("authorization", ada.as_str()), ("content-type", "application/json")];
        shop.ask::<me::UpdateMe>("/api/me", &headers, &json!({ "name": "Countess" })).await.ok(200);
    });
    let (gone, ()) = tokio::join!(delete(&slow, &ada), change);
    gone.ok(204);
    assert_eq!(sign_in(&shop).await.status, 401);
}
