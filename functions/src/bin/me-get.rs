//! The Lambda function `me-get`.

use functions::routes::me;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<me::GetMe>()
}
