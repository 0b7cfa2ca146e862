//! Every environment variable that the storefront reads beside those of [`shared::env`].

use shared::env::Unset::{Default, Fails};

shared::variables! {
    // Tables.

    /// The table of accounts, their addresses, and requests for links.
    USERS_TABLE: Fails;
    /// Over how many partition keys accounts are listed: a number, or `WRITTEN/READ` while the
    /// number is raised.
    USER_SHARDS: Default("1");
    /// The table of products.
    PRODUCTS_TABLE: Fails;
    /// Over how many partition keys products are listed: a number, or `WRITTEN/READ` while the
    /// number is raised.
    PRODUCT_SHARDS: Default("1");
    /// The table of orders.
    ORDERS_TABLE: Fails;
    /// The table of the search index.
    SEARCH_TABLE: Fails;

    // Pictures.

    /// The bucket of uploads and of the pictures that the site serves.
    MEDIA_BUCKET: Fails;

    // Queues.

    /// The URL of the queue of the e-mail worker.
    EMAIL_QUEUE_URL: Fails;
    /// The URL of the queue of the analytics worker.
    ANALYTICS_QUEUE_URL: Fails;
    /// The URL of the queue of the worker that makes L2 and the CDN forget.
    FORGET_QUEUE_URL: Fails;
    /// The URL of the queue of the worker that keeps the search index.
    INDEX_QUEUE_URL: Fails;
}
