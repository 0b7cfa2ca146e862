//! Refused paths and errors are never kept.

use super::*;

#[tokio::test]
async fn what_the_table_refuses_is_refused_and_what_it_passes_is_never_kept() {
    let cases = Cases::read();
    for (reason, target) in all(&cases.refused) {
        assert_eq!(get(cdn(), target).status, 400, "{reason}: {target}");
    }
    let mut statuses = BTreeSet::new();
    for (reason, target) in all(&cases.passed).filter(|(_, target)| !target.starts_with("/static")) {
        for _ in 0..2 {
            let answer = get(cdn(), target);
            assert_private(&format!("{reason}: {target}"), &answer);
            statuses.insert(answer.status);
        }
    }
    assert!(statuses.is_subset(&BTreeSet::from([200, 401, 403, 404, 405])), "{statuses:?}");
}

#[tokio::test]
async fn an_error_in_a_public_family_is_never_kept() {
    let cases = Cases::read();
    let mut errors = 0;
    for (reason, target) in all(&cases.kept) {
        for _ in 0..2 {
            let answer = get(cdn(), target);
            if answer.status >= 400 {
                assert_private(&format!("{reason}: {target}"), &answer);
                errors += 1;
            }
        }
    }
    assert!(errors > 40, "{errors} errors are too few to show anything");
}
