//! The Lambda function `passwords-create`.

use functions::routes::links;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<links::ResetPassword>()
}
