//! The Lambda function `sessions-revoke`.

use functions::routes::sessions;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::http::serve::<sessions::Revoke>()
}
