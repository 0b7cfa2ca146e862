//! How categories and the paths of pictures are written: each as a regular expression for the API
//! document, and as a rule in code. A test holds the two to each other.

/// The longest name of a category, in characters.
pub const CATEGORY_MAX: usize = 40;
/// How a category is written: lower-case letters, digits and hyphens.
pub const CATEGORY: &str = "^[-0-9a-z]+$";

/// The longest path of a picture, in characters.
pub const MEDIA_PATH_MAX: usize = 300;
/// How the path of a picture is written. Dots stand between other characters, so that no path leads
/// out of the folder.
pub const MEDIA_PATH: &str = "^/media/[-_/0-9A-Za-z]+(\\.[-_/0-9A-Za-z]+)*$";

/// A garde rule: the text is written as [`CATEGORY`] says.
///
/// # Errors
/// The text is not written so.
pub fn category(text: &str, (): &()) -> garde::Result {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !text.is_empty() && text.chars().all(allowed) {
        Ok(())
    } else {
        Err(garde::Error::new("must have lower-case letters, digits and hyphens only"))
    }
}

/// A garde rule: the text is written as [`MEDIA_PATH`] says.
///
/// # Errors
/// The text is not written so.
pub fn media_path(text: &str, (): &()) -> garde::Result {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_/".contains(c);
    let is_part = |part: &str| !part.is_empty() && part.chars().all(plain);
    if text.strip_prefix("/media/").is_some_and(|name| name.split('.').all(is_part)) {
        Ok(())
    } else {
        Err(garde::Error::new("must be a path below /media/, such as /media/first-flush.jpg"))
    }
}
