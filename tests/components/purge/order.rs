//! L2 forgets before the CDN, and the memory of each environment expires in between.

use super::{Way, changed, id, purger};
use shared::{cache::PUBLIC_L1_TTL, edge::QUICK};
use std::{
    sync::{Arc, Mutex},
    time::Instant,
};
use tests::{
    origin::{Origin, Told},
    redis::Redis,
};

#[tokio::test]
async fn the_cdn_is_purged_when_l2_has_forgotten_and_no_memory_can_have_the_old_value_any_more() {
    let redis = Arc::new(Redis::start());
    let key = format!("{{product:{}}}:v1", id(1));
    let generation = "{products}:generation";
    redis.command(&["SET", &key, "0000000000000001"]);
    redis.command(&["SET", generation, "old"]);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let origin = {
        let (redis, seen, key) = (Arc::clone(&redis), Arc::clone(&seen), key.clone());
        Origin::start(move |_, _| {
            let state = (redis.command(&["EXISTS", &key]), redis.command(&["GET", generation]));
            seen.lock().unwrap().push((Instant::now(), state));
            Told::status(200)
        })
    };
    let purger = purger("http://nobody.invalid", &[("PURGE_URL", &origin.url())]).unwrap();
    let way = Way::with(purger, Some(redis.url())).await;
    way.relay(&[changed(1, 2)]).await;
    let start = Instant::now();
    assert_eq!(way.work().await, 0);
    let seen = seen.lock().unwrap();
    let [(at, (old_entry, now_generation))] = seen.as_slice() else { panic!("purged {} times", seen.len()) };
    assert_eq!(old_entry, ":0\r\n", "L2 still had the old product");
    assert!(!now_generation.contains("old"), "L2 still had the old lists");
    let gap = at.duration_since(start);
    assert!(gap >= PUBLIC_L1_TTL + QUICK, "an answer from memory could still arrive: purged after {gap:?}");
}
