//! The Lambda function `verifications-create`.

use functions::routes::links;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<links::VerifyEmail>()
}
