//! Fills a stack's catalogue: `seed --products 240`.
//!
//! The same number always makes the same products, ids included, so that a second run finds what the first one wrote and
//! leaves it alone, prices that were changed since and all. Reads `PRODUCTS_TABLE`, `PRODUCT_SHARDS` and the usual AWS
//! variables.

mod catalogue;

use functions::products::Products;
use shared::{
    app::{App, FromApp as _},
    context::Cx,
};
use std::{env, error::Error, process::ExitCode, time::Instant};

type Failure = Box<dyn Error>;

/// How many ids are looked up, and how many products written, at a time.
const CHUNK: usize = 100;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(Failure::from).and_then(|runtime| runtime.block_on(seed())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("seed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn seed() -> Result<(), Failure> {
    let count = wanted(env::args().skip(1))?;
    let products = Products::from_app(&App::for_tools().await?).await?;
    let start = Instant::now();
    let (mut written, all) = (0, catalogue::products(count));
    for (at, chunk) in all.chunks(CHUNK).enumerate() {
        let cx = Cx::detached();
        let ids: Vec<_> = chunk.iter().map(|p| p.id).collect();
        let there = products.get_many(&cx, &ids).await?;
        let missing: Vec<_> = chunk.iter().zip(there).filter(|(_, t)| t.is_none()).map(|(p, _)| p.clone()).collect();
        written += products.write_all(&cx, missing, |_| ()).await?;
        eprint!("\r  products {:>6} of {count}", (at * CHUNK + chunk.len()));
    }
    eprintln!(
        "\r  products {count}: {written} written, {} there before, {:.1} s",
        count - written,
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

fn wanted(mut args: impl Iterator<Item = String>) -> Result<usize, Failure> {
    match (args.next().as_deref(), args.next(), args.next()) {
        (None, None, None) => Ok(240),
        (Some("--products"), Some(count), None) => Ok(count.parse()?),
        _ => Err("usage: seed [--products COUNT]".into()),
    }
}
