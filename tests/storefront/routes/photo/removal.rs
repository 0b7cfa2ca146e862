//! A picture that its owner takes down.

use super::*;

/// Caches keep a picture under its name, which must never mean other bytes.
#[tokio::test]
async fn a_picture_that_was_taken_down_does_not_come_back_as_another() {
    let ada = Visitor::new_person().await;
    let first = offer(&ada).await;
    assert_eq!(upload(&first, None, PICTURE).await, 200);
    let url = confirm(&ada, &first).await.ok("confirmed", 200)["photo_url"].as_str().unwrap().to_owned();
    let second = offer(&ada).await;
    assert_eq!(upload(&second, None, PICTURE).await, 200);
    confirm(&ada, &second).await.ok("another", 200);
    let mut other = PICTURE.to_vec();
    other.reverse();
    assert_eq!(upload(&first, None, &other).await, 412, "the bytes were exchanged");
    assert_eq!(confirm(&ada, &first).await.ok("the first again", 200)["photo_url"], json!(url));
    let picture = http().get(format!("{}{url}", Cloud::get().base_url)).send().await.unwrap();
    assert_eq!(picture.bytes().await.unwrap(), PICTURE);
}

#[tokio::test]
async fn a_picture_that_its_owner_takes_down_is_gone_from_the_cdn_within_seconds() {
    for deletes in [false, true] {
        let (ada, old) = shown().await;
        Visitor::new().get(&old).await;
        let kept = Visitor::new().get(&old).await;
        assert!(kept.header("x-cache").to_ascii_lowercase().contains("hit"), "{:?}", kept.headers);
        if deletes {
            assert_eq!(ada.visitor.call(Method::DELETE, "/api/me", |request| request).await.status, 204);
        } else {
            let next = offer(&ada).await;
            assert_eq!(upload(&next, None, PICTURE).await, 200);
            confirm(&ada, &next).await.ok("the next", 200);
        }
        eventually(Duration::from_secs(5), "the CDN has forgotten it", || async {
            Visitor::new().get(&old).await.status == 404
        })
        .await;
    }
}
