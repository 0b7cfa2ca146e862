//! Sends at most one e-mail for each event.

use super::queues;
use crate::{
    accounts::{
        links::{Links, Purpose},
        users::{User, Users},
    },
    events::UserEvent,
    mails,
};
use shared::{
    app::{App, FromApp},
    config::ConfigError,
    context::Cx,
    env::{SITE_URL, Var},
    idempotency::Idempotency,
    lambda::Worker,
    mail::{Email, Mailer},
    queue::{Delivery, Failed},
    sign::NoKey,
    table::Consistency,
};
use std::time::Duration;

/// Sends the e-mail of an event.
pub struct SendEmail;

impl Worker for SendEmail {
    const NAME: &'static str = "email";
    const QUEUE: &'static Var = queues::EMAIL_QUEUE_URL;
    /// Nearly all of the function's thirty seconds. At one mail a second for the whole fleet, two
    /// environments need eighteen seconds for nine mails each; a tenth mail waits.
    const LIMIT: Duration = Duration::from_secs(28);
    type State = (Idempotency, Mailer, MailComposer);
    type Message = UserEvent;

    async fn handle(
        (once, mailer, composer): &Self::State,
        cx: &Cx,
        delivery: &Delivery,
        event: UserEvent,
    ) -> Result<(), Failed> {
        let send = async || {
            let user = composer.users.get(cx, event.user_id(), Consistency::Strong).await.map_err(Failed::retry)?;
            // The account is gone, or its mailbox cannot exist: a retry would not change that.
            let Some(user) = user.filter(|user| user.email.is_reachable()) else { return Ok::<_, Failed>(()) };
            match composer.compose(cx, delivery, &event, &user).await.map_err(Failed::retry)? {
                Some(email) => Ok(mailer.send(cx, &email).await?),
                None => Ok(()),
            }
        };
        once.run(cx, delivery, send).await
    }
}

/// Composes mails.
pub struct MailComposer {
    users: Users,
    links: Links,
    /// The URL of the site, with which links begin.
    site: String,
}

impl FromApp for MailComposer {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        let site = app.vars().required(SITE_URL)?.trim_end_matches('/').to_owned();
        Ok(Self { users: Users::from_app(app).await?, links: Links::from_app(app).await?, site })
    }
}

impl MailComposer {
    /// The mail of an event, if it has one. An address that is not verified may belong to another
    /// person, so the only mail to it is the one that verifies it, whatever happens in the account.
    async fn compose(
        &self,
        cx: &Cx,
        delivery: &Delivery,
        event: &UserEvent,
        user: &User,
    ) -> Result<Option<Email>, NoKey> {
        let (to, name, site) = (user.email.as_str(), user.name.as_str(), self.site.as_str());
        let asked_at = delivery.occurred_at;
        // After this time the link would not work.
        let link = async |purpose: Purpose| {
            let over = cx.clock.now().duration_since(asked_at) >= purpose.lifetime();
            if over { Ok(None) } else { self.links.seal(cx, purpose, user, asked_at).await.map(Some) }
        };
        Ok(match event {
            UserEvent::OrderPlaced(_) if !user.email_verified => None,
            _ if !user.email_verified => {
                link(Purpose::Verification).await?.map(|token| mails::verification(to, site, &token))
            }
            UserEvent::LinkRequested { purpose: Purpose::Reset, .. } => {
                link(Purpose::Reset).await?.map(|token| mails::reset(to, name, site, &token))
            }
            UserEvent::OrderPlaced(order) => Some(mails::order_confirmation(to, name, order, site)),
            UserEvent::AccountOpened { .. } | UserEvent::LinkRequested { purpose: Purpose::Verification, .. } => None,
        })
    }
}
