//! `jobs dlq`, `jobs redrive QUEUE [RATE]`, `jobs replay SINCE`: see [`ops`]. The environment names the stack's queues and
//! tables, by the names of its outputs.

use ops::{
    queues::{self, Named},
    redrive::redrive,
    replay::replay,
};
use shared::{app::App, queue::DeadLetters};
use std::{env, error::Error, process::ExitCode};

type Failure = Box<dyn Error>;

/// Letters that are looked at in each queue. A reason that none of so many has can wait.
const LOOK: usize = 500;
/// Letters a second, unless it is said: what two environments of the e-mail worker take without falling behind.
const RATE: u32 = 10;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(Failure::from).and_then(|runtime| runtime.block_on(run())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("jobs: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let words: Vec<_> = env::args().skip(1).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let app = App::for_tools().await?;
    let queues = queues::all(env::vars());
    match words[..] {
        ["dlq"] => dlq(&app, &queues).await,
        ["redrive", queue] => back(&app, &queues, queue, RATE).await,
        ["redrive", queue, rate] => back(&app, &queues, queue, rate.parse()?).await,
        ["replay", since] => {
            let since = since.parse().map_err(|_| format!("{since} is no time like 2026-11-24T10:00:00Z"))?;
            let told =
                replay(&app, since, |told| eprint!("\r  {} accounts, {} messages", told.accounts, told.messages));
            let told = told.await?;
            eprintln!("\r  {} accounts, {} messages told again", told.accounts, told.messages);
            told.refused.iter().for_each(|why| eprintln!("  not told: {why}"));
            if told.refused.is_empty() { Ok(()) } else { Err("some events cannot be told".into()) }
        }
        _ => Err("usage: jobs dlq | jobs redrive QUEUE [RATE] | jobs replay SINCE".into()),
    }
}

async fn dlq(app: &App, queues: &[Named]) -> Result<(), Failure> {
    for Named { name, dead, .. } in queues {
        let dead = DeadLetters::new(app.sdk(), dead);
        let (count, letters) = (dead.count().await?, dead.list(LOOK).await?);
        println!(
            "{name}: {}",
            if letters.is_empty() { "none".to_owned() } else { count.max(letters.len()).to_string() }
        );
        for (reason, count, letter) in queues::by_reason(&letters) {
            let since = letter.sent_at.map(|at| format!(", one since {at:.0}")).unwrap_or_default();
            let body: String = letter.body.chars().take(160).collect();
            println!("  {count:>5} x {reason}{since}\n          {body}");
        }
    }
    Ok(())
}

async fn back(app: &App, queues: &[Named], queue: &str, rate: u32) -> Result<(), Failure> {
    let known = || queues.iter().filter(|q| q.url.is_some()).map(|q| q.name.as_str()).collect::<Vec<_>>().join(", ");
    let found = queues.iter().find(|q| q.name == queue);
    let found = found.ok_or_else(|| format!("there is no queue {queue}; there are {}", known()))?;
    let to = found.url.as_ref().ok_or_else(|| {
        format!("the letters of {queue} are records of a stream, which no queue takes; tell their events again: make replay SINCE=...")
    })?;
    let dead = DeadLetters::new(app.sdk(), &found.dead);
    let all = dead.count().await?;
    let done = redrive(&dead, app.clock(), to, rate, |moved| eprint!("\r  {moved} of {all}")).await?;
    eprintln!("\r  {} of {all} driven back to {queue}", done.moved);
    if done.forgotten > 0 {
        eprintln!("  {} stay: older than {queue} remembers, so that they could be done twice", done.forgotten);
    }
    Ok(())
}
