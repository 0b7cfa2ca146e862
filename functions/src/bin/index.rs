//! The Lambda function `index`.

use functions::workers::Index;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::consume_all::<Index>()
}
