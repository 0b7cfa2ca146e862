//! Everything that no route takes.

use http::Method;
use shared::{
    context::Cx,
    edge::NoContent,
    lambda::{Anyone, Head, Input, Problem, Route, Spec},
};

/// 404 for a path that does not exist, 405 for a method that a path does not have.
pub struct Fallback;

/// The method and path that nothing answers.
pub struct Missed {
    allowed: Vec<String>,
}

impl Input for Missed {
    fn parse(head: &Head, _: &bytes::Bytes) -> Result<Self, Problem> {
        let fits = |spec: &Spec| head.matches(spec.path);
        Ok(Self { allowed: super::all().iter().filter(|s| fits(s)).map(|s| s.method.to_string()).collect() })
    }
}

impl Route for Fallback {
    // The method is not looked at: the gateway sends every one.
    const SPEC: Spec = Spec { name: "fallback", method: Method::GET, path: "*", shared: None, limits: &[] };
    type State = ();
    type Who = Anyone;
    type Input = Missed;
    type Reply = NoContent;

    async fn handle((): &(), _: &Cx, _: Anyone, missed: Missed) -> Result<NoContent, Problem> {
        if missed.allowed.is_empty() {
            return Err(Problem::no_route());
        }
        Err(Problem::method_not_allowed(&missed.allowed.join(", ")))
    }
}
