//! Errors, foreign answers, and batches that are done in part.

use super::*;

#[tokio::test]
async fn an_error_says_whether_the_work_was_done() {
    let world = World::new();
    for (prevent_execution, key) in [(true, "a"), (false, "b")] {
        let code = Some("InternalServerError".to_owned());
        world.fault(Rule::new(Fault::Error { code, status_code: None, prevent_execution }).operation("PutItem"));
        let failed = world.put(key).await.unwrap_err();
        assert!(failed.contains("InternalServerError"), "{failed}");
        assert_eq!(world.get(key).await, Ok(!prevent_execution));
    }
    world.fault(Rule::new(Fault::LostAnswer).operation("PutItem"));
    let (took, lost) = timed(world.put("c")).await;
    assert!(lost.is_err() && took < PATIENCE, "{lost:?} after {took:?}");
    assert_eq!(world.get("c").await, Ok(true));
}

#[tokio::test]
async fn answers_of_others_arrive_as_they_are_given() {
    let world = World::new();
    world.put("a").await.unwrap();
    world.fault(Rule::new(Fault::Throttle));
    assert_eq!(world.get("a").await, Err("ProvisionedThroughputExceededException".to_owned()));
    world.fault(Rule::new(Fault::HttpResponse {
        status_code: 200,
        content_type: "application/x-amz-json-1.0".into(),
        body: r#"{"Item":{"pk":{"S":"made up"}}}"#.into(),
        prevent_execution: true,
    }));
    assert_eq!(world.get("b").await, Ok(true));
    world.fault(Rule::new(Fault::Nonsense));
    assert_eq!(world.get("a").await, Ok(false), "an answer that says nothing of an item");
    world.fault(Rule::new(Fault::Garbage));
    let (took, garbage) = timed(world.get("a")).await;
    assert!(garbage.is_err() && took < PATIENCE, "{garbage:?} after {took:?}");
    world.faults.clear_all();
    assert_eq!(world.get("a").await, Ok(true));
}

#[tokio::test]
async fn a_part_of_a_batch_is_named_and_not_done() {
    let world = World::new();
    world.fault(Rule::new(Fault::PartialBatch { share: 40 }));
    let keys: Vec<_> = (0..10).map(|n| item(&format!("key{n}"))).collect();
    let write = |key: &HashMap<String, AttributeValue>| {
        let put = PutRequest::builder().set_item(Some(key.clone())).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    };
    let request = world.client.batch_write_item().request_items(world.table(), keys.iter().map(write).collect());
    let answer = request.send().await.unwrap();
    let unwritten = answer.unprocessed_items.unwrap_or_default().remove(&world.table()).unwrap_or_default();
    assert!((1..10).contains(&unwritten.len()), "{unwritten:?}");

    let wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build().unwrap();
    let answer = world.client.batch_get_item().request_items(world.table(), wanted).send().await.unwrap();
    let unread = answer.unprocessed_keys.unwrap_or_default().remove(&world.table()).unwrap();
    assert!((1..10).contains(&unread.keys.len()) && unread.consistent_read == Some(true), "{unread:?}");

    world.faults.clear_all();
    let mut there = 0;
    for n in 0..10 {
        there += usize::from(world.get(&format!("key{n}")).await.unwrap());
    }
    assert_eq!(there, 10 - unwritten.len(), "what is named was not done, the rest was");
}
