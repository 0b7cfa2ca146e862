//! The results of a query, their order and their pages.

mod pages;
mod ranking;

use super::{Shelf, patient, product};
use functions::catalog::{pages::PageError, products::Product, search::ParsedQuery};
use shared::table::CursorError;
use std::sync::{Arc, Mutex};
use tests::fault_injector::Rule;
