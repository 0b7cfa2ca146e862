//! Who may call a route, as a type in its signature.
//!
//! A handler cannot get at an owner's data without having the owner, and only a session makes one
//! ([`SignedIn`]).
//!
//! An audience also says whether its callers carry consistency tokens. Everyone's answer is the same, so nobody's may depend
//! on what they have seen; a person's may.

use super::{Head, Problem, csrf::SameOrigin};
use crate::{
    app::FromApp,
    context::Cx,
    edge::Unauthenticated,
    session::{Admin, Session, Sessions, SignedIn, Subject},
    token::Tokens,
};
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

impl Audience for SignedIn {
    type Gate = (Sessions, Tokens, SameOrigin);

    async fn admit((sessions, _, pages): &Self::Gate, cx: &Cx, head: &Head) -> Result<Self, Problem> {
        pages.check(head)?;
        let token = head.credentials.token().ok_or_else(Problem::unauthenticated)?;
        sessions.identify(cx, token).await?.ok_or_else(Problem::unauthenticated)
    }

    fn subject(&self) -> Option<Subject> {
        Some(Self::subject(self))
    }

    fn tokens((_, tokens, _): &Self::Gate) -> Option<&Tokens> {
        Some(tokens)
    }
}

/// Whoever signs out: a person with a live session, or a client whose session is over. What both
/// want is the same, to have no session.
#[derive(Debug)]
pub struct SigningOut {
    person: Option<SignedIn>,
}

impl SigningOut {
    /// The session that is to end; `None` when it is over.
    pub fn session(&self) -> Option<&Session> {
        self.person.as_ref().map(SignedIn::session)
    }
}

impl Audience for SigningOut {
    type Gate = <SignedIn as Audience>::Gate;

    async fn admit((sessions, _, pages): &Self::Gate, cx: &Cx, head: &Head) -> Result<Self, Problem> {
        pages.check(head)?;
        let credentials = &head.credentials;
        match credentials.token() {
            Some(token) => Ok(Self { person: sessions.identify(cx, token).await? }),
            None if credentials.are_an_unreadable_cookie() => Ok(Self { person: None }),
            None => Err(Problem::unauthenticated()),
        }
    }

    fn subject(&self) -> Option<Subject> {
        self.person.as_ref().map(SignedIn::subject)
    }
}

impl Audience for Admin {
    type Gate = <SignedIn as Audience>::Gate;

    async fn admit(gate: &Self::Gate, cx: &Cx, head: &Head) -> Result<Self, Problem> {
        let person = SignedIn::admit(gate, cx, head).await?;
        gate.0.administrator(cx, &person).await?.ok_or_else(Problem::forbidden)
    }

    fn subject(&self) -> Option<Subject> {
        Some(Self::subject(self))
    }

    fn tokens(gate: &Self::Gate) -> Option<&Tokens> {
        SignedIn::tokens(gate)
    }
}
