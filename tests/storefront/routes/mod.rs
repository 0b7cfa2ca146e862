//! One file a resource: what each route does for the people who call it.

mod admin;
mod catalog;
mod links;
mod me;
mod orders;
mod photo;
mod search;
mod sessions;
mod users;
