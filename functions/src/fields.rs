//! The fields that the storefront adds to the wide event, beside those of
//! [`shared::telemetry::fields`]. The second table of `docs/LOGGING.md` is made from this list.

shared::log_fields! {
    /// Changes that the cache was not told at once. The forget worker does it again.
    CACHE_UNREACHED: CountField = "cache_unreached", "changes";
    /// Changes that wait, since a layer that must forget them does not answer.
    CHANGES_WAITING: CountField = "changes_waiting", "changes";
    /// Why a change waits.
    WAITING_FOR: FactField = "waiting_for", "text";
    /// Pictures that could not be deleted at once. A worker does it again.
    PHOTO_LEFT_BEHIND: CountField = "photo_left_behind", "pictures";
    /// Products whose rows in the index were up to date already.
    INDEX_KNOWN: CountField = "index_known", "products";
    /// Rows of the index that were written or deleted.
    INDEX_WRITES: CountField = "index_writes", "rows";
    /// Times that another worker changed the same product's rows first.
    INDEX_OUTRUN: CountField = "index_outrun", "transactions";
    /// Rows that were dropped from a term that has too many.
    INDEX_TRIMMED: CountField = "index_trimmed", "rows";
}
