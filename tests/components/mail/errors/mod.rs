//! Which errors of SES are the address's fault, and which will pass.

mod answers;
mod worker;

use crate::helpers::{MailWorker, START, failures, json_of};
use aws_config::{retry::RetryConfig, timeout::TimeoutConfig};
use futures_util::future::join_all;
use serde_json::json;
use shared::{
    clock::Clock,
    config::Vars,
    context::Cx,
    mail::{Email, MailError, Mailer},
    queue::Failed,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tests::{
    dynamo::Tables,
    fault_injector::{FaultInjector, Rule},
    ses::Mailbox,
    sqs::Queues,
};

async fn send(answer: Option<(u16, &'static str)>) -> Result<(), MailError> {
    let mailbox = Mailbox::with(move |_| answer);
    Mailer::new(&mailbox.sdk(), "shop@example.com", Duration::ZERO).send(&Cx::detached(), &mail()).await
}

fn mail() -> Email {
    Email { to: "a@b.example".into(), subject: "s".into(), text: "t".into(), html: "h".into() }
}

/// What SES says of a sender that is not verified, and of every recipient in the sandbox.
const UNVERIFIED: &str = "MessageRejected: Email address is not verified. The following identities failed the check in \
    region EU-CENTRAL-1: shop@example.com";
