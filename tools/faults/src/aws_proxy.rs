//! The wire to AWS: requests of HTTP/1.1 one by one, with the faults that strike them.
//!
//! A request is taken as a whole before anything is done with it, and goes on byte by byte as it
//! came, its `Host` too: signatures are over both. What was sent on is done, also when the client
//! has gone meanwhile.

use crate::{
    aws::{self, Purpose},
    batch,
    board::{Board, Call, Strike},
    cache::GARBAGE,
    message::{Awaited, Connection, Message, answer},
    rule::Fault,
};
use std::{
    io::{ErrorKind, Result},
    net::SocketAddr,
    time::Instant,
};
use tokio::{net::TcpStream, time::sleep};

/// What becomes of a connection after an answer.
enum Next {
    Another,
    Close,
    Reset,
    /// The client waits for an answer that does not come.
    Silence,
}

/// Serves one connection to its end.
pub(crate) async fn serve(board: &Board, client: TcpStream, upstream: SocketAddr) {
    let mut client = Connection::new(client);
    let connected = Instant::now();
    let mut line = Line { board, connected, upstream, server: None };
    // Whose connection it is turns out with its first request.
    let mut service = String::new();
    loop {
        let request = tokio::select! {
            request = client.read(Awaited::Request) => request,
            () = board.until_cut(&service, connected) => return client.reset(),
        };
        let Ok(Some(request)) = request else { return };
        let purpose = aws::purpose(&request);
        service.clone_from(&purpose.service);
        let next = tokio::select! {
            biased;
            next = line.answer(&mut client, &request, &purpose) => next.unwrap_or(Next::Reset),
            () = board.until_cut(&service, connected) => Next::Reset,
        };
        match next {
            Next::Another if request.keeps_alive() => {}
            Next::Another | Next::Close => return,
            Next::Reset => return client.reset(),
            Next::Silence => return client.ignore().await,
        }
    }
}

struct Line<'a> {
    board: &'a Board,
    connected: Instant,
    upstream: SocketAddr,
    server: Option<Connection>,
}

impl Line<'_> {
    async fn answer(&mut self, client: &mut Connection, request: &Message, purpose: &Purpose) -> Result<Next> {
        let Purpose { service, operation } = purpose;
        let parts = [request.head(), request.body()];
        let call = Call { service, operation, parts, connected: self.connected };
        let Some(strike) = self.board.decide(&call) else { return self.pass(client, request).await };
        let Strike { fault, delay, mut dice } = strike;
        match fault {
            Fault::Down => Ok(Next::Reset),
            Fault::Hang | Fault::HalfOpen => Ok(Next::Silence),
            Fault::AddDelay { .. } => {
                sleep(delay).await;
                self.pass(client, request).await
            }
            Fault::LostAnswer => {
                self.perform(request, &request.bytes).await?;
                Ok(Next::Reset)
            }
            Fault::Garbage => {
                self.instead(client, request, false, GARBAGE).await?;
                Ok(Next::Close)
            }
            Fault::Nonsense => {
                let nonsense = answer(200, &[("content-type", "application/json")], r#"{"Nonsense":42}"#);
                self.instead(client, request, false, &nonsense).await
            }
            Fault::Throttle => {
                let (status, code) = aws::throttle(service);
                self.instead(client, request, true, &aws::failure(service, status, code)).await
            }
            Fault::Error { code, status_code, prevent_execution } => {
                let code = code.as_deref().unwrap_or("InternalServerError");
                let failure = aws::failure(service, status_code.unwrap_or(500), code);
                self.instead(client, request, prevent_execution, &failure).await
            }
            Fault::HttpResponse { status_code, content_type, body, prevent_execution } => {
                let answer = answer(status_code, &[("content-type", &content_type)], &body);
                self.instead(client, request, prevent_execution, &answer).await
            }
            Fault::PartialBatch { share } => {
                let body = serde_json::from_slice(request.body()).unwrap_or_default();
                match batch::split(operation, &body, share, &mut dice) {
                    Some(split) => self.part(client, request, split).await,
                    None => self.pass(client, request).await,
                }
            }
        }
    }

    /// The service's own answer.
    async fn pass(&mut self, client: &mut Connection, request: &Message) -> Result<Next> {
        let answer = self.perform(request, &request.bytes).await?;
        client.write(&answer.bytes).await?;
        Ok(if answer.keeps_alive() { Next::Another } else { Next::Close })
    }

    async fn instead(
        &mut self,
        client: &mut Connection,
        request: &Message,
        prevent_execution: bool,
        answer: &[u8],
    ) -> Result<Next> {
        if !prevent_execution {
            self.perform(request, &request.bytes).await?;
        }
        client.write(answer).await?;
        Ok(Next::Another)
    }

    async fn part(&mut self, client: &mut Connection, request: &Message, split: batch::Split) -> Result<Next> {
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

    /// Sends a request on, and reads the answer. A connection that the service has closed since its
    /// last answer is replaced: it has not taken the request.
    async fn perform(&mut self, request: &Message, bytes: &[u8]) -> Result<Message> {
        let awaited = if request.method == "HEAD" { Awaited::AnswerToHead } else { Awaited::Answer };
        if let Some(mut server) = self.server.take()
            && server.write(bytes).await.is_ok()
            && let Ok(Some(answer)) = server.read(awaited).await
        {
            self.server = answer.keeps_alive().then_some(server);
            return Ok(answer);
        }
        let mut server = Connection::to(self.upstream).await?;
        server.write(bytes).await?;
        let answer = server.read(awaited).await?.ok_or(ErrorKind::UnexpectedEof)?;
        self.server = answer.keeps_alive().then_some(server);
        Ok(answer)
    }
}
