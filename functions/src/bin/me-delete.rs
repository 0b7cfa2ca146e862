//! The Lambda function `me-delete`.

use functions::routes::me;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<me::DeleteMe>()
}
