//! Work is done once, however often it is requested and wherever the worker dies.

mod kills;
mod redrive;
mod requests;
mod sums;
