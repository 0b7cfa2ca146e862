//! A table that refuses or throttles, and what opens the breaker.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_read_that_its_caller_gave_up_on_tells_the_breaker_all_the_same() {
    let world = World::new(|_| Rule::Hang);
    for _ in 0..20 {
        assert!(timeout(100 * MS, world.get()).await.is_err() || world.calls.load(Ordering::Relaxed) <= 12);
        sleep(100 * MS).await;
    }
    assert!(world.calls() <= 12, "a caller with less patience than a try would hide the silence");
    assert!(world.get().await.1 <= 251 * MS);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_out_of_time_says_nothing_about_the_table() {
    let world = World::new(|_| Rule::Delay(200 * MS));
    for _ in 0..20 {
        let short = Cx::new(Clock::system(), "test", 100 * MS);
        world.things.get(&short, &Thing::new(1).id, Consistency::Eventual).await.unwrap_err();
    }
    assert!(world.get().await.0.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_throttled_closes_nothing_to_the_others() {
    let world = World::new(|call| match call.body["Key"]["pk"]["S"].as_str() {
        Some("thing#hot") => Rule::refuse(400, "ProvisionedThroughputExceededException"),
        _ => Rule::Pass,
    });
    for _ in 0..200 {
        let hot = world.things.get(&request(), &"hot".to_owned(), Consistency::Eventual).await;
        assert!(hot.unwrap_err().is_unavailable());
        assert!(world.get().await.0.is_ok());
    }
    let calls = world.calls();
    assert!(calls <= 200 * 4 + 40, "each success pays for two repetitions: {calls}");
}

#[tokio::test(start_paused = true)]
async fn with_half_of_all_tries_failing_nearly_all_reads_writes_and_pages_succeed() {
    for failing in [|| Rule::refuse(500, "InternalServerError"), || Rule::Cut] {
        let (tables, dice) = (Tables::new(), Mutex::new(Dice(7)));
        let calls = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&calls);
        let client = tables.client_in_process(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            if dice.lock().unwrap().roll(2) == 0 { failing() } else { Rule::Pass }
        });
        let things: Table<Thing> = tables.table(&client, "Products", Shards::ONE);
        let pages: Table<Thing> = tables.table(&client, "Products", shards("32"));
        let mut succeeded = [0; 3];
        for n in 0..500 {
            let (cx, thing) = (request(), Thing::new(n));
            succeeded[0] += usize::from(things.get(&cx, &thing.id, Consistency::Eventual).await.is_ok());
            succeeded[1] += usize::from(things.create(&cx, &thing).await.is_ok());
            succeeded[2] += usize::from(pages.list(&cx, &all(), 20, None).await.is_ok());
        }
        let calls = calls.load(Ordering::Relaxed);
        println!("of 500 reads, writes and pages each {succeeded:?} succeeded, in {calls} calls");
        assert!(succeeded.iter().all(|n| *n >= 485), "{succeeded:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn when_everything_fails_a_call_is_soon_one_try() {
    let world = World::new(|_| Rule::refuse(500, "InternalServerError"));
    for _ in 0..100 {
        assert!(world.get().await.0.unwrap_err().is_unavailable());
    }
    assert_eq!(world.calls(), 140, "forty repetitions, and then none");
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_sent_is_waited_for_while_reads_open_the_breaker() {
    let world = World::new(|call| match call.operation.as_str() {
        "PutItem" => Rule::Delay(2_000 * MS),
        _ => Rule::Hang,
    });
    let (written, (read, _)) = tokio::join!(
        async {
            sleep(100 * MS).await;
            world.things.create(&request(), &Thing::new(1)).await
        },
        world.get()
    );
    assert!(read.is_err() && written.is_ok(), "{written:?}");
}
