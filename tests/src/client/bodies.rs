//! What visitors send.

use serde_json::{Value, json};
use uuid::Uuid;

/// The password of every test account.
pub const PASSWORD: &str = "correct horse battery";

/// The body of a sign-up.
pub fn sign_up(email: &str) -> Value {
    json!({ "name": "Ada Lovelace", "email": email, "password": PASSWORD })
}

/// The body of an order.
pub fn order_of(lines: &[(&str, u32)]) -> Value {
    let lines: Vec<_> = lines.iter().map(|(id, quantity)| json!({ "product_id": id, "quantity": quantity })).collect();
    json!({ "items": lines })
}

/// An address that nobody has yet. It belongs to SES's mailbox simulator, so that a test against
/// AWS writes to nobody.
pub fn new_address() -> String {
    format!("success+{}@simulator.amazonses.com", Uuid::new_v4().simple())
}
