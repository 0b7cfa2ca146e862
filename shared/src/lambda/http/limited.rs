//! Limits in the way of a request: between who it is from and what it does.
//!
//! The order is a matter of what each step costs. The session is found first: a token that somebody
//! made up costs no call, and one that is over costs one a minute. So bad tokens have no limit of
//! their own, which could only refuse the good tokens of other people: those of one person, or of
//! one network. Then the body is parsed, which costs no call either, because the limits of a
//! sign-in count by the account that it names; a body that cannot be read counts all the same.

use super::{Audience, Head, Input as _, Problem, Route};
use crate::{
    app::App,
    config::ConfigError,
    context::Cx,
    edge::{Network, Response},
    ratelimit::{Caller, Limit, Limits, Verdict, policy},
};
use bytes::Bytes;
use http::{HeaderValue, header::CACHE_CONTROL};
use std::net::IpAddr;

/// The address that the gateway saw, as an extension of the request.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// The headers, and the facts of the wide event that they are made from.
pub(super) const HEADERS: [(&str, &str); 2] = [("ratelimit", "ratelimit"), ("ratelimit-policy", "ratelimit_policy")];

/// The limits of a route; none for one that touches nothing.
pub(super) struct Limited(Option<Limits>);

impl Limited {
    pub(super) fn of<R: Route>(app: &App) -> Result<Self, ConfigError> {
        if R::SPEC.limits.is_empty() {
            return Ok(Self(None));
        }
        let durable = R::SPEC.limits.iter().any(Limit::is_durable);
        Ok(Self(Some(Limits::new(R::SPEC.name, R::SPEC.limits, app.vars(), app.limit_store(durable)?)?)))
    }

    /// Counts a request that is refused before anybody knows who sent it.
    pub(super) async fn count(&self, cx: &Cx, network: Network) -> Result<(), Problem> {
        let Some(limits) = &self.0 else { return Ok(()) };
        enforce(cx, limits, &limits.take(cx, &Caller::from_network(network), 1).await)
    }

    /// Who is let in, and what they ask for.
    pub(super) async fn admit<R: Route>(
        &self,
        gate: &<R::Who as Audience>::Gate,
        cx: &Cx,
        head: &Head,
        network: Network,
        body: &Bytes,
    ) -> Result<(R::Who, R::Input), Problem> {
        let who = R::Who::admit(gate, cx, head).await?;
        let Some(limits) = &self.0 else { return Ok((who, R::Input::parse(head, body)?)) };
        let caller = who.subject().map_or_else(|| Caller::from_network(network), Caller::signed_in);
        let input = R::Input::parse(head, body);
        let caller = match input.as_ref().ok().and_then(R::account) {
            Some(account) => caller.naming(&account),
            None => caller,
        };
        enforce(cx, limits, &limits.take(cx, &caller, 1).await)?;
        Ok((who, input?))
    }
}

/// Notes what the limits said, and turns a refusal into its problem.
fn enforce(cx: &Cx, limits: &Limits, verdict: &Verdict) -> Result<(), Problem> {
    if !verdict.said.is_empty() {
        let [(_, said), (_, all)] = HEADERS;
        cx.event.set(said, verdict.rate_limit());
        cx.event.set(all, policy(limits.all()));
    }
    verdict.retry_after().map_or(Ok(()), |wait| Err(Problem::too_many(wait)))
}

/// Whether only the caller sees this response, so that it may carry the caller's limits. The CDN shows
/// the others to everybody.
pub(super) fn is_private(response: &Response) -> bool {
    !response.headers().get(CACHE_CONTROL).is_some_and(|value: &HeaderValue| value.as_bytes().starts_with(b"public"))
}
