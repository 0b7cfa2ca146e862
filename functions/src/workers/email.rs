//! E-mails: one for each event, once.

use super::EMAIL_QUEUE;
use crate::{events::Event, mails, users::Users};
use shared::{
    app::{App, FromApp},
    config::ConfigError,
    context::Cx,
    idempotency::Idempotency,
    lambda::Worker,
    mail::Mailer,
    queue::{Delivery, Failed},
    table::Consistency,
};

/// Sends the e-mail that an event calls for.
pub struct SendEmail;

/// The address that links in e-mails begin with.
pub struct Site(String);

impl FromApp for Site {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self(app.vars().required("SITE_URL")?.trim_end_matches('/').to_owned()))
    }
}

impl Worker for SendEmail {
    const NAME: &'static str = "email";
    const QUEUE: &'static str = EMAIL_QUEUE;
    type State = (Idempotency, Mailer, (Users, Site));
    type Message = Event;

    async fn handle(
        (once, mailer, (users, site)): &Self::State,
        cx: &Cx,
        delivery: &Delivery,
        event: Event,
    ) -> Result<(), Failed> {
        let user_id = match &event {
            Event::AccountOpened { user_id } => *user_id,
            Event::OrderPlaced(order) => order.user_id,
        };
        let send = async || {
            let user = users.get(cx, user_id, Consistency::Strong).await.map_err(Failed::retry)?;
            // The account is gone: there is nobody to write to, and that will not change.
            let Some(user) = user else { return Ok::<_, Failed>(()) };
            if !user.email.is_reachable() {
                return Ok(());
            }
            let (to, name) = (user.email.as_str(), user.name.as_str());
            let email = match &event {
                Event::AccountOpened { .. } => mails::welcome(to, name, &site.0),
                Event::OrderPlaced(order) => mails::order_confirmation(to, name, order, &site.0),
            };
            Ok(mailer.send(cx, &email).await?)
        };
        once.run(cx, delivery, send).await
    }
}
