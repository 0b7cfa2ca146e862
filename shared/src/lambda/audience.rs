//! Who may call a route, as a type in its signature.
//!
//! The fields are private and only `admit` makes the values: a handler cannot get at an owner's data without having the
//! owner, and cannot have the owner without a session.

use super::{Head, Problem};
use crate::{
    app::FromApp,
    context::Cx,
    edge::Unauthenticated,
    session::{Session, Sessions, Subject, Token},
};
use std::future::Future;

/// Decides who is let in.
pub trait Audience: Sized + Send {
    /// What deciding takes.
    type Gate: FromApp;
    /// Lets the caller in, or says why not.
    fn admit(gate: &Self::Gate, cx: &Cx, head: &Head) -> impl Future<Output = Result<Self, Problem>> + Send;
}

/// Everyone. No session is read, so replies are the same for all and may be [`Public`](crate::edge::Public).
#[derive(Debug)]
pub struct Anyone(());

impl Unauthenticated for Anyone {}

impl Audience for Anyone {
    type Gate = ();

    async fn admit((): &(), _: &Cx, _: &Head) -> Result<Self, Problem> {
        Ok(Self(()))
    }
}

/// The person that a live session belongs to.
#[derive(Debug)]
pub struct SignedIn {
    session: Session,
}

impl SignedIn {
    /// Whose session it is.
    pub fn subject(&self) -> Subject {
        self.session.subject
    }

    /// The session itself.
    pub fn session(&self) -> &Session {
        &self.session
    }
}

impl Audience for SignedIn {
    type Gate = Sessions;

    async fn admit(sessions: &Sessions, cx: &Cx, head: &Head) -> Result<Self, Problem> {
        let token = Token::from_headers(&head.headers).ok_or_else(Problem::unauthenticated)?;
        let session = sessions.find(cx, &token).await?.ok_or_else(Problem::unauthenticated)?;
        cx.event.set("subject", session.subject.to_string());
        Ok(Self { session })
    }
}
