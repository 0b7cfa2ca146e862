//! A line on stderr that says how far a command is.

use std::{
    fmt::Display,
    io::{self, Write as _},
};

/// The line. It ends when it is dropped, so that whatever is printed next begins on a new line.
#[derive(Debug, Default)]
pub(crate) struct StatusLine {
    is_shown: bool,
}

impl StatusLine {
    /// Replaces the text of the line. What cannot be shown is skipped: the work goes on.
    pub(crate) fn show(&mut self, text: impl Display) {
        self.is_shown = true;
        let text = text.to_string();
        let _ = write!(io::stderr(), "\r  {text:<74}");
    }

    /// Begins a new line, if there is anything on this one.
    pub(crate) fn end(&mut self) {
        if std::mem::take(&mut self.is_shown) {
            let _ = writeln!(io::stderr());
        }
    }
}

impl Drop for StatusLine {
    fn drop(&mut self) {
        self.end();
    }
}
