//! E-mails: one for each event, once.

use crate::{
    accounts::{
        links::{Links, Purpose},
        users::{User, Users},
    },
    env,
    events::Event,
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

/// Sends the e-mail that an event calls for.
pub struct SendEmail;

impl Worker for SendEmail {
    const NAME: &'static str = "email";
    const QUEUE: &'static Var = env::EMAIL_QUEUE_URL;
    /// All of the function's thirty seconds: at one mail a second, two environments take eighteen for nine each, and a tenth waits.
    const LIMIT: Duration = Duration::from_secs(28);
    type State = (Idempotency, Mailer, Desk);
    type Message = Event;

    async fn handle(
        (once, mailer, desk): &Self::State,
        cx: &Cx,
        delivery: &Delivery,
        event: Event,
    ) -> Result<(), Failed> {
        let send = async || {
            let user = desk.users.get(cx, event.user_id(), Consistency::Strong).await.map_err(Failed::retry)?;
            // The account is gone: there is nobody to write to, and that will not change.
            let Some(user) = user.filter(|user| user.email.is_reachable()) else { return Ok::<_, Failed>(()) };
            match desk.write(cx, delivery, &event, &user).await.map_err(Failed::retry)? {
                Some(email) => Ok(mailer.send(cx, &email).await?),
                None => Ok(()),
            }
        };
        once.run(cx, delivery, send).await
    }
}

/// What it takes to write a mail.
pub struct Desk {
    users: Users,
    links: Links,
    /// The address that links begin with.
    site: String,
}

impl FromApp for Desk {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        let site = app.vars().required(SITE_URL)?.trim_end_matches('/').to_owned();
        Ok(Self { users: Users::from_app(app).await?, links: Links::from_app(app).await?, site })
    }
}

impl Desk {
    /// The mail that an event calls for, if any. An address that is not verified may be another person's, who gets no mail but the one
    /// that asks, however often somebody orders or loses a password.
    async fn write(&self, cx: &Cx, delivery: &Delivery, event: &Event, user: &User) -> Result<Option<Email>, NoKey> {
        let (to, name, site) = (user.email.as_str(), user.name.as_str(), self.site.as_str());
        let asked_at = delivery.occurred_at;
        // What comes too late leads nowhere.
        let link = async |purpose: Purpose| {
            let over = cx.clock.now().duration_since(asked_at) >= purpose.lifetime();
            if over { Ok(None) } else { self.links.seal(cx, purpose, user, asked_at).await.map(Some) }
        };
        Ok(match event {
            Event::OrderPlaced(_) if !user.email_verified => None,
            _ if !user.email_verified => {
                link(Purpose::Verification).await?.map(|token| mails::verification(to, site, &token))
            }
            Event::LinkAsked { purpose: Purpose::Reset, .. } => {
                link(Purpose::Reset).await?.map(|token| mails::reset(to, name, site, &token))
            }
            Event::OrderPlaced(order) => Some(mails::order_confirmation(to, name, order, site)),
            Event::AccountOpened { .. } | Event::LinkAsked { purpose: Purpose::Verification, .. } => None,
        })
    }
}
