//! The Lambda function `relay-orders`.

use functions::workers::RelayOrders;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::relay::<RelayOrders>()
}
