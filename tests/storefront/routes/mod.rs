//! One file for each resource: what its routes do for the people that call them.

mod admin;
mod catalog;
mod links;
mod me;
mod orders;
mod photo;
mod search;
mod sessions;
mod users;
