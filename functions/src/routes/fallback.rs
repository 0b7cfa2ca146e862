//! Answers all requests that no route takes.

use http::Method;
use shared::{
    context::Cx,
    edge::NoContent,
    lambda::{Anyone, Cors, Head, Input, Preflight, Problem, Route, Spec},
};

/// Answers 404 for an unknown path and 405 for an unknown method of a path. It also answers CORS
/// preflights, which browsers send before a request from another origin.
pub struct Fallback;

/// A request that no route takes.
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
    // The method is ignored: the gateway sends requests of every method here.
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
