//! A picture that is offered, uploaded and confirmed is shown as what it is.

use super::*;

#[tokio::test]
async fn a_picture_shows_once_it_is_confirmed_and_not_before() {
    let ada = Visitor::new_person().await;
    let offer = offer(&ada).await;
    assert_eq!(offer["upload"]["headers"]["content-length"], PICTURE.len().to_string());
    let url = offer["upload"]["url"].as_str().unwrap();
    assert!(url.contains("X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bif-none-match&"), "{url}");
    assert!(!url.contains(&ada.id), "the address says whose picture it is: {url}");
    confirm(&ada, &offer).await.problem("nothing was uploaded", 400, Some("photo"));
    assert_eq!(upload(&offer, None, PICTURE).await, 200);

    let name = url.split('?').next().unwrap().rsplit('/').next().unwrap();
    let (media, pending) = (format!("/media/{name}"), format!("/pending/{name}"));
    for path in [&media, &pending] {
        Visitor::new().get(path).await.problem("not confirmed", 404, None);
    }
    assert_eq!(ada.visitor.get("/api/me").await.ok("me", 200)["photo_url"], Value::Null);

    let confirmed = confirm(&ada, &offer).await;
    assert_eq!(confirmed.header("cache-control"), "private, no-store");
    assert_eq!(confirmed.ok("confirmed", 200)["photo_url"], json!(media));
    assert_eq!(ada.visitor.get("/api/me").await.ok("me", 200)["photo_url"], json!(media));
    eventually(Duration::from_secs(6), "everyone sees it", || async {
        Visitor::new().get(&format!("/api/users/{}", ada.id)).await.ok("profile", 200)["photo_url"] == json!(media)
    })
    .await;
    assert_eq!(confirm(&ada, &offer).await.ok("asked again", 200)["photo_url"], json!(media));
    Visitor::new().get(&pending).await.problem("what was uploaded is not served", 404, None);
}

#[tokio::test]
async fn a_picture_is_published_without_what_it_tells_about_its_owner() {
    let ada = Visitor::new_person().await;
    // A text chunk before the end, and something behind it.
    let end = PICTURE.len() - 12;
    let text = b"\0\0\0\x0dtEXtGPS\0somewhere\x8c\x6e\xcb\x4c";
    let bytes = [&PICTURE[..end], text, &PICTURE[end..], b"and a film"].concat();
    let offer = offer_of(&ada, "image/png", &bytes).await;
    assert_eq!(upload(&offer, None, &bytes).await, 200);
    let url = confirm(&ada, &offer).await.ok("confirmed", 200)["photo_url"].as_str().unwrap().to_owned();
    let picture = http().get(format!("{}{url}", Cloud::get().base_url)).send().await.unwrap();
    assert_eq!(picture.bytes().await.unwrap(), PICTURE);
}

#[tokio::test]
async fn a_picture_is_served_as_what_it_is_and_kept_for_a_day() {
    let (_, url) = shown().await;
    for (case, path) in [("first", url.clone()), ("a query that S3 would obey", format!("{url}?acl&versionId=1"))] {
        let picture = http().get(format!("{}{path}", Cloud::get().base_url)).send().await.unwrap();
        assert_eq!(picture.status(), 200, "{case}");
        for (header, value) in [
            ("content-type", "image/png"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "public, max-age=86400, immutable"),
        ] {
            assert_eq!(picture.headers()[header], value, "{case}: {header}");
        }
        assert_eq!(picture.bytes().await.unwrap(), PICTURE, "{case}");
    }
    let again = Visitor::new().get(&url).await;
    assert!(again.header("x-cache").to_ascii_lowercase().contains("hit"), "{:?}", again.headers);
    for method in [Method::PUT, Method::POST, Method::DELETE] {
        let refused = Visitor::new().call(method.clone(), &url, |request| request.body("x")).await;
        assert!(refused.status >= 400, "{method} {url}: {}", refused.status);
    }
    Visitor::new().get("/media/").await.problem("a list of all", 404, None);
    Visitor::new().get(&format!("/media/{}.png", "0".repeat(32))).await.problem("no picture", 404, None);
}

#[tokio::test]
async fn a_new_picture_takes_the_place_of_the_old_one() {
    let (ada, old) = shown().await;
    let next = offer(&ada).await;
    assert_eq!(upload(&next, None, PICTURE).await, 200);
    let me = confirm(&ada, &next).await.ok("the next", 200);
    assert_ne!(me["photo_url"], json!(old));
    // No cache has it yet: only the bucket can answer.
    Visitor::new().get(&old).await.problem("the old one is deleted", 404, None);
    assert_eq!(Visitor::new().get(me["photo_url"].as_str().unwrap()).await.status, 200, "the new one");
}
