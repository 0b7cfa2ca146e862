//! A cluster's nodes end connections and move slots.

use super::*;
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// What a node does with a script.
#[derive(Debug, Clone, Copy)]
enum Does {
    Answers,
    /// Carries it out, and ends the connection before it has answered.
    Ends,
    /// Says that the node at this port has the slot, and owns it no more.
    Moved(u16),
    /// Says that the node at this port may have the key, in the middle of a move.
    Asks(u16),
}

/// A node that says it owns all slots, and counts the scripts that it is sent.
#[derive(Clone)]
struct Node {
    port: u16,
    state: Arc<Mutex<(Does, u32)>>,
}

impl Node {
    fn start(does: Does) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let node = Self { port: listener.local_addr().unwrap().port(), state: Arc::new(Mutex::new((does, 0))) };
        let this = node.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let node = this.clone();
                thread::spawn(move || node.serve(stream));
            }
        });
        node
    }

    fn scripts(&self) -> u32 {
        self.state.lock().unwrap().1
    }

    fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut from = BufReader::new(stream.try_clone().ok()?);
        let mut to = stream;
        loop {
            let name = command(&mut from)?;
            let (does, owner) = {
                let mut state = self.state.lock().unwrap();
                state.1 += u32::from(name == "EVALSHA");
                let does = state.0;
                (does, if let Does::Moved(port) = does { port } else { self.port })
            };
            let answer = match (name.as_str(), does) {
                ("CLUSTER", _) if self.scripts() == 0 => slots(self.port),
                ("CLUSTER", _) => slots(owner),
                ("EVALSHA", Does::Ends) => return Some(()),
                ("EVALSHA", Does::Moved(port)) => format!("-MOVED 12706 127.0.0.1:{port}\r\n"),
                ("EVALSHA", Does::Asks(port)) => format!("-ASK 12706 127.0.0.1:{port}\r\n"),
                ("EVALSHA", Does::Answers) => ":1\r\n".to_owned(),
                _ => "+OK\r\n".to_owned(),
            };
            to.write_all(answer.as_bytes()).ok()?;
        }
    }
}

fn slots(port: u16) -> String {
    format!("*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$9\r\n127.0.0.1\r\n:{port}\r\n$4\r\nnode\r\n")
}

/// The name of the next command.
fn command(from: &mut BufReader<TcpStream>) -> Option<String> {
    let words = number(from, '*')?;
    let mut name = None;
    for _ in 0..words {
        let length = number(from, '$')?;
        let mut word = vec![0; length + 2];
        from.read_exact(&mut word).ok()?;
        word.truncate(length);
        name = name.or(String::from_utf8(word).ok());
    }
    name
}

fn number(from: &mut BufReader<TcpStream>, kind: char) -> Option<usize> {
    let mut line = String::new();
    from.read_line(&mut line).ok()?;
    line.strip_prefix(kind)?.trim_end().parse().ok()
}

fn client(node: &Node) -> Valkey {
    Valkey::connect(&format!("redis://127.0.0.1:{}?cluster=on", node.port), patient()).unwrap()
}

async fn eval(valkey: &Valkey) -> bool {
    valkey.eval(&Cx::detached(), &Script::new("return 1"), &["k"], &[]).await.is_ok()
}

#[tokio::test]
async fn a_command_is_sent_once_also_when_the_connection_ends_before_the_answer() {
    let node = Node::start(Does::Ends);
    assert!(!eval(&client(&node)).await, "there was no answer");
    // The client's own retry would follow within milliseconds.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(node.scripts(), 1);
}

#[tokio::test]
async fn a_command_follows_a_slot_that_has_moved() {
    let new = Node::start(Does::Answers);
    let old = Node::start(Does::Moved(new.port));
    assert!(eval(&client(&old)).await, "the node that has the slot was not asked");
    assert_eq!((old.scripts(), new.scripts()), (1, 1));
}

/// Of a key that is on its way, L2 is no help; with all others the connection goes on.
#[tokio::test]
async fn a_slot_that_is_being_moved_costs_no_connection() {
    let node = Node::start(Does::Asks(1));
    let valkey = client(&node);
    for _ in 0..5 {
        assert!(!eval(&valkey).await);
    }
    assert_eq!((node.scripts(), valkey.is_open()), (5, false));
}
