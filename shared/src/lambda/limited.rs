//! Limits in the way of a request: between who it is from and what it does.
//!
//! The order is a matter of what each step costs. The body is parsed first, which costs no call, because the limits of a sign-in count by the
//! account that it names; a body that cannot be read counts all the same. The session is found before that, which is a call:
//! so tokens that nobody has are limited on their own, by network and by the person that they claim to be. Who guesses for one person is
//! refused before anything is read. Who guesses for many is refused after: an address has many people behind it, and their tokens are
//! good.

use super::{Audience, Head, Input as _, Problem, Route};
use crate::{
    app::App,
    config::ConfigError,
    context::Cx,
    edge::Response,
    ratelimit::{By, Caller, Limit, Limits, Network, Verdict, policy},
    session::Token,
};
use bytes::Bytes;
use http::{HeaderValue, header::CACHE_CONTROL};
use std::net::IpAddr;

/// The address that the gateway saw, as an extension of the request.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Tokens without a session, from one network: for one person, and for all.
const BAD_TOKENS: [Limit; 2] = [Limit::per_minute(10).by(By::Account), Limit::per_minute(600)];

/// The headers, and the facts of the wide event that they are made from.
pub(super) const HEADERS: [(&str, &str); 2] = [("ratelimit", "ratelimit"), ("ratelimit-policy", "ratelimit_policy")];

/// The limits of a route; none for one that touches nothing.
pub(super) struct Limited(Option<Parts>);

struct Parts {
    route: Limits,
    bad_tokens: Limits,
}

impl Limited {
    pub(super) fn of<R: Route>(app: &App) -> Result<Self, ConfigError> {
        if R::SPEC.limits.is_empty() {
            return Ok(Self(None));
        }
        let durable = R::SPEC.limits.iter().any(Limit::is_durable);
        Ok(Self(Some(Parts {
            route: Limits::new(R::SPEC.name, R::SPEC.limits, app.vars(), app.limit_store(durable)?)?,
            bad_tokens: Limits::new("bad-token", &BAD_TOKENS, app.vars(), app.limit_store(false)?)?,
        })))
    }

    /// Counts a request that is refused before anybody knows who sent it.
    pub(super) async fn count(&self, cx: &Cx, network: Network) -> Result<(), Problem> {
        let Some(Parts { route, .. }) = &self.0 else { return Ok(()) };
        passed(cx, route, &route.take(cx, &Caller::from_network(network), 1).await)
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
        let Some(parts) = &self.0 else {
            let who = R::Who::admit(gate, cx, head).await?;
            return Ok((who, R::Input::parse(head, body)?));
        };
        let who = parts.find::<R>(gate, cx, head, network).await?;
        let caller = who.subject().map_or_else(|| Caller::from_network(network), Caller::signed_in);
        let input = R::Input::parse(head, body);
        let caller = match input.as_ref().ok().and_then(R::account) {
            Some(account) => caller.naming(&account),
            None => caller,
        };
        passed(cx, &parts.route, &parts.route.take(cx, &caller, 1).await)?;
        Ok((who, input?))
    }
}

impl Parts {
    /// Finds out who it is. What is no session's token counts as an attempt.
    async fn find<R: Route>(
        &self,
        gate: &<R::Who as Audience>::Gate,
        cx: &Cx,
        head: &Head,
        network: Network,
    ) -> Result<R::Who, Problem> {
        let token = if R::Who::HAS_SESSION { Token::from_headers(&head.headers) } else { None };
        let Some(token) = token else { return R::Who::admit(gate, cx, head).await };
        let claimed = Caller::from_network(network).naming(&token.subject().to_string());
        if let Some(verdict) = self.bad_tokens.refused(cx, &claimed, 1) {
            passed(cx, &self.bad_tokens, &verdict)?;
        }
        let found = R::Who::admit(gate, cx, head).await;
        // Not what another site's page made a browser send: the person it belongs to would be the one who is refused.
        let guessed = |problem: &Problem| matches!(problem.slug(), "unauthenticated" | "forbidden");
        if found.as_ref().is_err_and(guessed) {
            passed(cx, &self.bad_tokens, &self.bad_tokens.take(cx, &claimed, 1).await)?;
        }
        found
    }
}

/// Notes what the limits said, and turns a refusal into its problem.
fn passed(cx: &Cx, limits: &Limits, verdict: &Verdict) -> Result<(), Problem> {
    if !verdict.said.is_empty() {
        let [(_, said), (_, all)] = HEADERS;
        cx.event.set(said, verdict.rate_limit());
        cx.event.set(all, policy(limits.all()));
    }
    verdict.retry_after().map_or(Ok(()), |wait| Err(Problem::too_many(wait)))
}

/// Whether one client's limits may be told with this response. What the CDN keeps is shown to others.
pub(super) fn may_tell(response: &Response) -> bool {
    !response.headers().get(CACHE_CONTROL).is_some_and(|value: &HeaderValue| value.as_bytes().starts_with(b"public"))
}
