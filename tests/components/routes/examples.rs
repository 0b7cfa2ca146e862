//! The examples of the API document, sent to their routes: each is a request that succeeds, and the
//! answer has the shape that the document promises.

use super::{Reply, Shop};
use functions::{
    accounts::{
        links::{Links, Purpose},
        users::Users,
    },
    routes::{RouteVisitor, document, visit_all},
};
use serde_json::{Map, Value, json};
use shared::{
    app::FromApp as _,
    clock::Clock,
    context::Cx,
    lambda::Route,
    session::{Grants, Subject},
    sign::Signer,
};
use std::{collections::BTreeMap, pin::Pin};
use tests::shape;

/// What must exist before most examples can succeed, as the examples of these operations make it.
const BEFORE: [&str; 4] = ["users-create", "sessions-create", "admin-products", "orders-create"];

type Headers<'a> = [(&'static str, &'a str)];
type Answering<'a> = Pin<Box<dyn Future<Output = Reply> + 'a>>;
type Ask = for<'a> fn(&'a Shop, &'a str, &'a Headers<'a>, &'a Value) -> Answering<'a>;

fn ask<'a, R: Route>(shop: &'a Shop, path: &'a str, headers: &'a Headers<'a>, body: &'a Value) -> Answering<'a> {
    Box::pin(shop.ask::<R>(path, headers, body))
}

/// The routes by their names.
struct Routes(BTreeMap<&'static str, Ask>);

impl RouteVisitor for Routes {
    fn visit<R: Route>(&mut self) {
        self.0.insert(R::SPEC.name, ask::<R>);
    }
}

/// An operation of the document.
struct Operation<'a> {
    name: &'a str,
    path: &'a str,
    about: &'a Value,
}

impl Operation<'_> {
    fn body(&self) -> &Value {
        &self.about["requestBody"]["content"]["application/json"]["example"]
    }

    /// The address with the examples of the parameters that it must have.
    fn address(&self) -> String {
        let (mut path, mut query) = (self.path.to_owned(), Vec::new());
        for parameter in self.about["parameters"].as_array().into_iter().flatten() {
            let (name, example) = (parameter["name"].as_str().unwrap(), parameter["example"].as_str());
            match (parameter["in"].as_str().unwrap(), example) {
                ("path", Some(example)) => path = path.replace(&format!("{{{name}}}"), example),
                ("query", Some(example)) => query.push(format!("{name}={}", example.replace(' ', "+"))),
                _ => assert!(parameter["required"] == false, "{}: {name} has no example", self.name),
            }
        }
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }
}

/// All but those without a body, which are those of a GET.
fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = document["paths"].as_object().unwrap().iter();
    let methods = paths.flat_map(|(path, methods)| methods.as_object().unwrap().iter().map(move |of| (path, of)));
    let of_get = |method: &str| method != "head";
    let all = methods.filter(|(_, (method, _))| of_get(method));
    all.map(|(path, (_, about))| Operation { name: about["operationId"].as_str().unwrap(), path, about }).collect()
}

/// A shop in which the examples come true.
struct World<'a> {
    shop: Shop,
    routes: &'a Routes,
    operations: &'a [Operation<'a>],
    bearer: String,
    /// What only the service can make, beside what the examples have in its place.
    made: Vec<(String, String)>,
}

