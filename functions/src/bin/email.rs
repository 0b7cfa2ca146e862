//! The Lambda function `email`.

use functions::workers::SendEmail;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::consume::<SendEmail>()
}
