//! The Lambda function `relay-products`.

use functions::workers::RelayProducts;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::relay::<RelayProducts>()
}
