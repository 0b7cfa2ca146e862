//! L2 is gone, slow, or comes and goes: who is refused then, and what is admitted at most.

mod passwords;
mod reads_and_writes;

use super::*;
use shared::{
    ratelimit::By,
    table::{AtomicCounters, Client},
};
use std::time::Instant;
use tests::{
    dynamo::Tables,
    fault_injector::Rule,
    redis::{Proxy, Redis, Wire},
};

/// The limits that go to AWS.
const READS: Limit = Limit::per_minute(600).batched();

const WRITES: Limit = Limit::per_minute(60);

const SIGN_INS: [Limit; 2] = [Limit::per_minute(5).by(By::Account).durable(), Limit::per_minute(20).durable()];

/// Short enough that a hanging server is noticed soon.
fn hasty() -> Timeouts {
    Timeouts {
        command: Duration::from_millis(60),
        connect: Duration::from_millis(60),
        window: Duration::from_millis(320),
    }
}

fn hasty_environment(url: &str, limits: &[Limit], table: Option<AtomicCounters>) -> Limits {
    let shared = Some(Valkey::connect(url, hasty()).unwrap());
    Limits::new("route", limits, &Vars::from_pairs([("", "")]), Store { shared, table }).unwrap()
}

/// What a client meets that asks once every `pace`, for three minutes, while the wire is each of
/// `wires` for a while.
async fn refused(limit: Limit, environments: usize, pace: Duration, wires: &[Wire]) -> Vec<usize> {
    let redis = Redis::start();
    let wire = Proxy::to(redis.address());
    let fleet: Vec<_> = (0..environments).map(|_| hasty_environment(&wire.url(), &[limit], None)).collect();
    let (clock, ada) = (Clock::manual(START), somebody("203.0.113.7"));
    let calls = usize::try_from(Duration::from_mins(3).as_millis() / pace.as_millis()).unwrap();
    let (mut refused, mut dice) = (Vec::new(), Dice(7));
    for call in 0..calls {
        if call % (calls / wires.len()) == 0 {
            wire.set(wires[call * wires.len() / calls]);
        }
        // Lambda hands a client's requests to the environment that it used last, mostly.
        let at = if dice.below(4) == 0 { dice.index(environments) } else { 0 };
        if !fleet[at].take(&cx(&clock), &ada, 1).await.is_admitted() {
            refused.push(call);
        }
        clock.advance(pace);
    }
    refused
}
