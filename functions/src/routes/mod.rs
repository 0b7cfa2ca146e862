//! All routes, one file for each. `template.yaml` says which requests API Gateway sends to which
//! function; a test compares the two.

pub mod admin;
pub mod catalog;
mod fallback;
mod health;
pub mod links;
pub mod me;
pub mod orders;
mod page;
pub mod sessions;
pub mod users;

pub use fallback::Fallback;
pub use health::GetHealth;
use shared::{
    lambda::{Route, Spec},
    openapi::{self, Described, Document, Info, operation},
    ratelimit::Limit,
};

/// How many reads a client may make in a minute: enough for a page that loads dozens of things and
/// is reloaded all the time.
const READS: &[Limit] = &[Limit::per_minute(600).batched()];
/// How many writes a client may make in a minute: enough for a person in a hurry.
const WRITES: &[Limit] = &[Limit::per_minute(60)];

/// Makes everything that needs the list of routes from one list.
macro_rules! routes {
    ($($route:ty,)*) => {
        /// All routes except [`Fallback`], which answers all other requests.
        pub fn all() -> Vec<Spec> {
            vec![$(<$route>::SPEC),*]
        }

        const DESCRIBED: &[Described] = &[$(operation::<$route>),*];
    };
}

routes![
    GetHealth,
    users::CreateUser,
    users::GetUser,
    sessions::CreateSession,
    sessions::GetSession,
    sessions::EndSession,
    sessions::RevokeSessions,
    me::GetMe,
    me::ExportMe,
    me::UpdateMe,
    me::DeleteMe,
    me::PutPhoto,
    me::ResendVerification,
    links::VerifyEmail,
    links::ForgotPassword,
    links::ResetPassword,
    catalog::ListProducts,
    catalog::GetProduct,
    catalog::SearchProducts,
    orders::CreateOrder,
    orders::ListOrders,
    orders::GetOrder,
    admin::PutProduct,
    admin::ListUsers,
];

/// The document that describes all routes: `docs/openapi.json`.
pub fn document() -> Document {
    let (title, version) = ("Tuesday", env!("CARGO_PKG_VERSION"));
    openapi::document(Info { title, version, description: ABOUT }, DESCRIBED)
}

const ABOUT: &str = "A small storefront. Amounts are integers in cents of US dollars; moments are RFC 3339 in UTC; ids are \
    UUIDs in lower case. A list is a page of `items` and a cursor, `next`, for the page after it, or null. Every refusal is \
    `application/problem+json` with the shape `Problem`.";
