//! Bodies of sign-ups and sign-ins.

use super::*;

#[tokio::test]
async fn a_sign_up_that_is_refused_takes_no_address() {
    let email = new_address();
    let with = |field, value: Value| but(sign_up(&email), field, value);
    let cases = [
        Case::new("name missing", 400, "name", but(sign_up(&email), "name", None)),
        Case::new("password missing", 400, "password", but(sign_up(&email), "password", None)),
        Case::new("name a number", 400, "name", with("name", json!(7))),
        Case::new("name null", 400, "name", with("name", Value::Null)),
        Case::new("name empty", 400, "name", with("name", json!(""))),
        Case::new("name of 101 letters", 400, "name", with("name", json!("é".repeat(101)))),
        Case::new("a line break in the name", 400, "name", with("name", json!("Ada\r\nBcc: eve@evil.example"))),
        Case::new("a blank name", 400, "name", with("name", json!(" "))),
        Case::new("a name that nobody sees", 400, "name", with("name", json!("\u{200b}\u{3164}\u{2800}"))),
        Case::new("a name that turns the text", 400, "name", with("name", json!("Ada \u{202e}ecalevoL"))),
        Case::new("a line of one's own", 400, "name", with("name", json!("Ada\u{2028}Total  $0.00"))),
        Case::new("password of 7 letters", 400, "password", with("password", json!("1234567"))),
        Case::new("password of 129 letters", 400, "password", with("password", json!("p".repeat(129)))),
        Case::new("a field too many", 400, "admin", with("admin", json!(true))),
        Case::new("an id of one's own", 400, "id", with("id", json!("019a0000-0000-7000-8000-000000000000"))),
    ];
    refuses(&Visitor::new(), "/api/users", &cases).await;
    refuses(&Visitor::new(), "/api/users", &Case::unreadable(&sign_up(&email))).await;
    let guard = Aws::connect().await.item("USERS_TABLE", &format!("email#{email}")).await;
    assert_eq!(guard, None, "a refused sign-up took the address");
    Visitor::new().post("/api/users", &sign_up(&email)).await.ok("the same, in order", 201);
}

#[tokio::test]
async fn what_is_no_address_gets_no_account() {
    let visitor = Visitor::new();
    for address in [
        "",
        "ada",
        "ada@",
        "@shop.example",
        "ada@localhost",
        "a b@shop.example",
        "a@b@c.example",
        "ada@shop.example\r\nBcc: eve@evil.example",
        "ada@-shop.example",
        "ada@shop..example",
    ] {
        visitor.post("/api/users", &sign_up(address)).await.problem(address, 400, Some("email"));
        let credentials = json!({ "email": address, "password": PASSWORD });
        visitor.post("/api/sessions", &credentials).await.problem(address, 400, Some("email"));
    }
}

#[tokio::test]
async fn a_sign_in_that_cannot_be_read_is_refused() {
    let person = Visitor::new_person().await;
    let body = json!({ "email": person.email, "password": PASSWORD });
    let cases = [
        Case::new("password missing", 400, "password", but(body.clone(), "password", None)),
        Case::new("password a list", 400, "password", but(body.clone(), "password", json!([PASSWORD]))),
        Case::new("a field too many", 400, "remember", but(body.clone(), "remember", json!(true))),
        Case::new("password of 129 letters", 400, "password", but(body.clone(), "password", json!("p".repeat(129)))),
    ];
    refuses(&Visitor::new(), "/api/sessions", &cases).await;
    refuses(&Visitor::new(), "/api/sessions", &Case::unreadable(&body)).await;
}
