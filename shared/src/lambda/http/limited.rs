//! The limits of a request. They are checked after the audience and before `handle`.
//!
//! The order follows from what each step costs. First the session is found: a made-up token costs
//! no call, and a token that is over costs one call a minute. So bad tokens need no limit of their
//! own, which would also refuse good tokens of the same person or network. Then the body is parsed,
//! which costs no call: the limits of a sign-in count by the account that the body names. A body
//! that cannot be read counts too.

use super::{Audience, Head, Input as _, Problem, Route};
use crate::{
    app::App,
    config::ConfigError,
    context::{Cx, LimitTexts},
    edge::{Network, Response},
    ratelimit::{Caller, Limit, Limits, Verdict, policy},
};
use bytes::Bytes;
use http::{HeaderValue, header::CACHE_CONTROL};

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

    /// Counts a request that is refused before its sender is known.
    pub(super) async fn count(&self, cx: &Cx, network: Network) -> Result<(), Problem> {
        let Some(limits) = &self.0 else { return Ok(()) };
        enforce(cx, limits, &limits.take(cx, &Caller::from_network(network), 1).await)
    }

    /// The caller and its input, if the audience, the limits and the parser admit them.
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

/// Notes what the limits say, and turns a refusal into its problem.
fn enforce(cx: &Cx, limits: &Limits, verdict: &Verdict) -> Result<(), Problem> {
    if !verdict.said.is_empty() {
        cx.answer.note_limits(LimitTexts { left: verdict.rate_limit(), policy: policy(limits.all()) });
    }
    verdict.retry_after().map_or(Ok(()), |wait| Err(Problem::too_many(wait)))
}

/// Whether this response is for one client only. The CDN keeps a public one and shows it to others.
pub(super) fn is_private(response: &Response) -> bool {
    !response.headers().get(CACHE_CONTROL).is_some_and(|value: &HeaderValue| value.as_bytes().starts_with(b"public"))
}
