//! The script does what its model does.

use super::*;

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
