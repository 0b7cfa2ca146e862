//! Connections survive a freeze of the environment, on real sockets.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use shared::telemetry::fields;
use shared::{
    clock::Clock,
    context::Cx,
    https,
    table::{Client, Consistency, Shards, Table},
};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tests::line::ReadLine as _;

/// A DynamoDB without items, on a port. After the first answer a connection is half open: what is
/// sent into it is taken, and nothing ever comes back.
fn half_open() -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicU32::new(0)));
    let connections = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            connections.fetch_add(1, Ordering::SeqCst);
            std::thread::spawn(move || answer_once(stream));
        }
    });
    (format!("http://{address}"), count)
}

fn answer_once(stream: TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length]).ok()?;
    let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 2\r\n\r\n{}";
    reader.get_mut().write_all(answer.as_bytes()).ok()?;
    std::io::copy(&mut reader, &mut std::io::sink()).ok().map(drop)
}

#[tokio::test]
async fn after_a_freeze_the_first_call_is_not_sent_into_a_dead_connection() {
    let (endpoint, connections) = half_open();
    let clock = Clock::manual(1_700_000_000_000);
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("thaw"))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "tests")))
        .http_client(https::client(clock.clone()))
        .build();
    let things = Table::<super::Thing>::new(&Client::new(&sdk), "things", Shards::ONE);
    let get = async || {
        let (cx, start) = (Cx::detached(), Instant::now());
        let got = things.get(&cx, &"1".to_owned(), Consistency::Strong).await;
        (got.unwrap(), cx.counted(fields::TABLE_READS), start.elapsed())
    };
    assert_eq!(get().await.1, 1);
    // A dead connection that nothing gives away costs one short try.
    let (_, tries, took) = get().await;
    assert!(tries == 2 && took >= Duration::from_millis(450), "{tries} tries in {took:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 2);
    clock.advance(Duration::from_secs(45));
    let (_, tries, took) = get().await;
    assert!(tries == 1 && took < Duration::from_millis(450), "{tries} tries in {took:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 3);
}
