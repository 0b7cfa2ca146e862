//! Who may call a route, as a type in its signature.
//!
//! A handler needs an owner's identity to reach the owner's data, and only a session makes one
//! ([`SignedIn`]).
//!
//! An audience also says whether its callers send consistency tokens. An answer that is the same
//! for everyone cannot depend on what one caller has seen; an answer for one person can.
//!
//! A domain makes an audience of its own by implementing [`Audience`] and
//! [`Describe`](crate::openapi::Describe). It admits a person with [`SignedIn::admit`] first, and
//! then checks a role, as [`Admin`] does here.

use super::{Head, Problem, csrf::SameOrigin};
use crate::{
    app::FromApp,
    context::Cx,
    edge::Unauthenticated,
    session::{Admin, Session, Sessions, SignedIn, Subject},
    token::Tokens,
};
use std::future::Future;

/// Decides which callers a route admits.
pub trait Audience: Sized + Send {
    /// What it needs to decide, made once at init.
    type Gate: FromApp;
    /// Admits the caller, or says why not.
    fn admit(gate: &Self::Gate, cx: &Cx, head: &Head) -> impl Future<Output = Result<Self, Problem>> + Send;
    /// The person for whom limits count; `None` where nobody is signed in.
    fn subject(&self) -> Option<Subject> {
        None
    }
    /// What reads and makes the callers' consistency tokens; `None` where the answer is the same
    /// for everyone.
    fn tokens(gate: &Self::Gate) -> Option<&Tokens> {
        let _ = gate;
        None
    }
}

/// Everyone. No session is read, so a reply is the same for all callers and may be
/// [`Public`](crate::edge::Public).
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

/// A caller that signs out: a person with a live session, or a client whose session is over. Both
/// want to have no session.
#[derive(Debug)]
pub struct SigningOut {
    person: Option<SignedIn>,
}

impl SigningOut {
    /// The session that is to end; `None` when it is over already.
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
