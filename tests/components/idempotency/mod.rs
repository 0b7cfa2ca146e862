//! Work that is done once, however often it is asked for and wherever the worker dies.

mod kills;
mod redrive;
mod requests;
mod sums;
