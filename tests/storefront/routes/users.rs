//! `/api/users`: signing up, and public profiles.

use futures_util::future::join_all;
use serde_json::json;
use std::collections::HashSet;
use tests::{
    aws::Aws,
    client::{PASSWORD, Visitor, new_address, sign_up},
};

#[tokio::test]
async fn a_profile_shows_what_is_public_and_nothing_else() {
    let (visitor, email) = (Visitor::new(), new_address());
    let reply = visitor.post("/api/users", &sign_up(&email)).await;
    let account = reply.ok("sign up", 201);
    let path = format!("/api/users/{}", account["id"].as_str().unwrap());
    assert_eq!(reply.header("location"), path);
    assert_eq!(account["name"], "Ada Lovelace");
    assert_eq!(account["version"], 1);

    let profile = visitor.get(&path).await;
    let fields: HashSet<String> = profile.ok("profile", 200).as_object().unwrap().keys().cloned().collect();
    let public = ["id", "name", "photo_url", "created_at"].map(str::to_owned);
    assert!(fields.is_subset(&HashSet::from(public)), "the profile shows more than it may: {fields:?}");
    for secret in [email.as_str(), "argon2", "password"] {
        assert!(!profile.body.contains(secret), "the profile shows {secret}: {}", profile.body);
    }
}

#[tokio::test]
async fn a_password_is_stored_as_a_hash_only() {
    let person = Visitor::new_person().await;
    let aws = Aws::connect().await;
    let item = aws.item("USERS_TABLE", &format!("user#{}", person.id)).await.unwrap();
    assert!(item["password_hash"].as_str().unwrap().starts_with("$argon2id$"));
    assert!(!item.to_string().contains(PASSWORD), "the table holds the password");
}

#[tokio::test]
async fn an_address_is_taken_in_every_spelling() {
    let (visitor, email) = (Visitor::new(), new_address());
    visitor.post("/api/users", &sign_up(&email)).await.ok("the first", 201);
    for spelling in
        [email.clone(), email.to_uppercase(), format!("  {email} "), email.replace("simulator", "Simulator")]
    {
        visitor.post("/api/users", &sign_up(&spelling)).await.problem(&spelling, 409, Some("email"));
    }
}

#[tokio::test]
async fn sign_ups_that_race_for_an_address_make_one_account() {
    let (visitor, body) = (Visitor::new(), sign_up(&new_address()));
    let replies = join_all((0..6).map(|_| visitor.post("/api/users", &body))).await;
    let made = replies.iter().filter(|reply| reply.status == 201).count();
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        reply.problem("a sign-up that lost", 409, Some("email"));
    }
    assert_eq!(made, 1, "accounts with one address");
}

#[tokio::test]
async fn wrong_credentials_do_not_say_which_part_is_wrong() {
    let person = Visitor::new_person().await;
    let visitor = Visitor::new();
    let password = json!({ "email": person.email, "password": "not the password" });
    let address = json!({ "email": new_address(), "password": PASSWORD });
    let (password, address) =
        (visitor.post("/api/sessions", &password).await, visitor.post("/api/sessions", &address).await);
    password.problem("wrong password", 401, None);
    address.problem("unknown address", 401, None);
    assert_eq!(password.body, address.body, "the answers tell which addresses have accounts");
}
