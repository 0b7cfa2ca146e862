//! The script, call by call, on a clock that the test moves: against the exact log, and against a
//! model of itself.

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

#[tokio::test]
async fn the_script_does_what_its_description_says() {
    let redis = Redis::start();
    let bench = Bench::new(&redis);
    for seed in 0..45 {
        let mut dice = Dice(seed);
        let millis = [1_000, 60_000, 24 + i64::try_from(dice.below(90_000)).unwrap()][dice.index(3)];
        let (minute, hour) = (millis * 1000, millis * 60_000);
        let widths = [minute, hour].map(|window| (window + 22) / 23);
        let quotas = [1 + dice.below(40), 1 + dice.below(400)].map(|quota| i64::try_from(quota).unwrap());
        let keys = [format!("{{s{seed}}}:a"), format!("{{s{seed}}}:b")];
        let limits = [(keys[0].as_str(), quotas[0], widths[0]), (keys[1].as_str(), quotas[1], widths[1])];
        let (mut models, mut now) = ([Model::default(), Model::default()], 1_800_000_000_000_000);
        for call in 0..200 {
            now += gap(&mut dice, seed % 3, minute, widths[0]);
            let cost = 1 + i64::try_from(dice.below(3)).unwrap();
            // What was admitted without asking counts in any case, before anything is decided.
            let spent = i64::try_from(dice.below(3) * dice.below(2) * dice.below(6)).unwrap();
            for n in 0..2 {
                models[n].add(now, spent, widths[n]);
            }
            let mut expected: Vec<Said> = (0..2).map(|n| models[n].ask(now, cost, quotas[n], widths[n])).collect();
            if expected.iter().all(|said| said.1 == 0) {
                for n in 0..2 {
                    models[n].add(now, cost, widths[n]);
                    expected[n].0 -= cost;
                }
            }
            let said = bench.call_after(now, cost, spent, &limits).await;
            assert_eq!(said, expected, "seed {seed}, call {call}, cost {cost}, spent {spent}");
        }
    }
}

#[tokio::test]
async fn no_window_has_more_than_the_quota_and_a_steady_overload_gets_its_share() {
    let redis = Redis::start();
    let bench = Bench::new(&redis);
    for seed in 0..18 {
        let (mut dice, kind) = (Dice(seed), seed % 3);
        let (quota, window) =
            (u16::try_from(1 + dice.below(100)).unwrap(), Duration::from_millis(50 + dice.below(90_000)));
        let micros = i64::try_from(window.as_micros()).unwrap();
        let (width, key) = ((micros + 22) / 23, format!("{{t{seed}}}"));
        let (mut ours, mut log) = (Log::new(quota, window), Log::new(quota, window));
        let (mut admitted, mut exact, mut now) =
            (0, 0, 1_800_000_000_000_000 + i64::try_from(dice.below(60_000_000)).unwrap());
        // Forty windows of steady overload for four of them; the others are not steady.
        for _ in 0..if kind == 0 && seed < 12 { 6_000 } else { 300 } {
            now += gap(&mut dice, kind, micros, width);
            if bench.call(now, 1, &[(&key, i64::from(quota), width)]).await[0].1 == 0 {
                admitted += 1;
                assert!(ours.note(now, 1) <= i64::from(quota), "seed {seed}: more than {quota} in a window");
            }
            exact += i32::from(log.take(now, 1));
        }
        if kind == 0 && seed < 12 {
            assert!(
                f64::from(admitted) >= 0.95 * f64::from(exact),
                "seed {seed}, quota {quota}: {admitted} of {exact}"
            );
        }
    }
}

#[tokio::test]
async fn a_server_s_clock_that_was_set_back_frees_nothing_early_and_blocks_nobody_for_long() {
    let redis = Redis::start();
    let (bench, width, second) = (Bench::new(&redis), 2_608_696, 1_000_000);
    let now = 1_800_000_000 * second;
    assert_eq!(bench.call(now, 1, &[("k", 1, width)]).await[0].1, 0);
    assert!(bench.call(now - 30 * second, 1, &[("k", 1, width)]).await[0].1 > 60_000);
    assert_eq!(bench.call(now - 3_600 * second, 1, &[("k", 1, width)]).await[0].1, 0);
}

#[tokio::test]
async fn a_quota_that_was_lowered_holds_at_once() {
    let redis = Redis::start();
    let (bench, width, now) = (Bench::new(&redis), 2_608_696, 1_800_000_000_000_000);
    for _ in 0..10 {
        bench.call(now, 1, &[("k", 10, width)]).await;
    }
    let (left, wait, _) = bench.call(now, 1, &[("k", 3, width)]).await[0];
    assert!(left == -7 && wait > 57_000, "{left} {wait}");
}

/// Two bytes hold a count: however much was admitted without asking, it does not begin anew.
#[tokio::test]
async fn what_was_admitted_without_asking_never_overflows_a_count() {
    let redis = Redis::start();
    let (bench, width, now) = (Bench::new(&redis), 2_608_696, 1_800_000_000_000_000);
    for part in 0..4 {
        let said = bench.call_after(now + part * width, 1, 60_000, &[("k", 65_535, width)]).await[0];
        assert_eq!(said.1 > 0, part > 0, "{said:?}");
    }
    assert!(bench.call(now + 23 * width, 1, &[("k", 65_535, width)]).await[0].1 > 0, "a full count blocks");
    assert_eq!(bench.call(now + 29 * width, 1, &[("k", 65_535, width)]).await[0].1, 0);
}
