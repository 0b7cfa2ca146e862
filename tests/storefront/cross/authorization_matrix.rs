//! Every operation of the API is sent with another person's ids: without a session, by a stranger,
//! by an administrator and by the owner. The operations, their audiences and their parameters come
//! from `docs/openapi.json`, so a new route is covered as soon as it is described. A route that
//! this test cannot fill in fails it.

use crate::helpers::fixtures;
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::{fs, path::Path};
use tests::{
    aws::Aws,
    client::{Person, Reply, Visitor},
};

/// Whose things are asked for.
struct Victim {
    person: Person,
    order: String,
    product: String,
}

/// One request of the document's, with the victim's ids in it.
struct Call<'a> {
    name: &'a str,
    method: Method,
    path: String,
    body: Option<Value>,
    roles: Option<Vec<&'a str>>,
    statuses: Vec<u16>,
    /// Whether it names something that is its owner's alone.
    owned: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Caller {
    Nobody,
    Stranger,
    Admin,
    Owner,
}

fn document() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

impl Victim {
    async fn new(aws: &Aws) -> Self {
        // Not the catalogue's: an administrator puts another in its place.
        let (person, product) = (Visitor::new_person().await, fixtures::unlisted(aws, 100).await);
        let order = person.visitor.order(&[(&product, 1)], None).await.ok("an order", 201);
        Self { person, order: order["id"].as_str().unwrap().to_owned(), product }
    }

    /// All that the tables hold of the person.
    async fn everything(&self, aws: &Aws) -> Vec<Value> {
        let owner = format!("user#{}", self.person.id);
        let mut all = aws.partition("USERS_TABLE", &owner).await;
        all.extend(aws.partition("USERS_TABLE", &format!("email#{}", self.person.email)).await);
        all.extend(aws.partition("ORDERS_TABLE", &owner).await);
        all.extend(aws.partition("SESSIONS_TABLE", &owner).await);
        all
    }

    /// A value of this shape: the victim's, wherever the shape is an id or an address.
    fn value(&self, document: &Value, name: &str, schema: &Value) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            return match reference.rsplit('/').next().unwrap() {
                "UserId" => json!(self.person.id),
                "OrderId" => json!(self.order),
                "ProductId" => json!(self.product),
                _ => self.value(document, name, document.pointer(reference.trim_start_matches('#')).unwrap()),
            };
        }
        if let Some(first) = schema["anyOf"].get(0) {
            return self.value(document, name, first);
        }
        if let Some(first) = schema["enum"].get(0) {
            return first.clone();
        }
        let kind = if schema["type"].is_array() { &schema["type"][0] } else { &schema["type"] };
        match (kind.as_str(), schema["format"].as_str(), schema["pattern"].as_str()) {
            (Some("object"), ..) => self.object(document, schema),
            (Some("array"), ..) => json!([self.value(document, name, &schema["items"])]),
            (Some("integer"), ..) => schema.get("minimum").cloned().unwrap_or(json!(1)),
            (Some("boolean"), ..) => json!(false),
            (Some("string"), Some("email"), _) => json!(self.person.email),
            (Some("string"), Some("uuid"), _) => match name {
                "user_id" => json!(self.person.id),
                "order_id" => json!(self.order),
                "product_id" => json!(self.product),
                _ => panic!("{name}: whose id is it? teach the matrix"),
            },
            (Some("string"), None, None) if name == "ids" => json!(self.person.id),
            (Some("string"), None, None) => json!("Ada Lovelace's"),
            (Some("string"), None, Some(pattern)) if pattern.contains("0-9a-z") => json!("tea"),
            _ => panic!("{name}: no value for {schema}; teach the matrix one"),
        }
    }

    /// With all that it must have.
    fn object(&self, document: &Value, schema: &Value) -> Value {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let field = |name: &Value| {
            let name = name.as_str().unwrap();
            (name.to_owned(), self.value(document, name, &schema["properties"][name]))
        };
        required.iter().map(field).collect::<Map<_, _>>().into()
    }

    fn call<'a>(&self, document: &Value, path: &str, method: &str, operation: &'a Value) -> Call<'a> {
        let (mut filled, mut query, mut owned) = (path.to_owned(), Vec::new(), false);
        let roles = operation["security"].get(0).map(|_| {
            let roles = operation["x-roles"].as_array().into_iter().flatten();
            roles.map(|role| role.as_str().unwrap()).collect::<Vec<_>>()
        });
        // In a path, `id` is that of what the path is about.
        let about = ["user", "order", "product"].into_iter().find(|kind| path.contains(&format!("/{kind}s/{{id}}")));
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            let id = about.map(|kind| format!("{kind}_id")).filter(|_| name == "id");
            let value = || match self.value(document, id.as_deref().unwrap_or(name), &parameter["schema"]) {
                Value::String(text) => text,
                other => other.to_string(),
            };
            match parameter["in"].as_str() {
                Some("path") => {
                    filled = filled.replace(&format!("{{{name}}}"), &value());
                    owned |= roles.as_ref().is_some_and(Vec::is_empty);
                }
                Some("query") if parameter["required"] == true || name == "ids" => {
                    query.push(format!("{name}={}", value().replace(' ', "+")));
                }
                _ => {}
            }
        }
        assert!(!filled.contains('{'), "{path}: a parameter that is not described");
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        Call {
            name: operation["operationId"].as_str().unwrap(),
            method: method.to_uppercase().parse().unwrap(),
            path: format!("{filled}?{}", query.join("&")).trim_end_matches('?').to_owned(),
            body: (!schema.is_null()).then(|| self.value(document, "body", schema)),
            roles,
            statuses: operation["responses"].as_object().unwrap().keys().map(|s| s.parse().unwrap()).collect(),
            owned,
        }
    }
}

