//! Warnings and errors: JSON lines beside the wide event.

use crate::env::RUST_LOG;
use tracing_subscriber::{EnvFilter, fmt};

/// Sends `tracing` to standard output as JSON, filtered by `RUST_LOG` (`warn` by default). A second
/// call changes nothing, so that tests may call it too.
pub fn init() {
    let filter = EnvFilter::try_from_env(RUST_LOG.name);
    let filter = filter.unwrap_or_else(|_| EnvFilter::new(RUST_LOG.default().unwrap_or_default()));
    let lines = fmt().json().flatten_event(true).with_current_span(false).with_span_list(false).with_env_filter(filter);
    // Already set: another test of this process was first.
    let _ = lines.try_init();
}
