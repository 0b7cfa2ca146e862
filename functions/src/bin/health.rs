//! The Lambda function `health`.

use functions::routes::GetHealth;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<GetHealth>()
}
