//! The Lambda function `resets-create`.

use functions::routes::links;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<links::ForgotPassword>()
}
