//! The environment variables that the storefront reads beside those of [`shared::env`], but for the
//! queues of its workers, which [`crate::workers::queues`] lists.

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
}
