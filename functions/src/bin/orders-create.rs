//! The Lambda function `orders-create`.

use functions::routes::orders;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<orders::CreateOrder>()
}
