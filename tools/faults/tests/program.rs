//! The program prints where it listens, forwards calls, and is controlled over HTTP.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server that answers `+OK` to whatever it reads.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let (mut stream, mut buffer) = (stream, [0; 512]);
                while stream.read(&mut buffer).is_ok_and(|read| read > 0) && stream.write_all(b"+OK\r\n").is_ok() {}
            });
        }
    });
    address
}

fn ask(address: &str, text: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut buffer = [0; 4096];
    let read = stream.read(&mut buffer).unwrap();
    String::from_utf8_lossy(&buffer[..read]).into_owned()
}

fn control(address: &str, request: &str, host: &str, body: &str) -> String {
    ask(address, &format!("{request} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
}

#[test]
fn the_program_is_switched_over_http_and_by_nobody_else_s_page() {
    let behind = format!("127.0.0.1:0={}", server());
    let program = Command::new(env!("CARGO_BIN_EXE_faults"))
        .args(["--control", "127.0.0.1:0", "--cache", &behind, "--seed", "7"])
        .stdout(Stdio::piped())
        .spawn();
    let mut program = Program(program.unwrap());
    let mut line = String::new();
    BufReader::new(program.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let said: serde_json::Value = serde_json::from_str(&line).unwrap();
    let (cache, switch) = (said["cache"][0].as_str().unwrap(), said["control"].as_str().unwrap());

    let set = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n";
    assert_eq!(ask(cache, set), "+OK\r\n");
    let full = r#"{"fault": {"error": {"code": "OOM"}}, "service": "cache", "operation": "SET"}"#;
    assert!(control(switch, "PUT /rules/full", switch, full).starts_with("HTTP/1.1 200"));
    assert!(ask(cache, set).starts_with("-OOM "));
    assert_eq!(ask(cache, "PING\r\n"), "+OK\r\n");

    let shown = control(switch, "GET /", switch, "");
    let shown: serde_json::Value = serde_json::from_str(shown.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!((&shown["seed"], &shown["struck"]["full"]), (&7.into(), &1.into()));
    assert_eq!(shown["calls"]["cache"]["SET"], serde_json::json!({ "calls": 2, "struck": 1 }));

    // A page of another site reaches this address by a name of its own.
    assert!(control(switch, "DELETE /rules", "evil.example", "").starts_with("HTTP/1.1 403"));
    let foreign = format!("DELETE /rules HTTP/1.1\r\nHost: {switch}\r\nOrigin: http://evil.example\r\n\r\n");
    assert!(ask(switch, &foreign).starts_with("HTTP/1.1 403"));
    assert!(control(switch, "PUT /rules/x", switch, r#"{"fault": "nonsuch"}"#).starts_with("HTTP/1.1 400"));
    assert!(ask(cache, set).starts_with("-OOM "), "nothing of this was done");

    assert!(control(switch, "DELETE /rules/full", switch, "").starts_with("HTTP/1.1 200"));
    assert_eq!(ask(cache, set), "+OK\r\n");
    assert!(control(switch, "DELETE /rules/full", switch, "").starts_with("HTTP/1.1 404"));
}
