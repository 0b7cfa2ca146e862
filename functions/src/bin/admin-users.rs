//! The Lambda function `admin-users`.

use functions::routes::admin;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::http::serve::<admin::ListUsers>()
}
