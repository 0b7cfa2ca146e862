//! The function at CloudFront and the VCL on a laptop refuse the same requests, also those that no
//! table names.

use super::{cdn, function::ViewerRequest, generous, refusal, targets};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use tests::raw_http::get;

/// What paths are broken with.
const PIECES: &str = r#"
    / // /./ /../ . .. %2e %2E%2e %2f %2F \ %5c ; %3b % %2 %25 %252f %c0%af %c3%a9 %e2%82%ac %e2%82
    %ed%a0%80 %ef%bc%8f %f0%9f%8d%b5 %f4%90%80%80 %00 %0a %1f %7f %c2%85 %c2%a0 %23 # %3f ? & = api
    /api/ users /api/users/ products me a A %61 %7a %7e %40 %20 ~ ( | " { ^
"#;

fn target() -> impl Strategy<Value = String> {
    let pieces: Vec<_> = PIECES.split_whitespace().map(str::to_owned).collect();
    let piece = prop_oneof![
        4 => prop::sample::select(pieces),
        1 => any::<u8>().prop_map(|byte| format!("%{byte:02x}")),
        1 => any::<u8>().prop_map(|byte| format!("%{byte:02X}")),
        1 => (0x21_u8..0x7f).prop_map(|byte| char::from(byte).to_string()),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| format!("/{}", pieces.concat()))
}

#[test]
fn function_and_stand_in_refuse_the_same() {
    let (origin, function) = (generous(), ViewerRequest::load());
    let cdn = cdn(&origin);
    let (mut refused, mut passed) = (0, 0);
    let run = TestRunner::new(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })
        .run(&target(), |target| {
            let answer = get(&cdn.url(), &target);
            prop_assert_eq!(answer.status == 400, function.refuses(&target), "{}: {:?}", target, answer);
            Ok(())
        });
    if let Err(why) = run {
        panic!("{why}");
    }
    // What goes through is what came, and there was enough of both.
    for target in targets(&origin) {
        passed += 1;
        assert!(!function.refuses(&target), "{target} reached the origin");
    }
    let mut runner = TestRunner::deterministic();
    for _ in 0..100 {
        let target = target().new_tree(&mut runner).unwrap().current();
        if function.refuses(&target) {
            refused += 1;
            refusal(&target, &get(&cdn.url(), &target));
        }
    }
    assert!(passed > 300 && refused > 30, "{passed} passed, {refused} of a hundred refused");
}
