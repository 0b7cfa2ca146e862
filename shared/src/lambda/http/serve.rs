//! The steps of a request: match, admit, parse, handle, reply. Then one log line says how it went.

use super::{
    Audience as _, Head, Peer, Problem, Ready, Request, Route,
    event::{self, Flaw},
    limited,
};
use crate::{
    app::App,
    context::Cx,
    edge::{Network, QUICK, ReplyTo as _, Response, conditional},
    lambda::runtime::{Raw, Timeout, run},
    telemetry::fields,
    token,
};
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

/// Kept back from the deadline, so that a 503 is sent before Lambda ends the invocation.
const RESERVE: Duration = Duration::from_millis(300);

static COLD: AtomicBool = AtomicBool::new(true);

/// Runs the route `R` as a Lambda function: init, then one request after another. A binary's `main`
/// is this call.
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

/// Answers one event of API Gateway, in the form that it takes. [`serve`] calls it for each event,
/// and tests do. Any JSON gets an answer; an event that is not of an HTTP API gets a 400.
pub async fn answer_event<R: Route>(ready: &Ready<R>, cx: &Cx, json: &str) -> ApiGatewayV2httpResponse {
    // Boxed: with everything that a route awaits, one future is close to the compiler's limit.
    event::answer(Box::pin(answer(ready, cx, event::read(json))).await)
}

/// Answers one request of the route `R`, without Lambda.
///
/// Every outcome is a response: a deadline that comes near becomes a 503, and a panic a 500.
pub async fn answer<R: Route>(ready: &Ready<R>, cx: &Cx, request: Request) -> Response {
    let start = Instant::now();
    // A context answers one request; a test may use it again for the same route.
    cx.route.get_or_init(|| R::SPEC.name);
    cx.event.set(fields::METHOD, request.method().as_str());
    cx.event.set(fields::REQUEST_ID, cx.request_id.clone());
    if COLD.swap(false, Ordering::Relaxed) {
        cx.event.set(fields::COLD, true);
    }
    let (origin, method) = (request.headers().get(ORIGIN).cloned(), request.method().clone());
    // Boxed: the compiler gives up on the layout of futures that are nested too deeply.
    let guarded = AssertUnwindSafe(Box::pin(handle::<R>(ready, cx, request))).catch_unwind();
    let mut response = match tokio::time::timeout_at(cx.deadline().into(), guarded).await {
        Ok(Ok(Ok(reply))) => reply,
        Ok(Ok(Err(problem))) => {
            cx.event.set(fields::PROBLEM, problem.slug());
            problem.into_response()
        }
        Ok(Err(_)) => Problem::internal("a handler panicked").into_response(),
        Err(_) => Problem::unavailable("the deadline came near").into_response(),
    };
    cx.event.time(fields::TOTAL, start.elapsed());
    cx.event.set(fields::STATUS, response.status().as_u16());
    ready.challenge.stamp(&mut response);
    ready.cors.stamp(origin.as_ref(), !limited::is_private(&response), &mut response);
    stamp(&mut response, cx);
    if method == Method::HEAD {
        without_body(&mut response);
    }
    cx.emit();
    response
}

/// Makes the answer to a GET the answer to a HEAD: it has no body, and the same headers (RFC 9110,
/// section 9.3.2).
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
        cx.event.set(fields::VIEWER_ADDRESS, why.to_string());
        cx.event.metric(fields::VIEWER_ADDRESSES_UNREAD, 1);
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
            Ok(good) => cx.event.set(fields::TOKEN, good),
            Err(error) if head.method.is_safe() => return Err(error.into()),
            // The old token may stand for writes that this one knows nothing of: it must stay.
            Err(_) => tokens = None,
        }
    }
    let (who, input) = ready.limited.admit::<R>(&ready.gate, cx, &head, network, &body).await?;
    let started = Instant::now();
    let reply = R::handle(&ready.state, cx, who, input).await?;
    let is_late = started.elapsed() >= QUICK;
    let shared = R::SPEC.shared.map(|shared| if is_late { shared.late() } else { shared });
    let shared = shared.map(|shared| if cx.answer.is_degraded() { shared.incomplete() } else { shared });
    let mut response = reply.into_reply(shared);
    if matches!(head.method, Method::GET | Method::HEAD) {
        return Ok(conditional(&head.headers, response));
    }
    // The answer to a write carries what its client has seen now.
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

/// An answer is data and not a page. A browser must not guess another type, show it in a frame, run
/// it, send its address to other sites or show it to them, and must use HTTPS from now on.
const SAFETY: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("strict-transport-security", "max-age=63072000"),
];

/// Adds the headers that every answer has: its source, where the time went, what is missing, the
/// request's id, and [`SAFETY`].
fn stamp(response: &mut Response, cx: &Cx) {
    let mut headers = cx.answer.headers(limited::is_private(response));
    headers.extend(SAFETY.map(|(name, value)| (name, value.to_owned())));
    headers.push(("server-timing", cx.event.server_timing()));
    headers.push(("x-request-id", cx.request_id.clone()));
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
}
