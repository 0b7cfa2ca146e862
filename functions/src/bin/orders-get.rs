//! The Lambda function `orders-get`.

use functions::routes::orders;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<orders::GetOrder>()
}
