//! The Lambda function `me-photo`.

use functions::routes::me;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<me::PutPhoto>()
}
