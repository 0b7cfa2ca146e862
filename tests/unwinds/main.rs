//! A worker that does what its messages say, built with the profile of what is deployed: does it survive a panic?

use serde::{Deserialize, Serialize};
use shared::{
    context::Cx,
    lambda::Worker,
    queue::{Delivery, Failed, Message},
};
use std::{process::ExitCode, time::Duration};

#[derive(Serialize, Deserialize)]
struct Order {
    say: String,
}

impl Message for Order {
    const SCHEMA: u16 = 1;

    fn kind(&self) -> &'static str {
        "order"
    }
}

struct Obeys;

impl Worker for Obeys {
    const NAME: &'static str = "obeys";
    const QUEUE: &'static str = "OBEYS_QUEUE_URL";
    const LIMIT: Duration = Duration::from_millis(300);
    type State = ();
    type Message = Order;

    async fn handle((): &(), _: &Cx, _: &Delivery, message: Order) -> Result<(), Failed> {
        match message.say.as_str() {
            "panic" => panic!("the message said so"),
            "sleep" => tokio::time::sleep(Duration::from_mins(1)).await,
            _ => {}
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    shared::lambda::consume::<Obeys>()
}
