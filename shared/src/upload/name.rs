//! Names that nobody can guess.

use std::fmt::Write as _;

/// 128 random bits as 32 hexadecimal digits; `None` when the system gives no random bytes. The name
/// does not tell whose the object is or when it was made.
pub fn unguessable() -> Option<String> {
    let mut bits = [0_u8; 16];
    getrandom::fill(&mut bits).ok()?;
    Some(bits.iter().fold(String::with_capacity(32), |mut name, byte| {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
        name
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_32_digits_and_never_the_same() {
        let (one, two) = (unguessable().unwrap(), unguessable().unwrap());
        assert!(one.len() == 32 && one.bytes().all(|b| b.is_ascii_hexdigit()), "{one}");
        assert_ne!(one, two);
    }
}
