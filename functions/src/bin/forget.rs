//! The Lambda function `forget`.

use functions::workers::Forget;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::consume_all::<Forget>()
}
