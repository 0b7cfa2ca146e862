//! `seed --users 1000 --products 240 --orders 5000`, `seed --reindex`: see the library's documentation.

use ops::seed::{self, Bar, Failure, Plan};
use shared::app::App;
use std::{env, process::ExitCode, time::Instant};

const USAGE: &str = "usage: seed [--users COUNT] [--products COUNT] [--orders COUNT], or seed --reindex; 240 products, if nothing is said";

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(Failure::from).and_then(|runtime| runtime.block_on(fill())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("seed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn fill() -> Result<(), Failure> {
    let (start, app) = (Instant::now(), App::for_tools().await?);
    if env::args().skip(1).eq(["--reindex"]) {
        let count = seed::reindex(&app, show()).await?;
        eprintln!("\n  {count} products, {:.1} s", start.elapsed().as_secs_f64());
        return Ok(());
    }
    let plan = wanted(env::args().skip(1))?;
    let filled = seed::run(&app, plan, show()).await;
    eprintln!();
    for all in filled.inspect_err(|_| eprintln!("  start again to go on from here"))? {
        eprintln!("  {} {}: {} written, {} there before", all.what, all.of, all.written, all.of - all.written);
    }
    eprintln!("  {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Shows a bar for each kind.
fn show() -> impl FnMut(&'static str, usize, usize) {
    let mut bar = Bar::new("", 0);
    move |what, done, of| {
        if (bar.what(), bar.of()) != (what, of) {
            eprint!("{}", if bar.what() == what || bar.what().is_empty() { "" } else { "\n" });
            bar.becomes(what, of);
        }
        if let Some(line) = bar.line(Instant::now(), done) {
            eprint!("\r  {line:<74}");
        }
    }
}

fn wanted(mut args: impl Iterator<Item = String>) -> Result<Plan, Failure> {
    let mut plan = Plan::default();
    let mut said = false;
    while let Some(name) = args.next() {
        let count = match name.as_str() {
            "--users" => &mut plan.users,
            "--products" => &mut plan.products,
            "--orders" => &mut plan.orders,
            _ => return Err(USAGE.into()),
        };
        *count = args.next().ok_or(USAGE)?.parse().map_err(|_| USAGE)?;
        said = true;
    }
    Ok(if said { plan } else { Plan { products: 240, ..plan } })
}
