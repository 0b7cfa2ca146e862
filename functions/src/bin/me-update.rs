//! The Lambda function `me-update`.

use functions::routes::me;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<me::UpdateMe>()
}
