//! The proxy in front of AWS. It reads requests (HTTP/1.1) one by one, and applies the faults that
//! strike them.
//!
//! It reads a whole request before it does anything with it. It forwards the request byte by byte,
//! with the same `Host`, because the signature covers both. A request that was forwarded is
//! executed, even if the client has closed its connection meanwhile.

use crate::{
    aws::{self, CallPurpose},
    batch,
    cache_proxy::GARBAGE,
    call::{Call, Strike},
    message::{Awaited, HttpConnection, HttpMessage, answer},
    registry::Registry,
    rule::Fault,
};
use std::{
    io::{ErrorKind, Result},
    net::SocketAddr,
    time::Instant,
};
use tokio::{net::TcpStream, time::sleep};

/// What happens to a connection after an answer.
enum Next {
    Another,
    Close,
    Reset,
    /// The connection stays open, and no answer comes.
    Silence,
}

/// Serves one connection to its end.
pub(crate) async fn serve(registry: &Registry, client: TcpStream, upstream: SocketAddr) {
    let mut client = HttpConnection::new(client);
    let connected = Instant::now();
    let mut proxy = Proxy { registry, connected, upstream, server: None };
    // The first request names the service.
    let mut service = String::new();
    loop {
        let request = tokio::select! {
            request = client.read(Awaited::Request) => request,
            () = registry.until_cut(&service, connected) => return client.reset(),
        };
        let Ok(Some(request)) = request else { return };
        let purpose = aws::purpose(&request);
        service.clone_from(&purpose.service);
        let next = tokio::select! {
            biased;
            next = proxy.answer(&mut client, &request, &purpose) => next.unwrap_or(Next::Reset),
            () = registry.until_cut(&service, connected) => Next::Reset,
        };
        match next {
            Next::Another if request.keeps_alive() => {}
            Next::Another | Next::Close => return,
            Next::Reset => return client.reset(),
            Next::Silence => return client.ignore().await,
        }
    }
}

struct Proxy<'a> {
    registry: &'a Registry,
    connected: Instant,
    upstream: SocketAddr,
    server: Option<HttpConnection>,
}

impl Proxy<'_> {
    async fn answer(
        &mut self,
        client: &mut HttpConnection,
        request: &HttpMessage,
        purpose: &CallPurpose,
    ) -> Result<Next> {
        let CallPurpose { service, operation } = purpose;
        let parts = [request.head(), request.body()];
        let call = Call { service, operation, parts, connected: self.connected };
        let Some(strike) = self.registry.decide(&call) else { return self.forward(client, request).await };
        let Strike { fault, delay, mut random } = strike;
        match fault {
            Fault::Down => Ok(Next::Reset),
            Fault::Hang | Fault::HalfOpen => Ok(Next::Silence),
            Fault::AddDelay { .. } => {
                sleep(delay).await;
                self.forward(client, request).await
            }
            Fault::LostAnswer => {
                self.perform(request, &request.bytes).await?;
                Ok(Next::Reset)
            }
            Fault::Garbage => {
                self.replace(client, request, false, GARBAGE).await?;
                Ok(Next::Close)
            }
            Fault::Nonsense => {
                let nonsense = answer(200, &[("content-type", "application/json")], r#"{"Nonsense":42}"#);
                self.replace(client, request, false, &nonsense).await
            }
            Fault::Throttle => {
                let (status, code) = aws::throttle(service);
                self.replace(client, request, true, &aws::failure(service, status, code)).await
            }
            Fault::Error { code, status_code, prevent_execution } => {
                let code = code.as_deref().unwrap_or("InternalServerError");
                let failure = aws::failure(service, status_code.unwrap_or(500), code);
                self.replace(client, request, prevent_execution, &failure).await
            }
            Fault::HttpResponse { status_code, content_type, body, prevent_execution } => {
                let answer = answer(status_code, &[("content-type", &content_type)], &body);
                self.replace(client, request, prevent_execution, &answer).await
            }
            Fault::PartialBatch { share } => {
                let body = serde_json::from_slice(request.body()).unwrap_or_default();
                match batch::split(operation, &body, share, &mut random) {
                    Some(split) => self.perform_part(client, request, split).await,
                    None => self.forward(client, request).await,
                }
            }
        }
    }

    /// Answers as the service does.
    async fn forward(&mut self, client: &mut HttpConnection, request: &HttpMessage) -> Result<Next> {
        let answer = self.perform(request, &request.bytes).await?;
        client.write(&answer.bytes).await?;
        Ok(if answer.keeps_alive() { Next::Another } else { Next::Close })
    }

    /// Sends `answer` in place of the service's. The request is executed first, unless that is
    /// prevented.
    async fn replace(
        &mut self,
        client: &mut HttpConnection,
        request: &HttpMessage,
        prevent_execution: bool,
        answer: &[u8],
    ) -> Result<Next> {
        if !prevent_execution {
            self.perform(request, &request.bytes).await?;
        }
        client.write(answer).await?;
        Ok(Next::Another)
    }

    /// Executes a part of a batch, and names the rest in the answer.
    async fn perform_part(
        &mut self,
        client: &mut HttpConnection,
        request: &HttpMessage,
        split: batch::Split,
    ) -> Result<Next> {
        let mut done = None;
        if let Some(rest) = &split.request {
            let answer = self.perform(request, &request.with_body(rest.to_string().as_bytes())).await?;
            if answer.status != 200 {
                client.write(&answer.bytes).await?;
                return Ok(Next::Another);
            }
            done = Some(serde_json::from_slice(answer.body())?);
        }
        let body = split.answer(done).to_string();
        client.write(&answer(200, &[("content-type", request.header("content-type"))], &body)).await?;
        Ok(Next::Another)
    }

    /// Sends a request to the service and reads the answer. If the service has closed the
    /// connection since its last answer, it has not taken the request, and a new connection is
    /// made.
    async fn perform(&mut self, request: &HttpMessage, bytes: &[u8]) -> Result<HttpMessage> {
        let awaited = if request.method == "HEAD" { Awaited::AnswerToHead } else { Awaited::Answer };
        if let Some(mut server) = self.server.take()
            && server.write(bytes).await.is_ok()
            && let Ok(Some(answer)) = server.read(awaited).await
        {
            self.server = answer.keeps_alive().then_some(server);
            return Ok(answer);
        }
        let mut server = HttpConnection::to(self.upstream).await?;
        server.write(bytes).await?;
        let answer = server.read(awaited).await?.ok_or(ErrorKind::UnexpectedEof)?;
        self.server = answer.keeps_alive().then_some(server);
        Ok(answer)
    }
}
