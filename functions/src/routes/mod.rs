//! Every route, a file each. What API Gateway sends where stands in `template.yaml`; a test holds the two together.

pub mod admin;
pub mod catalog;
mod fallback;
mod health;
pub mod me;
pub mod orders;
mod page;
pub mod sessions;
pub mod users;

pub use fallback::Fallback;
pub use health::Health;
use shared::{
    lambda::{Route, Spec},
    ratelimit::Limit,
};

/// What one client may read in a minute: a page that shows dozens of things, reloaded all the time.
const READS: &[Limit] = &[Limit::per_minute(600)];
/// What one client may change in a minute: a person in a hurry.
const WRITES: &[Limit] = &[Limit::per_minute(60)];

/// All routes but the one that catches the rest.
pub fn all() -> Vec<Spec> {
    vec![
        Health::SPEC,
        users::Create::SPEC,
        users::Get::SPEC,
        sessions::Create::SPEC,
        sessions::Current::SPEC,
        sessions::End::SPEC,
        sessions::Revoke::SPEC,
        me::Get::SPEC,
        me::Update::SPEC,
        me::Delete::SPEC,
        me::Photo::SPEC,
        catalog::List::SPEC,
        catalog::Get::SPEC,
        catalog::Search::SPEC,
        orders::Create::SPEC,
        orders::List::SPEC,
        orders::Get::SPEC,
        admin::PutProduct::SPEC,
        admin::ListUsers::SPEC,
    ]
}
