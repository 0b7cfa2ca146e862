//! Every field that the layers of this crate add to the wide event. Dashboards and alarms name
//! these, so a field that gets another name is a field that is gone.
//!
//! The tables of `docs/LOGGING.md` are made from this list (`make docs`). A storefront keeps a list
//! of its own, made by the same macro.

log_fields! {
    /// The function's route. Requests only.
    ROUTE: FactField = "route", "text";
    /// The worker, the relay or the schedule. Not on lines of requests.
    WORKER: FactField = "worker", "text";
    /// The id of the invocation. Clients see it as `X-Request-Id`.
    REQUEST_ID: FactField = "request_id", "text";
    /// The request's method.
    METHOD: FactField = "method", "text";
    /// The status of the reply.
    STATUS: FactField = "status", "HTTP status";
    /// The type of the problem that the reply describes.
    PROBLEM: FactField = "problem", "text";
    /// Present when this is the first request of its environment.
    COLD: FactField = "cold", "true";
    /// Time from the event to its reply or outcome.
    TOTAL: TimeField = "total", "ms";
    /// The id of the person whose session it is.
    SUBJECT: FactField = "subject", "id";
    /// Whether the consistency token that the client sent was genuine and still valid.
    TOKEN: FactField = "token", "true or false";
    /// Why a request that came through the CDN has no viewer's address that can be used.
    VIEWER_ADDRESS: FactField = "viewer_address", "text";
    /// Requests whose viewer's address could not be read. Their limits count by the CDN's address.
    VIEWER_ADDRESSES_UNREAD: MetricField = "viewer_addresses_unread", "requests";

    /// Where the first value of the reply came from; the header `Cache-Status` (RFC 9211).
    CACHE_STATUS: FactField = "cache_status", "text";
    /// The parts that the reply lacks, or has in an old version; the header `Degraded`.
    DEGRADED: FactField = "degraded", "names, with commas";
    /// How many parts `degraded` names.
    DEGRADED_PARTS: CountField = "degraded_parts", "parts";
    /// Time since the table was asked for the oldest value that was served because the table failed
    /// or was slow; the header `Age`.
    AGE: FactField = "age", "s, as text";
    /// What is left of the client's limits; the header `RateLimit`.
    RATELIMIT: FactField = "ratelimit", "text";
    /// The limits of the route; the header `RateLimit-Policy`.
    RATELIMIT_POLICY: FactField = "ratelimit_policy", "text";

    /// Values that memory answered.
    L1_HIT: CountField = "l1_hit", "values";
    /// Values that L2 answered, fresh.
    L2_HIT: CountField = "l2_hit", "values";
    /// Values that were served a little past their time, while one caller loads them again.
    STALE: CountField = "stale", "values";
    /// Values that were served past their time because the table failed or was slow.
    STALE_ERROR: CountField = "stale_error", "values";
    /// Values that were loaded from the table.
    CACHE_MISS: CountField = "cache_miss", "values";
    /// Values for which the table failed and there was nothing to serve.
    CACHE_LOST: CountField = "cache_lost", "values";
    /// Loaded values that L2 did not take, since there was a newer one.
    FILL_REFUSED: CountField = "fill_refused", "values";
    /// Times that another caller held the lease on a load.
    TURN_HELD: CountField = "turn_held", "leases";
    /// Pauses in which this request waited for another caller's load.
    TURN_WAITS: CountField = "turn_waits", "pauses";
    /// Time spent waiting for Valkey.
    VALKEY: TimeField = "valkey", "ms";
    /// Calls to Valkey that failed or were too slow.
    VALKEY_ERRORS: CountField = "valkey_errors", "calls";
    /// Calls to Valkey that were not made, since the breaker is open or the time for it is used up.
    VALKEY_REFUSED: CountField = "valkey_refused", "calls";

    /// Time spent in calls to the tables.
    TABLE: TimeField = "table", "ms";
    /// Requests to DynamoDB that read, retries included.
    TABLE_READS: CountField = "table_reads", "requests";
    /// Requests to DynamoDB that write, retries included.
    TABLE_WRITES: CountField = "table_writes", "requests";
    /// Read capacity that DynamoDB says the request consumed. An eventual read of 4 KB is half a
    /// unit.
    RCU: SumField = "rcu", "read units";
    /// Write capacity that DynamoDB says the request consumed.
    WCU: SumField = "wcu", "write units";
    /// Single reads by table.
    TABLE_GETS: FactField = "table_gets", "object of counts";
    /// Tables that were read in a loop, where one batch would do.
    TABLE_LOOPS: CountField = "table_loops", "tables";
    /// Reads that were repeated strongly, since the replica had not yet what the client has seen.
    TABLE_READ_AGAIN: CountField = "table_read_again", "reads";
    /// Items of a batch that DynamoDB left undone, and that were sent again.
    TABLE_UNPROCESSED: CountField = "table_unprocessed", "items";
    /// Requests to DynamoDB that were repeated.
    TABLE_RETRIES: CountField = "table_retries", "requests";
    /// Calls to a table that were not made, since its breaker is open.
    TABLE_REFUSED: CountField = "table_refused", "calls";

    /// Requests that a limit refused.
    THROTTLED: CountField = "throttled", "requests";
    /// Those of them that memory refused, without a call.
    THROTTLED_L1: CountField = "throttled_l1", "requests";
    /// Times that limits were counted in the table, since Valkey did not answer.
    LIMITS_TABLE: CountField = "limits_table", "requests";
    /// Times that limits were counted by this environment alone.
    LIMITS_LOCAL: CountField = "limits_local", "requests";

    /// Sessions that were believed without the table, since it failed or was slow.
    SESSION_STALE: CountField = "session_stale", "sessions";
    /// Session tokens that were made or accepted without a proof, since no signing key was at hand.
    UNPROVEN_TOKENS: CountField = "unproven_tokens", "tokens";
    /// Ends of sessions that L2 did not confirm.
    UNHEARD_ENDS: CountField = "unheard_ends", "ends";

    /// How work that is done once went: `ran`, `replayed`, `busy`, or `unrecorded` when it was done
    /// and that could not be recorded.
    ONCE: FactField = "once", "text";
    /// Messages of a batch whose work was done and recorded in one transaction.
    ONCE_RAN: CountField = "once_ran", "messages";

    /// The id of the message in SQS.
    MESSAGE_ID: FactField = "message_id", "text";
    /// The id of the event that the message carries: the same for each delivery.
    ID: FactField = "id", "text";
    /// The kind of the event that the message carries.
    KIND: FactField = "kind", "text";
    /// Which delivery of the message this is, from 1.
    ATTEMPT: FactField = "attempt", "number";
    /// Time since the message was sent, since the first change of a batch, or since the planned
    /// run.
    AGE_MS: FactField = "age_ms", "ms";
    /// How the message, batch or event ended: `done`, `busy`, `retry`, `again`, `permanent`,
    /// `poison`, `panicked`, `timed_out`, `not_started`, `unreadable`.
    OUTCOME: FactField = "outcome", "text";
    /// Why the message was not done.
    ERROR: FactField = "error", "text";
    /// Messages that were handled together.
    MESSAGES: CountField = "messages", "messages";
    /// Records of a stream in this batch.
    RECORDS: CountField = "records", "records";
    /// The first record from which on the stream delivers the batch again.
    AGAIN_FROM: FactField = "again_from", "number, from 0";
    /// Records of a stream that went to the dead-letter queue.
    UNREADABLE: CountField = "unreadable", "records";

    /// Time spent sending messages.
    QUEUE: TimeField = "queue", "ms";
    /// Messages that SQS took.
    QUEUE_SENT: CountField = "queue_sent", "messages";
    /// Messages that were sent once more.
    QUEUE_RETRIES: CountField = "queue_retries", "messages";
    /// Messages whose next delivery was put off.
    QUEUE_WAITS: CountField = "queue_waits", "messages";

    /// Time spent sending mail.
    MAIL: TimeField = "mail", "ms";
    /// Mails that SES does not let us send, because of how the account is set up. An alarm watches
    /// it.
    MAIL_REFUSED: CountField = "mail_refused", "mails";
    /// Time spent on purges of the CDN.
    PURGE: TimeField = "purge", "ms";
    /// Tags that the CDN was told to purge.
    PURGED_TAGS: CountField = "purged_tags", "tags";
    /// Time spent in calls to S3.
    UPLOAD: TimeField = "upload", "ms";
    /// Calls to S3.
    UPLOAD_CALLS: CountField = "upload_calls", "calls";
}
