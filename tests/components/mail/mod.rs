//! E-mails: the answers of SES, and mails that need the signing keys.

mod errors;
mod signing_keys;
