//! Warnings and errors: JSON lines beside the wide event.

use tracing_subscriber::{EnvFilter, fmt};

/// Sends `tracing` to standard output as JSON, filtered by `RUST_LOG` (`warn` by default). A second
/// call changes nothing, so that tests may call it too.
pub fn init() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let lines = fmt().json().flatten_event(true).with_current_span(false).with_span_list(false).with_env_filter(filter);
    // Already set: another test of this process was first.
    let _ = lines.try_init();
}
