//! Links in mails. A link opens a page of the site, which sends the link's token to these routes.

mod forgot;
mod reset;
mod verify;

pub use forgot::ForgotPassword;
pub use reset::ResetPassword;
pub use verify::VerifyEmail;

use crate::accounts::{
    LinkError,
    links::{NotALink, OpenError},
};
use shared::lambda::Problem;

impl From<NotALink> for Problem {
    fn from(error: NotALink) -> Self {
        Self::invalid_field("token", error.to_string())
    }
}

impl From<OpenError> for Problem {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Link(error) => error.into(),
            OpenError::NoKey(error) => error.into(),
        }
    }
}

impl From<LinkError> for Problem {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Link(error) => error.into(),
            LinkError::Table(error) => error.into(),
        }
    }
}
