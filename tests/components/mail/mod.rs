//! E-mails: what SES may answer, and what a mail needs.

mod errors;
mod signing_keys;
