//! How messages are packed into requests.

/// SQS takes up to ten messages a request, and 1 MiB in all, attributes included
/// (docs.aws.amazon.com, "Amazon SQS message quotas" and SendMessageBatch; 256 KiB until August
/// 2025).
pub(super) const COUNT: usize = 10;
pub(super) const BYTES: usize = 1_048_576;

/// Splits `sizes` into runs, in their order, so that each run fits into a request. The second list
/// has the sizes that fit into none.
pub(super) fn pack(sizes: &[(usize, usize)]) -> (Vec<Vec<usize>>, Vec<usize>) {
    let (mut runs, mut too_large) = (Vec::new(), Vec::new());
    let (mut run, mut bytes) = (Vec::new(), 0);
    for &(index, size) in sizes {
        if size > BYTES {
            too_large.push(index);
            continue;
        }
        if run.len() == COUNT || bytes + size > BYTES {
            runs.push(std::mem::take(&mut run));
            bytes = 0;
        }
        run.push(index);
        bytes += size;
    }
    if !run.is_empty() {
        runs.push(run);
    }
    (runs, too_large)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_run_fits_and_nothing_is_lost(sizes in prop::collection::vec(0..BYTES + BYTES / 4, 0..60)) {
            let numbered: Vec<_> = sizes.iter().copied().enumerate().collect();
            let (runs, too_large) = pack(&numbered);
            for run in &runs {
                prop_assert!((1..=COUNT).contains(&run.len()));
                prop_assert!(run.iter().map(|i| sizes[*i]).sum::<usize>() <= BYTES);
            }
            prop_assert!(too_large.iter().all(|i| sizes[*i] > BYTES));
            let mut all: Vec<_> = runs.concat();
            prop_assert!(all.is_sorted(), "the order is kept");
            all.extend(too_large);
            all.sort_unstable();
            prop_assert_eq!(all, (0..sizes.len()).collect::<Vec<_>>());
        }
    }
}
