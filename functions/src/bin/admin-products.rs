//! The Lambda function `admin-products`.

use functions::routes::admin;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<admin::PutProduct>()
}
