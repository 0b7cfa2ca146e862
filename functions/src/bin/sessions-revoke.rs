//! The Lambda function `sessions-revoke`.

use functions::routes::sessions;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<sessions::RevokeSessions>()
}
