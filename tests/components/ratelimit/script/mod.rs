//! The script, call by call, on a clock that the test moves: against the exact log, and against a
//! model of itself.

mod changes;
mod model;

use super::*;
use shared::{
    ratelimit::WINDOW,
    valkey::{Reply, Script},
};
use std::collections::BTreeMap;
use tests::redis::Redis;

/// What the script says of one limit: what is left, how long to wait, when all is there again.
type Said = (i64, i64, i64);

/// The script with the time as its last two arguments, where production asks the server.
struct Bench {
    valkey: Valkey,
    script: Script,
    cx: Cx,
}

impl Bench {
    fn new(redis: &Redis) -> Self {
        assert_eq!(WINDOW.matches("redis.call('TIME')").count(), 1, "the server's clock, once");
        let text = WINDOW.replace("redis.call('TIME')", "{ ARGV[#ARGV - 1], ARGV[#ARGV] }");
        let valkey = Valkey::connect(&redis.url(), patient()).unwrap();
        let cx = Cx::new(Clock::system(), "test", Duration::from_mins(10));
        Self { valkey, script: Script::new(Box::leak(text.into_boxed_str())), cx }
    }

    /// Calls it for limits of (key, quota, width), of which nothing was admitted before.
    async fn call(&self, now: i64, cost: i64, limits: &[(&str, i64, i64)]) -> Vec<Said> {
        self.call_after(now, cost, 0, limits).await
    }

    /// Calls it when so much of each was admitted without asking.
    async fn call_after(&self, now: i64, cost: i64, spent: i64, limits: &[(&str, i64, i64)]) -> Vec<Said> {
        let mut args = vec![cost];
        args.extend(limits.iter().flat_map(|(_, quota, width)| [*quota, *width, spent]));
        args.extend([now / 1_000_000, now % 1_000_000]);
        let args: Vec<String> = args.iter().map(i64::to_string).collect();
        let args: Vec<&[u8]> = args.iter().map(String::as_bytes).collect();
        let keys: Vec<&str> = limits.iter().map(|(key, ..)| *key).collect();
        let Reply::List(all) = self.valkey.eval(&self.cx, &self.script, &keys, &args).await.unwrap() else { panic!() };
        let numbers: Vec<i64> = all.iter().map(|n| if let Reply::Int(n) = n { *n } else { panic!("{n:?}") }).collect();
        numbers.chunks_exact(3).map(|three| (three[0], three[1], three[2])).collect()
    }
}

/// The algorithm as its description has it: a count for each part, and the last 24 of them.
#[derive(Default)]
struct Model(BTreeMap<i64, i64>);

impl Model {
    fn ask(&self, now: i64, cost: i64, quota: i64, width: i64) -> Said {
        let part = now / width;
        let live: Vec<(i64, i64)> = self.0.range(part - 23..).map(|(at, n)| (*at, *n)).collect();
        let left = quota - live.iter().map(|(_, n)| n).sum::<i64>();
        let up = |micros: i64| (micros + 999) / 1000;
        let mut freed = left;
        let falls_out = live.iter().find(|(_, n)| {
            freed += n;
            freed >= cost
        });
        let wait = (falls_out.map_or(part, |(at, _)| *at) + 24) * width - now;
        (left, if left >= cost { 0 } else { up(wait) }, up((part + 24) * width - now))
    }

    fn add(&mut self, now: i64, cost: i64, width: i64) {
        *self.0.entry(now / width).or_default() += cost;
    }
}

/// The next pause of a client that is steady, bursty, or knows where the parts begin.
fn gap(dice: &mut Dice, kind: u64, window: i64, width: i64) -> i64 {
    let up_to = |dice: &mut Dice, n: i64| i64::try_from(dice.below(u64::try_from(n).unwrap())).unwrap();
    match (kind, dice.below(100)) {
        (0, _) => window / 150,
        (1, 0..90) => up_to(dice, 300),
        (1, _) => up_to(dice, 2 * window),
        (_, 0..70) => 0,
        (_, 70..90) => width - 2 + up_to(dice, 4),
        (_, 90..95) => window - 2 + up_to(dice, 4),
        _ => 24 * width - 2 + up_to(dice, 4),
    }
}