impl<'a> World<'a> {
    /// A shop just before the operation `name`.
    async fn before(name: &str, routes: &'a Routes, operations: &'a [Operation<'a>]) -> Self {
        let (shop, bearer, made) = (Shop::new(), String::new(), Vec::new());
        let mut world = World { shop, routes, operations, bearer, made };
        for step in BEFORE.into_iter().take_while(|step| *step != name) {
            let reply = world.send(step).await;
            let body = reply.ok(201);
            match step {
                "users-create" => world.has_account(body, name).await,
                "sessions-create" => world.bearer = format!("Bearer {}", body["token"].as_str().unwrap()),
                "orders-create" => world.has(&example(world.operation(step), 201)["id"], &body["id"]),
                _ => {}
            }
        }
        world
    }

    fn operation(&self, name: &str) -> &'a Operation<'a> {
        self.operations.iter().find(|operation| operation.name == name).unwrap()
    }

    fn has(&mut self, example: &Value, real: &Value) {
        self.made.push((example.as_str().unwrap().to_owned(), real.as_str().unwrap().to_owned()));
    }

    /// The account may do everything, and has the link that the operation `name` needs.
    async fn has_account(&mut self, account: &Value, name: &str) {
        self.has(&example(self.operation("users-create"), 201)["id"], &account["id"]);
        let subject = Subject(account["id"].as_str().unwrap().parse().unwrap());
        Grants::from_app(self.shop.app()).await.unwrap().give(&Cx::detached(), subject).await.unwrap();
        let token = &self.operation(name).body()["token"];
        if token.is_string() {
            let users = Users::from_app(self.shop.app()).await.unwrap();
            let email = self.operation("users-create").body()["email"].as_str().unwrap().parse().unwrap();
            let user = users.by_email(&Cx::detached(), &email).await.unwrap().unwrap();
            let purpose = if name == "passwords-create" { Purpose::Reset } else { Purpose::Verification };
            let links = Links::new(Signer::new(&[7; 32]));
            let link = links.seal(&Cx::detached(), purpose, &user, Clock::system().now()).await.unwrap();
            self.has(token, &link.into());
        }
    }

    /// Sends the example of an operation.
    async fn send(&self, name: &str) -> Reply {
        let real = |text: String| self.made.iter().fold(text, |text, (example, real)| text.replace(example, real));
        let operation = self.operation(name);
        let (path, body) = (real(operation.address()), real(operation.body().to_string()));
        let headers = [("authorization", self.bearer.as_str()), ("content-type", "application/json")];
        let headers = if self.bearer.is_empty() { &headers[1..] } else { &headers };
        self.routes.0[name](&self.shop, &path, headers, &serde_json::from_str(&body).unwrap()).await
    }
}

/// The body that the document has for an answer.
fn content<'a>(operation: &'a Operation<'a>, status: u16) -> &'a Value {
    &operation.about["responses"][status.to_string()]["content"]["application/json"]
}

fn example<'a>(operation: &'a Operation<'a>, status: u16) -> &'a Value {
    &content(operation, status)["example"]
}

/// Fails if the value has not the shape of `content`.
#[track_caller]
fn fits(document: &Value, content: &Value, value: &Value, what: &str) {
    let mut schema = content["schema"].as_object().unwrap().clone();
    schema.insert("components".to_owned(), document["components"].clone());
    if let Err(error) = shape::check(&Value::Object(schema), value) {
        panic!("{what}: {error}: {value}");
    }
}

fn fields(value: &Value) -> Vec<&String> {
    value.as_object().map(Map::keys).into_iter().flatten().collect()
}

#[tokio::test]
async fn every_example_is_sent_and_succeeds_and_its_answer_has_the_promised_shape() {
    let document = serde_json::to_value(document()).unwrap();
    let operations = operations(&document);
    let mut routes = Routes(BTreeMap::new());
    visit_all(&mut routes);
    assert_eq!(operations.len(), routes.0.len(), "an operation for each route");
    for operation in &operations {
        let name = operation.name;
        let request = &operation.about["requestBody"]["content"]["application/json"];
        if request.is_object() {
            fits(&document, request, operation.body(), name);
        }
        let world = World::before(name, &routes, &operations).await;
        let reply = world.send(name).await;
        let described = !operation.about["responses"][reply.status.to_string()].is_null();
        assert!(reply.status < 300 && described, "{name}: {} {}", reply.status, reply.body);
        let answer = content(operation, reply.status);
        if answer.is_null() {
            assert_eq!(reply.body, Value::Null, "{name}: the document has no body");
            continue;
        }
        fits(&document, answer, &reply.body, name);
        fits(&document, answer, &answer["example"], name);
        assert_eq!(fields(&reply.body), fields(&answer["example"]), "{name}: the example has other fields");
    }
}

#[test]
#[should_panic(expected = "/next")]
fn an_answer_of_another_shape_is_noticed() {
    let document = serde_json::to_value(document()).unwrap();
    let operations = operations(&document);
    let list = operations.iter().find(|operation| operation.name == "orders-list").unwrap();
    fits(&document, content(list, 200), &json!({ "items": [], "next": 7 }), "a wrong answer");
}
