//! The way of a request: match, admit, parse, handle, reply; then one line that says how it went.

use super::{
    Audience as _, Head, Peer, Problem, Ready, Route,
    event::{self, Flaw},
    limited,
};
use crate::{
    app::App,
    cache,
    context::Cx,
    edge::{Network, QUICK, ReplyTo as _, Response, conditional},
    lambda::runtime::{Raw, Timeout, run},
    resilience::DEGRADED,
    token,
};
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{
    HeaderName, HeaderValue, Method,
    header::{CONTENT_LENGTH, ORIGIN},
};
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use std::{
    panic::AssertUnwindSafe,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// A request, free of Lambda.
pub type Request = http::Request<Bytes>;

/// Kept back from the deadline, to get a 503 out before the platform gives up on us.
const RESERVE: Duration = Duration::from_millis(300);

static COLD: AtomicBool = AtomicBool::new(true);

/// Runs the route `R` as a Lambda function: init, then one request after another. The whole of a binary's `main`.
pub fn serve<R: Route>() -> ExitCode {
    run(R::SPEC.name, async {
        let app = App::from_env()?;
        let (timeout, ready) = (Timeout::from_vars(app.vars())?, Arc::new(Ready::<R>::from_app(&app).await?));
        let handler = service_fn(move |event: LambdaEvent<Raw>| {
            let ready = Arc::clone(&ready);
            async move {
                let LambdaEvent { payload, context } = event;
                let left = timeout.left(&context).saturating_sub(RESERVE);
                let cx = Cx::new(ready.clock.clone(), context.request_id, left);
                Ok::<_, Error>(answer_event(&ready, &cx, payload.get()).await)
            }
        });
        lambda_runtime::run(handler).await
    })
}

/// Answers one event of API Gateway, in its words: what [`serve`] does with each, and what tests
/// call. Any JSON is answered; what is no event of an HTTP API is a 400.
pub async fn answer_event<R: Route>(ready: &Ready<R>, cx: &Cx, json: &str) -> ApiGatewayV2httpResponse {
    // Boxed: with all that a route awaits inside, the compiler's limit for one future is near.
    event::answer(Box::pin(answer(ready, cx, event::read(json))).await)
}

/// Answers one request of the route `R`, free of Lambda.
///
/// Every outcome is a response: a deadline that comes near is a 503, a panic a 500.
pub async fn answer<R: Route>(ready: &Ready<R>, cx: &Cx, request: Request) -> Response {
    let start = Instant::now();
    cx.event.set("route", R::SPEC.name);
    cx.event.set("method", request.method().as_str());
    cx.event.set("request_id", cx.request_id.clone());
    if COLD.swap(false, Ordering::Relaxed) {
        cx.event.set("cold", true);
    }
    let (origin, method) = (request.headers().get(ORIGIN).cloned(), request.method().clone());
    // Boxed: the compiler gives up on the layout of futures that are nested too deeply.
    let guarded = AssertUnwindSafe(Box::pin(handle::<R>(ready, cx, request))).catch_unwind();
    let mut response = match tokio::time::timeout_at(cx.deadline().into(), guarded).await {
        Ok(Ok(Ok(reply))) => reply,
        Ok(Ok(Err(problem))) => {
            cx.event.set("problem", problem.slug());
            problem.into_response()
        }
        Ok(Err(_)) => Problem::internal("a handler panicked").into_response(),
        Err(_) => Problem::unavailable("the deadline came near").into_response(),
    };
    cx.event.time("total", start.elapsed());
    cx.event.set("status", response.status().as_u16());
    ready.cors.stamp(origin.as_ref(), !limited::is_private(&response), &mut response);
    stamp(&mut response, cx);
    if method == Method::HEAD {
        without_body(&mut response);
    }
    cx.event.emit();
    response
}

/// The answer to a HEAD: what a GET would have been answered, without its body (RFC 9110, section
/// 9.3.2).
fn without_body(response: &mut Response) {
    let body = std::mem::take(response.body_mut());
    if !body.is_empty() {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
}

async fn handle<R: Route>(ready: &Ready<R>, cx: &Cx, request: Request) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    if ready.origin.is_known() && !ready.origin.sent(&parts.headers) {
        return Err(Problem::past_the_cdn());
    }
    let peer = parts.extensions.get::<Peer>().map(|peer| peer.0);
    let viewer = ready.origin.viewer(&parts.headers);
    if let Err(why) = viewer {
        cx.event.set("viewer_address", why.to_string());
        cx.event.metric("viewer_addresses_unread", 1);
    }
    let network = Network::of(viewer.ok().flatten().or(peer));
    if let Some(Flaw(problem)) = parts.extensions.remove() {
        ready.limited.count(cx, network).await?;
        return Err(problem);
    }
    let head = Head::parse(parts.method, &parts.uri, parts.headers, R::SPEC.path).ok_or_else(Problem::no_route)?;
    let mut tokens = R::Who::tokens(&ready.gate);
    if let (Some(reader), Some(token)) = (tokens, head.header(token::HEADER)) {
        match reader.open(cx, token).await {
            Ok(good) => cx.event.set("token", good),
            Err(error) if head.method.is_safe() => return Err(error.into()),
            // A new token would take the place of one that says what this write knows nothing of.
            Err(_) => tokens = None,
        }
    }
    let (who, input) = ready.limited.admit::<R>(&ready.gate, cx, &head, network, &body).await?;
    let started = Instant::now();
    let reply = R::handle(&ready.state, cx, who, input).await?;
    let (is_late, lacks_a_part) = (started.elapsed() >= QUICK, cx.event.fact(DEGRADED).is_some());
    let shared = R::SPEC.shared.map(|shared| if is_late { shared.late() } else { shared });
    let shared = shared.map(|shared| if lacks_a_part { shared.incomplete() } else { shared });
    let mut response = reply.into_reply(shared);
    if matches!(head.method, Method::GET | Method::HEAD) {
        return Ok(conditional(&head.headers, response));
    }
    // A write answers with what its client has seen from now on.
    let token = match tokens {
        Some(tokens) => tokens.seal(cx).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a write is answered without a token");
            None
        }),
        None => None,
    };
    let token = token.and_then(|token| HeaderValue::try_from(token).ok());
    response.headers_mut().extend(token.map(|token| (HeaderName::from_static(token::HEADER), token)));
    Ok(response)
}

/// What a browser must not make of an answer, which is data and no page: guess another type, frame it, run it, send its address
/// along, show it to other sites. And it comes over HTTPS from now on.
const SAFETY: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("strict-transport-security", "max-age=63072000"),
];

/// Where the answer came from, where the time went, what is missing, the id to quote in a complaint, and what keeps browsers safe.
fn stamp(response: &mut Response, cx: &Cx) {
    let facts = [("cache-status", cache::STATUS), ("degraded", DEGRADED), ("age", cache::AGE)];
    let told = if limited::is_private(response) { &limited::HEADERS[..] } else { &[] };
    let mut headers: Vec<_> = facts
        .into_iter()
        .chain(told.iter().copied())
        .filter_map(|(header, fact)| Some((header, cx.event.fact(fact)?.as_str()?.to_owned())))
        .collect();
    headers.extend(SAFETY.map(|(name, value)| (name, value.to_owned())));
    headers.push(("server-timing", cx.event.server_timing()));
    headers.push(("x-request-id", cx.request_id.clone()));
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
}
