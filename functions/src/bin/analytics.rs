//! The Lambda function `analytics`.

use functions::workers::Analytics;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::consume_all::<Analytics>()
}
