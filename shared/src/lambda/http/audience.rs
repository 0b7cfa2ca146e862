//! Who may call a route, as a type in its signature.
//!
//! The fields are private and only `admit` makes the values: a handler cannot get at an owner's data without having the
//! owner, and cannot have the owner without a session.
//!
//! An audience also says whether its callers carry consistency tokens. Everyone's answer is the same, so nobody's may depend
//! on what they have seen; a person's may.

use super::{Head, Problem, csrf::SameOrigin};
use crate::{
    app::FromApp,
    context::Cx,
    edge::Unauthenticated,
    session::{Session, Sessions, Subject, Token},
    token::Tokens,
};
use http::header::AUTHORIZATION;
use std::future::Future;

/// Decides who is let in.
pub trait Audience: Sized + Send {
    /// What deciding takes.
    type Gate: FromApp;
    /// Lets the caller in, or says why not.
    fn admit(gate: &Self::Gate, cx: &Cx, head: &Head) -> impl Future<Output = Result<Self, Problem>> + Send;
    /// Whom limits count, when somebody is signed in.
    fn subject(&self) -> Option<Subject> {
        None
    }
    /// What reads and makes the callers' consistency tokens; `None` where the answer is the same for everyone.
    fn tokens(gate: &Self::Gate) -> Option<&Tokens> {
        let _ = gate;
        None
    }
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
    type Gate = (Sessions, Tokens, SameOrigin);

    async fn admit((sessions, _, pages): &Self::Gate, cx: &Cx, head: &Head) -> Result<Self, Problem> {
        pages.check(head)?;
        let token = Token::from_headers(&head.headers).ok_or_else(Problem::unauthenticated)?;
        let session = sessions.find(cx, &token).await?.ok_or_else(Problem::unauthenticated)?;
        cx.event.set("subject", session.subject.to_string());
        Ok(Self { session })
    }

    fn subject(&self) -> Option<Subject> {
        Some(self.session.subject)
    }

    fn tokens((_, tokens, _): &Self::Gate) -> Option<&Tokens> {
        Some(tokens)
    }
}

/// Whoever signs out: a person with a live session, or a client whose session is over. What both
/// want is the same, to have no session.
#[derive(Debug)]
pub struct SigningOut {
    session: Option<Session>,
}

impl SigningOut {
    /// The session that is to end; `None` when it is over.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }
}

impl Audience for SigningOut {
    type Gate = <SignedIn as Audience>::Gate;

    async fn admit((sessions, _, pages): &Self::Gate, cx: &Cx, head: &Head) -> Result<Self, Problem> {
        pages.check(head)?;
        let Some(token) = Token::from_headers(&head.headers) else {
            let unreadable = !head.headers.contains_key(AUTHORIZATION) && Token::has_cookie(&head.headers);
            return if unreadable { Ok(Self { session: None }) } else { Err(Problem::unauthenticated()) };
        };
        let session = sessions.find(cx, &token).await?;
        if let Some(session) = &session {
            cx.event.set("subject", session.subject.to_string());
        }
        Ok(Self { session })
    }

    fn subject(&self) -> Option<Subject> {
        self.session.as_ref().map(|session| session.subject)
    }
}

/// A person whom the operators made an administrator. Whether that still holds is asked with every request.
#[derive(Debug)]
pub struct Admin {
    subject: Subject,
}

impl Audience for Admin {
    type Gate = <SignedIn as Audience>::Gate;

    async fn admit(gate: &Self::Gate, cx: &Cx, head: &Head) -> Result<Self, Problem> {
        let person = SignedIn::admit(gate, cx, head).await?;
        let subject = person.session.subject;
        let granted = gate.0.grants().has(cx, subject).await?;
        if granted { Ok(Self { subject }) } else { Err(Problem::forbidden()) }
    }

    fn subject(&self) -> Option<Subject> {
        Some(self.subject)
    }

    fn tokens(gate: &Self::Gate) -> Option<&Tokens> {
        SignedIn::tokens(gate)
    }
}
