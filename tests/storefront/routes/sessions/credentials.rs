//! Tokens and cookies that open a session, and those that do not.

use super::*;

#[tokio::test]
async fn a_cookie_is_as_good_as_a_bearer_token_and_out_of_reach_of_scripts() {
    let person = Visitor::new_person().await;
    let credentials = serde_json::json!({ "email": person.email, "password": PASSWORD });
    let visitor = Visitor::new();
    let set = visitor.post("/api/sessions", &credentials).await.header("set-cookie").to_owned();
    let named = format!("{COOKIE}=");
    for attribute in [named.as_str(), "HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
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

/// A visitor with the cookie of a session, as a browser has it, and its name and value.
async fn browser() -> (Visitor, String) {
    let person = Visitor::new_person().await;
    let credentials = serde_json::json!({ "email": person.email, "password": PASSWORD });
    let visitor = Visitor::new();
    let set = visitor.post("/api/sessions", &credentials).await.header("set-cookie").to_owned();
    (visitor, set.split(';').next().unwrap().to_owned())
}

#[tokio::test]
async fn a_write_by_cookie_proves_that_a_page_of_the_site_sent_it() {
    let (visitor, cookie) = browser().await;
    let site = tests::cloud::Cloud::get().base_url.clone();
    let write = async |headers: &[(&str, &str)]| {
        let with = |request: reqwest::RequestBuilder| {
            let request = request.header("cookie", &cookie).json(&serde_json::json!({ "name": "Changed" }));
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
        };
        visitor.call(Method::PATCH, "/api/me", with).await
    };
    for headers in [
        &[][..],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site"), ("origin", &site)],
        &[("sec-fetch-site", "none")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
    ] {
        write(headers).await.problem(&format!("{headers:?}"), 403, Some("Sec-Fetch-Site"));
    }
    write(&[("sec-fetch-site", "same-origin")]).await.ok("a page of the site", 200);
    write(&[("origin", &site)]).await.ok("an older browser", 200);
    let read =
        visitor.call(Method::GET, "/api/me", |r| r.header("cookie", &cookie).header("sec-fetch-site", "cross-site"));
    read.await.ok("a link from elsewhere", 200);
}

/// As a browser sends them, with what other software of the site has set.
#[tokio::test]
async fn a_cookie_of_other_software_hides_no_session() {
    let (visitor, cookie) = browser().await;
    for beside in ["city=Zürich".as_bytes(), b"city=Z\xfcrich", "名=値".as_bytes(), b"a=\"b c\"", b"=", b"session=x"]
    {
        for value in [[beside, cookie.as_bytes()].join(&b"; "[..]), [cookie.as_bytes(), beside].join(&b"; "[..])] {
            let sent = reqwest::header::HeaderValue::from_bytes(&value).unwrap();
            let current = visitor.call(Method::GET, CURRENT, |request| request.header("cookie", sent)).await;
            current.ok(&String::from_utf8_lossy(&value), 200);
        }
    }
}
