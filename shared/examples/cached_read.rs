//! A cached read: the first one loads from the table, the next ones come from memory.
//!
//! With a Valkey server as the first argument of `Cache::new`, all environments share what one of
//! them has loaded.

use serde::{Deserialize, Serialize};
use shared::{
    cache::{Cache, CacheKey, Config, Policy},
    clock::Clock,
    context::Cx,
    version::{Version, Versioned},
};
use std::{cell::Cell, convert::Infallible, time::Duration};

/// What the table holds and the cache keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Article {
    title: String,
    version: Version,
}

impl Versioned for Article {
    fn version(&self) -> Version {
        self.version
    }
}

/// Where the cache keeps it.
struct ArticleKey(u64);

impl CacheKey for ArticleKey {
    type Value = Article;
    const SCHEMA: u16 = 1;
    const POLICY: Policy = Policy::new(Duration::from_mins(1));

    fn entity(&self) -> String {
        format!("{{article:{}}}", self.0)
    }
}

/// A table with one article, which counts how often it is read.
#[derive(Default)]
struct Articles {
    reads: Cell<u32>,
}

impl Articles {
    fn get(&self, id: u64) -> Option<Article> {
        self.reads.set(self.reads.get() + 1);
        (id == 42).then(|| Article { title: "Tuesday".to_owned(), version: Version::FIRST })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Infallible> {
    println!("{}", read_three_times().await?);
    Ok(())
}

async fn read_three_times() -> Result<String, Infallible> {
    let (articles, cache) = (Articles::default(), Cache::new(None, Clock::system(), Config::default()));
    let mut titles = Vec::new();
    for _ in 0..3 {
        let cx = Cx::detached();
        let article = cache.read(&cx, &ArticleKey(42), |_how| async { Ok::<_, Infallible>(articles.get(42)) }).await?;
        titles.extend(article.map(|article| article.value.title));
    }
    Ok(format!("{}: {} reads of the table", titles.join(", "), articles.reads.get()))
}

#[tokio::test]
async fn three_reads_are_one_read_of_the_table() {
    assert_eq!(read_three_times().await, Ok("Tuesday, Tuesday, Tuesday: 1 reads of the table".to_owned()));
}
