//! What a route is.

use super::{Audience, Input, Problem};
use crate::{
    app::FromApp,
    context::Cx,
    edge::{ReplyTo, Shared},
    ratelimit::Limit,
};
use http::{Method, StatusCode};
use std::future::Future;

/// A route's name and address, how long the CDN may keep its replies, and its limits.
#[derive(Debug, Clone)]
pub struct Spec {
    /// `users-get`: the name of its binary, of its function, and in its metrics.
    pub name: &'static str,
    /// The method. The route that catches the rest answers any.
    pub method: Method,
    /// `/api/users/{id}`, or `*` for every path.
    pub path: &'static str,
    /// How long the CDN may keep the route's public replies; `None` on a path that is not for
    /// everyone.
    pub shared: Option<Shared>,
    /// How often one client may call it. A route that uses no service has none.
    pub limits: &'static [Limit],
}

impl Spec {
    /// The methods that it answers. A route for GET answers HEAD too (RFC 9110, section 9.1).
    pub fn methods(&self) -> Vec<Method> {
        if self.method == Method::GET { vec![Method::GET, Method::HEAD] } else { vec![self.method.clone()] }
    }
}

/// One route: one type, one file, one function.
pub trait Route: 'static {
    /// Name, method, path, limits.
    const SPEC: Spec;
    /// The problems of its own, and when it answers with them. Those of its audience, input and
    /// limits are described there. See also [`ProblemKind::when`](super::ProblemKind::when).
    const PROBLEMS: &'static [(StatusCode, &'static str)] = &[];
    /// What it needs, made once at init.
    type State: FromApp;
    /// Who may call it.
    type Who: Audience;
    /// What it takes from path, query, headers and body.
    type Input: Input;
    /// What it answers. `Public` compiles only if `Who` is unauthenticated.
    type Reply: ReplyTo<Self::Who>;

    /// The account that the input names, for limits by [`Account`](crate::ratelimit::By::Account).
    fn account(input: &Self::Input) -> Option<String> {
        let _ = input;
        None
    }

    /// Answers one request.
    fn handle(
        state: &Self::State,
        cx: &Cx,
        who: Self::Who,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self::Reply, Problem>> + Send;
}
