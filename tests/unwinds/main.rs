//! A worker that obeys its messages (panic, sleep), built with the profile of a release: a test
//! checks that it survives a panic. With `ENTRANCE=schedule` it obeys its schedule in the same way.

use serde::{Deserialize, Serialize};
use shared::{
    context::Cx,
    env::Var,
    lambda::{Scheduled, Worker},
    queue::{Delivery, Failed, Message},
};
use std::{env, process::ExitCode, time::Duration};

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
    const QUEUE: &'static Var = &Var::required("OBEYS_QUEUE_URL");
    const LIMIT: Duration = Duration::from_millis(300);
    type State = ();
    type Message = Order;

    async fn handle((): &(), _: &Cx, _: &Delivery, message: Order) -> Result<(), Failed> {
        obey(&message).await
    }
}

impl Scheduled for Obeys {
    const NAME: &'static str = "obeys";
    type State = ();
    type Payload = Order;

    async fn handle((): &(), _: &Cx, _: &Delivery, payload: Order) -> Result<(), Failed> {
        obey(&payload).await
    }
}

async fn obey(order: &Order) -> Result<(), Failed> {
    match order.say.as_str() {
        "panic" => panic!("the order said so"),
        "sleep" => tokio::time::sleep(Duration::from_mins(1)).await,
        "fail" => return Err(Failed::retry("the order said so")),
        _ => {}
    }
    Ok(())
}

fn main() -> ExitCode {
    if env::var("ENTRANCE").is_ok_and(|entrance| entrance == "schedule") {
        return shared::lambda::schedule::<Obeys>();
    }
    shared::lambda::consume::<Obeys>()
}
