//! The tools of a person at a terminal.

mod dead_letters;
mod seeding;
