//! Passwords: argon2id with the parameters of the OWASP Password Storage Cheat Sheet (19 MiB, two
//! passes, one lane).

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

/// The shortest password that an account may have, in characters.
pub const MIN: usize = 8;
/// The longest password, in characters.
pub const MAX: usize = 128;

/// The system gave no randomness for a salt, or argon2 refused the parameters.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed: {0}")]
pub struct HashError(String);

fn argon2id() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|e| HashError(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Hashes a password with a new salt; the result is a PHC string.
pub fn hash(password: &str) -> Result<String, HashError> {
    let hashed = argon2id()?.hash_password(password.as_bytes());
    hashed.map(|h| h.to_string()).map_err(|e| HashError(e.to_string()))
}

/// Whether `hash` was made from `password`. Without a hash (there is no such account) it does the
/// same work and returns `false`, so that the time does not reveal which addresses have accounts.
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    let (against, known) = (hash.unwrap_or(NOBODY), hash.is_some());
    let Ok(parsed) = PasswordHash::new(against) else {
        tracing::error!("a stored password hash cannot be read");
        return false;
    };
    argon2id().is_ok_and(|a| a.verify_password(password.as_bytes(), &parsed).is_ok()) && known
}

/// A hash with the same parameters; nobody knows its password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWF0LWFsbC0wMQ$0sjrDAKz9XyP4WvaPUvz+vSWx7hmVDEZj8Y/KuhqJxc";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_verifies_against_its_own_hash_only() {
        let hashed = hash("correct horse").unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("correct horse", Some(&hashed)));
        assert!(!verify("correct hors", Some(&hashed)));
        assert!(!verify("correct horse", None));
        assert!(!verify("correct horse", Some("not a hash")));
    }

    #[test]
    fn the_hash_of_nobody_costs_what_every_hash_costs() {
        let parsed = PasswordHash::new(NOBODY).unwrap();
        let real = hash("x").unwrap();
        let real = PasswordHash::new(&real).unwrap();
        assert_eq!(parsed.params, real.params);
        assert_eq!(parsed.hash.unwrap().len(), real.hash.unwrap().len());
    }
}
