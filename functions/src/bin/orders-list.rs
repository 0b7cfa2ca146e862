//! The Lambda function `orders-list`.

use functions::routes::orders;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<orders::ListOrders>()
}
