//! `ops admin`.

use crate::Failure;
use clap::ValueEnum;
use functions::accounts::{email::EmailAddress, users::Users};
use shared::{
    app::{App, FromApp as _},
    context::Cx,
    session::Grants,
};

/// Make a person an administrator, or end that.
///
/// No request can do this: the right is a row in the table of sessions, and only an operator with
/// access to that table writes it. The person needs an account. Doing the same twice is no error.
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Examples:\n  ops admin grant ada@example.com\n  ops admin revoke ada@example.com"
)]
pub struct AdminArgs {
    /// Whether the person gets the right or loses it.
    #[arg(value_enum)]
    action: AdminAction,
    /// The e-mail address of the person's account.
    email: EmailAddress,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum AdminAction {
    /// Make the person an administrator.
    Grant,
    /// The person is no administrator any more.
    Revoke,
}

impl AdminArgs {
    pub(crate) async fn run(self, app: &App) -> Result<String, Failure> {
        let (cx, email) = (Cx::detached(), self.email.as_str());
        let (users, grants) = <(Users, Grants)>::from_app(app).await?;
        let user = users.by_email(&cx, &self.email).await?;
        let user = user.ok_or_else(|| format!("{email} has no account; the person must sign up first"))?;
        let change = match self.action {
            AdminAction::Grant => {
                grants.give(&cx, user.id.into()).await?;
                "is now"
            }
            AdminAction::Revoke => {
                grants.take(&cx, user.id.into()).await?;
                "is no longer"
            }
        };
        Ok(format!("{email} (user {}) {change} an administrator", user.id))
    }
}
