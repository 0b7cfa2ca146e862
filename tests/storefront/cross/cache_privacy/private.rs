//! Private answers, whatever is put around their paths.

use super::*;

#[tokio::test]
async fn no_suffix_header_or_query_gets_a_private_answer_kept_or_shown_to_somebody_else() {
    let (person, order) = person_with_an_order().await;
    let token = person.visitor.token();
    let owners = [("Authorization", format!("Bearer {token}")), ("Cookie", format!("{COOKIE}={token}"))];
    for (name, value) in &owners {
        let own = ask(cdn(), "GET", "/api/sessions/current", &[(name, value)], "");
        let seen = own.status == 200 && own.body.contains(&person.id);
        assert!(seen, "the owner sees nothing by {name}, so nothing is tested: {own:?}");
    }
    let nobody: &[&[(&str, &str)]] = &[
        &[],
        &[
            ("X-Forwarded-Host", "/api/products"),
            ("X-Original-URL", "/api/products"),
            ("X-Rewrite-URL", "/api/products"),
        ],
        &[("X-HTTP-Method-Override", "GET"), ("Range", "bytes=0-"), ("Accept", "text/css")],
        &[("Cache-Control", "only-if-cached"), ("If-None-Match", "*")],
    ];
    let order_id = order.rsplit('/').next().unwrap();
    for target in disguises(&["/api/sessions/current", "/api/me", &order, "/api/orders"]) {
        for noise in nobody {
            for (name, value) in &owners {
                let headers: Vec<_> = noise.iter().copied().chain([(*name, value.as_str())]).collect();
                let answer = ask(cdn(), "GET", &target, &headers, "");
                assert_private(&format!("{target} as the owner by {name}, {noise:?}"), &answer);
            }
        }
        for noise in nobody {
            let answer = ask(cdn(), "GET", &target, noise, "");
            let case = format!("{target} as nobody, {noise:?}");
            assert_private(&case, &answer);
            // The page itself is no secret; what is on it is.
            let shown =
                [person.id.as_str(), &person.email, "Ada Lovelace"].iter().any(|text| answer.body.contains(text));
            assert!(!shown && (answer.status >= 400 || !answer.body.contains(order_id)), "{case}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn two_people_at_one_path_never_see_each_other() {
    let (ada, eve) = (Visitor::new_person().await, Visitor::new_person().await);
    for _ in 0..3 {
        for (person, other) in [(&ada, &eve), (&eve, &ada)] {
            let reply = person.visitor.get("/api/sessions/current").await;
            reply.ok("their session", 200);
            assert!(reply.body.contains(&person.id) && !reply.body.contains(&other.id), "{}", reply.body);
        }
    }
}

#[tokio::test]
async fn a_field_that_is_named_twice_is_refused_and_kept_by_nobody() {
    for target in ["/api/products?limit=1&limit=2", "/api/products?limit=2&limit=1", "/api/products?limit"] {
        for _ in 0..2 {
            let answer = get(cdn(), target);
            assert_eq!(answer.status, 400, "{target}: {answer:?}");
            assert_private(target, &answer);
        }
    }
}
