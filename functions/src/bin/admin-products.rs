//! The Lambda function `admin-products`.

use functions::routes::admin;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::http::serve::<admin::PutProduct>()
}
