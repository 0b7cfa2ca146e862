//! The Lambda function `fallback`.

use functions::routes::Fallback;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<Fallback>()
}
