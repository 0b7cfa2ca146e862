//! All routes, one file for each. `template.yaml` says which requests API Gateway sends to which
//! function; a test compares the two.

pub mod admin;
pub mod catalog;
mod document;
mod fallback;
mod health;
pub mod links;
pub mod me;
pub mod orders;
mod page;
mod page_params;
pub mod sessions;
pub mod users;

pub use document::document;
pub use fallback::Fallback;
pub use health::GetHealth;
use shared::{
    lambda::{Route, Spec},
    openapi::{Group, operation},
    ratelimit::Limit,
};

/// How many reads a client may make in a minute: enough for a page that loads dozens of things and
/// is reloaded all the time.
const READS: &[Limit] = &[Limit::per_minute(600).batched()];
/// How many writes a client may make in a minute: enough for a person in a hurry.
const WRITES: &[Limit] = &[Limit::per_minute(60)];

/// Does the same with each route, such as making a table of them.
pub trait RouteVisitor {
    /// Takes one route.
    fn visit<R: Route>(&mut self);
}

/// Makes everything that needs the list of routes from one list. It has the groups of the API
/// document: a tag, and what it is about.
macro_rules! routes {
    ($($tag:literal, $about:literal: [$($route:ty),* $(,)?])*) => {
        /// All routes except [`Fallback`], which answers all other requests.
        pub fn all() -> Vec<Spec> {
            vec![$($(<$route>::SPEC),*),*]
        }

        /// Shows all of them to the visitor, by their types.
        pub fn visit_all(visitor: &mut impl RouteVisitor) {
            $($(visitor.visit::<$route>();)*)*
        }

        const GROUPS: &[Group] =
            &[$(Group { tag: $tag, about: $about, routes: &[$(operation::<$route>),*] }),*];
    };
}

routes! {
    "health", "Whether the service is up.": [GetHealth]
    "users", "Accounts: creating them, and what everyone may see of them.": [users::CreateUser, users::GetUser]
    "sessions", "Signing in and out.": [
        sessions::CreateSession,
        sessions::GetSession,
        sessions::EndSession,
        sessions::RevokeSessions,
    ]
    "me", "The caller's own account.": [
        me::GetMe,
        me::ExportMe,
        me::UpdateMe,
        me::DeleteMe,
        me::PutPhoto,
        me::ResendVerification,
    ]
    "links", "Verifying an address, and setting a new password, by links in mails.": [
        links::VerifyEmail,
        links::ForgotPassword,
        links::ResetPassword,
    ]
    "products", "The catalogue: lists of products, single products, and search.": [
        catalog::ListProducts,
        catalog::GetProduct,
        catalog::SearchProducts,
    ]
    "orders", "The caller's orders.": [orders::CreateOrder, orders::ListOrders, orders::GetOrder]
    "admin", "What only administrators may do.": [admin::PutProduct, admin::ListUsers]
}
