//! The operators' tools.

mod dead_letters;
mod seeding;
