//! The Lambda function `health`.

use functions::routes::Health;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<Health>()
}
