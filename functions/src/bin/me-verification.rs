//! The Lambda function `me-verification`.

use functions::routes::me;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<me::ResendVerification>()
}
