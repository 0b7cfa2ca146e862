//! The Lambda function `purge`.

use functions::workers::Purge;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::consume_all::<Purge>()
}
