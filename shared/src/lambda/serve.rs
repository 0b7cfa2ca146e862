//! The way of a request: match, admit, parse, handle, reply; then one line that says how it went.

use super::{Audience as _, Head, Peer, Problem, Ready, Route, limited};
use crate::{
    app::App,
    cache,
    context::Cx,
    edge::{ReplyTo as _, Response, conditional},
    resilience::DEGRADED,
    telemetry, token,
};
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderName, HeaderValue, Method, header::ORIGIN};
use lambda_http::{Body, RequestExt as _, request::RequestContext, service_fn};
use std::{
    panic::AssertUnwindSafe,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// A request, free of Lambda.
pub type Request = http::Request<Bytes>;

/// Kept back from the deadline, to get a 503 out before the platform gives up on us.
const RESERVE: Duration = Duration::from_millis(300);

static COLD: AtomicBool = AtomicBool::new(true);

/// Runs the route `R` as a Lambda function: init, then one request after another. The whole of a binary's `main`.
pub fn serve<R: Route>() -> ExitCode {
    telemetry::init();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(R::SPEC.name, &error),
    };
    let run = async {
        let ready = Arc::new(Ready::<R>::from_app(&App::from_env()?).await?);
        let handler = service_fn(move |event: lambda_http::Request| {
            let ready = Arc::clone(&ready);
            async move { Ok::<_, lambda_http::Error>(invoke(&ready, event).await) }
        });
        lambda_http::run(handler).await
    };
    match runtime.block_on(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(R::SPEC.name, error.as_ref()),
    }
}

fn failed(name: &str, error: &dyn std::error::Error) -> ExitCode {
    tracing::error!(function = name, %error, "init failed");
    ExitCode::FAILURE
}

async fn invoke<R: Route>(ready: &Ready<R>, event: lambda_http::Request) -> lambda_http::Response<Body> {
    let context = event.lambda_context();
    let deadline = UNIX_EPOCH + Duration::from_millis(context.deadline);
    let left = deadline.duration_since(SystemTime::now()).unwrap_or_default().saturating_sub(RESERVE);
    let cx = Cx::new(ready.clock.clone(), context.request_id, left);
    let path = lambda_http::RequestExt::raw_http_path(&event).to_owned();
    let peer = peer(&event);
    let (mut parts, body) = event.into_parts();
    if let Some(peer) = peer {
        parts.extensions.insert(peer);
    }
    if let Ok(uri) = uri(&path, parts.uri.query()) {
        parts.uri = uri;
    }
    let body = match body {
        Body::Text(text) => Bytes::from(text),
        Body::Binary(bytes) => Bytes::from(bytes),
        _ => Bytes::new(),
    };
    let response = answer(ready, &cx, Request::from_parts(parts, body)).await;
    response.map(|bytes| match String::from_utf8(bytes.into()) {
        Ok(text) => Body::Text(text),
        Err(not_text) => Body::Binary(not_text.into_bytes()),
    })
}

/// Who called the gateway, by its own account.
fn peer(event: &lambda_http::Request) -> Option<Peer> {
    let RequestContext::ApiGatewayV2(context) = event.request_context_ref()? else { return None };
    context.http.source_ip.as_ref()?.parse().ok().map(Peer)
}

fn uri(path: &str, query: Option<&str>) -> Result<http::Uri, http::uri::InvalidUri> {
    match query {
        Some(query) => format!("{path}?{query}").parse(),
        None => path.parse(),
    }
}

/// Answers one request of the route `R`: what [`serve`] does with each event, and what tests call.
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
    let origin = request.headers().get(ORIGIN).cloned();
    let guarded = AssertUnwindSafe(handle::<R>(ready, cx, request)).catch_unwind();
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
    ready.cors.stamp(origin.as_ref(), !limited::may_tell(&response), &mut response);
    stamp(&mut response, cx);
    cx.event.emit();
    response
}

async fn handle<R: Route>(ready: &Ready<R>, cx: &Cx, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    if ready.edge.is_known() && !ready.edge.sent(&parts.headers) {
        return Err(Problem::past_the_cdn());
    }
    let head = Head::parse(parts.method, &parts.uri, parts.headers, R::SPEC.path).ok_or_else(Problem::no_route)?;
    let tokens = R::Who::tokens(&ready.gate);
    if let (Some(tokens), Some(token)) = (tokens, head.header(token::HEADER)) {
        cx.event.set("token", tokens.open(cx, token));
    }
    let peer = parts.extensions.get::<Peer>().map(|peer| peer.0);
    let network = ready.edge.network(&head.headers, peer);
    let (who, input) = ready.limited.admit::<R>(&ready.gate, cx, &head, network, &body).await?;
    let reply = R::handle(&ready.state, cx, who, input).await?;
    let complete = cx.event.fact(DEGRADED).is_none();
    let shared = R::SPEC.shared.map(|shared| if complete { shared } else { shared.incomplete() });
    let mut response = reply.into_reply(shared);
    if head.method == Method::GET {
        return Ok(conditional(&head.headers, response));
    }
    // A write answers with what its client has seen from now on.
    let token = tokens.and_then(|tokens| tokens.seal(cx)).and_then(|token| HeaderValue::try_from(token).ok());
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
    let told = if limited::may_tell(response) { &limited::HEADERS[..] } else { &[] };
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
