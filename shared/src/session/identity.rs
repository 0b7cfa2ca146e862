//! The people that sessions identify. Their fields are private and only [`Sessions`] makes them. So
//! code that needs an owner's identity to reach the owner's data cannot run without one.

use super::{Session, Sessions, Subject, Token};
use crate::{context::Cx, table::TableError, telemetry::fields};

/// The person that a live session belongs to.
#[derive(Debug)]
pub struct SignedIn {
    session: Session,
}

impl SignedIn {
    /// The person's id.
    pub fn subject(&self) -> Subject {
        self.session.subject
    }

    /// The session itself.
    pub fn session(&self) -> &Session {
        &self.session
    }
}

/// A person whom the operators made an administrator.
#[derive(Debug)]
pub struct Admin {
    subject: Subject,
}

impl Admin {
    /// The administrator's id.
    pub fn subject(&self) -> Subject {
        self.subject
    }
}

impl Sessions {
    /// The person that the token belongs to; `None` when its session is over.
    pub async fn identify(&self, cx: &Cx, token: &Token) -> Result<Option<SignedIn>, TableError> {
        let session = self.find(cx, token).await?;
        if let Some(session) = &session {
            cx.event.set(fields::SUBJECT, session.subject.to_string());
        }
        Ok(session.map(|session| SignedIn { session }))
    }

    /// The person as an administrator; `None` if the person is none. The table is read each time,
    /// so taking the right away works at once.
    pub async fn administrator(&self, cx: &Cx, person: &SignedIn) -> Result<Option<Admin>, TableError> {
        let subject = person.subject();
        Ok(self.grants().has(cx, subject).await?.then_some(Admin { subject }))
    }
}
