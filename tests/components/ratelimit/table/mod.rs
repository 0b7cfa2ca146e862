//! Limits that are counted in a table, without L2.

mod cost;
mod quota;

use super::*;
use futures_util::future::join_all;
use shared::telemetry::fields;
use shared::{
    ratelimit::By,
    table::{AtomicCounters, Client},
};
use tests::line::ReadLine as _;
use tests::{
    dynamo::Tables,
    fault_injector::{Rule, error},
};

const QUOTA: u16 = 20;

fn limits_at(tables: &Tables, client: &Client, limits: &[Limit]) -> Limits {
    let store = Store { shared: None, table: Some(AtomicCounters::new(client, tables.name("Limits"))) };
    Limits::new("sign-in", limits, &Vars::from_pairs([("", "")]), store).unwrap()
}