impl Call<'_> {
    async fn by(&self, visitor: &Visitor) -> Reply {
        let body = |request: reqwest::RequestBuilder| match &self.body {
            Some(body) => request.json(body),
            None => request,
        };
        visitor.call(self.method.clone(), &self.path, body).await
    }

    /// What the document promises for this caller.
    fn check(&self, victim: &Victim, caller: Caller, reply: &Reply) {
        let context = format!("{} by {caller:?}: {} {}", self.name, reply.status, reply.body);
        let admins = self.roles.as_ref().is_some_and(|roles| roles.contains(&"admin"));
        match (&self.roles, caller) {
            (Some(_), Caller::Nobody) => assert_eq!(reply.status, 401, "{context}"),
            (Some(_), Caller::Stranger | Caller::Owner) if admins => assert_eq!(reply.status, 403, "{context}"),
            (Some(_), Caller::Stranger | Caller::Admin) if self.owned => assert_eq!(reply.status, 404, "{context}"),
            (Some(_), _) => assert!(![401, 403, 404].contains(&reply.status), "{context}"),
            (None, _) => {}
        }
        assert!(self.statuses.contains(&reply.status) && reply.status < 500, "{context}: not in the document");
        if caller == Caller::Owner || caller == Caller::Admin && admins {
            return;
        }
        for (what, secret) in [
            ("address", victim.person.email.as_str()),
            ("order", &victim.order),
            ("token", victim.person.visitor.token()),
            ("hash", "argon2"),
        ] {
            assert!(!reply.body.contains(secret), "{context}: tells the victim's {what}");
        }
    }
}

#[tokio::test]
async fn no_route_gives_or_changes_what_is_another_persons() {
    let (document, aws) = (document(), Aws::connect().await);
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let victim = Victim::new(&aws).await;
            let call = victim.call(&document, path, method, operation);
            let before = victim.everything(&aws).await;
            assert!(before.len() >= 4, "an account, a guard, an order, a session: {before:?}");
            let (stranger, admin) = (Visitor::new_person().await, Visitor::new_admin().await);
            for (caller, visitor) in [
                (Caller::Nobody, &Visitor::new()),
                (Caller::Stranger, &stranger.visitor),
                (Caller::Admin, &admin.visitor),
            ] {
                call.check(&victim, caller, &call.by(visitor).await);
                assert_eq!(victim.everything(&aws).await, before, "{} by {caller:?} changed something", call.name);
            }
            call.check(&victim, Caller::Owner, &call.by(&victim.person.visitor).await);
            asked += 4;
        }
    }
    println!("{asked} requests");
    assert!(asked >= 4 * 19, "the document has lost operations");
}
