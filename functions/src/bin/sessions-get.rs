//! The Lambda function `sessions-get`.

use functions::routes::sessions;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<sessions::GetSession>()
}
