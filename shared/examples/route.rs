//! A route: who may call it, what it takes and what it answers stand in its types.
//!
//! In a function, `main` is one line: `shared::lambda::serve::<Greet>()`.

use aws_config::SdkConfig;
use http::Method;
use serde::Serialize;
use shared::{
    app::App,
    clock::Clock,
    config::{ConfigError, Vars},
    context::Cx,
    edge::{Public, Tag},
    lambda::{Anyone, Path, Problem, Ready, Request, Route, Spec, answer},
    ratelimit::Limit,
};

/// Greets anyone by name.
struct Greet;

#[derive(Debug, Serialize)]
struct Greeting {
    text: String,
}

impl Route for Greet {
    const SPEC: Spec = Spec {
        name: "greetings-get",
        method: Method::GET,
        path: "/api/greetings/{name}",
        shared: None,
        limits: &[Limit::per_minute(60)],
    };
    type State = ();
    type Who = Anyone;
    type Input = Path<String>;
    type Reply = Public<Greeting>;

    async fn handle((): &(), _: &Cx, _: Anyone, Path(name): Path<String>) -> Result<Public<Greeting>, Problem> {
        if name == "nobody" {
            return Err(Problem::not_found("name"));
        }
        Ok(Public { tags: Vec::<Tag>::new(), body: Greeting { text: format!("Hello, {name}.") } })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), ConfigError> {
    for name in ["ada", "nobody"] {
        println!("{}", greet(name).await?);
    }
    Ok(())
}

/// The status and the body of the answer to one request.
async fn greet(name: &str) -> Result<String, ConfigError> {
    let app = App::new(Vars::from_env(), Clock::system(), SdkConfig::builder().build());
    let ready = Ready::<Greet>::from_app(&app).await?;
    let mut request = Request::default();
    *request.uri_mut() = format!("/api/greetings/{name}").parse().unwrap_or_default();
    let response = answer(&ready, &Cx::detached(), request).await;
    Ok(format!("{} {}", response.status().as_u16(), String::from_utf8_lossy(response.body())))
}

#[tokio::test]
async fn a_greeting_is_json_and_nobody_is_a_problem() {
    assert_eq!(greet("ada").await.as_deref(), Ok(r#"200 {"text":"Hello, ada."}"#));
    let problem = greet("nobody").await.expect("a route that starts");
    assert!(problem.starts_with("404 ") && problem.contains("/problems/not-found"), "{problem}");
}
