//! Everything that no route takes.

use http::Method;
use shared::{
    context::Cx,
    edge::NoContent,
    lambda::{Anyone, Cors, Head, Input, Preflight, Problem, Route, Spec},
};

/// 404 for a path that does not exist, 405 for a method that a path does not have, and the answer to browsers that ask before
/// they send another origin's request.
pub struct Fallback;

/// The method and path that nothing answers.
pub struct Missed {
    allowed: Vec<String>,
    preflight: Option<Preflight>,
}

impl Input for Missed {
    fn parse(head: &Head, _: &bytes::Bytes) -> Result<Self, Problem> {
        let fits = |spec: &Spec| head.matches(spec.path);
        let allowed = super::all().iter().filter(|s| fits(s)).flat_map(Spec::methods).map(|m| m.to_string()).collect();
        Ok(Self { allowed, preflight: Preflight::of(head) })
    }
}

impl Route for Fallback {
    // The method is not looked at: the gateway sends every one.
    const SPEC: Spec = Spec { name: "fallback", method: Method::GET, path: "*", shared: None, limits: &[] };
    type State = Cors;
    type Who = Anyone;
    type Input = Missed;
    type Reply = NoContent;

    async fn handle(cors: &Cors, _: &Cx, _: Anyone, missed: Missed) -> Result<NoContent, Problem> {
        if missed.allowed.is_empty() {
            return Err(Problem::no_route());
        }
        let methods = missed.allowed.join(", ");
        let headers = missed.preflight.map(|preflight| cors.allow(&preflight, &methods)).unwrap_or_default();
        if headers.is_empty() { Err(Problem::method_not_allowed(&methods)) } else { Ok(NoContent { headers }) }
    }
}
