//! The proxy as a program of its own.
//!
//!     faults --control 127.0.0.1:7000 --cache 127.0.0.1:7001=127.0.0.1:6390 --aws 127.0.0.1:7002=127.0.0.1:4566 [--seed 7]
//!
//! Each address is where to listen, and after `=` what stands behind it; `--cache` and `--aws` may
//! be repeated, and port 0 is a free one. Prints one line of JSON with the addresses once it
//! listens, and runs until it is ended.

use faults::Faults;
use serde_json::json;
use std::{env, net::SocketAddr, process::ExitCode, thread};

fn main() -> ExitCode {
    match start(env::args().skip(1)) {
        Ok((_faults, listening)) => {
            println!("{listening}");
            loop {
                thread::park();
            }
        }
        Err(why) => {
            eprintln!("faults: {why}");
            ExitCode::from(2)
        }
    }
}

fn start(arguments: impl Iterator<Item = String>) -> Result<(Faults, serde_json::Value), String> {
    let mut arguments = arguments.collect::<Vec<_>>().into_iter();
    let (mut pairs, mut control, mut seed) = (Vec::new(), None, 0);
    while let Some(option) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{option} wants a value"))?;
        match option.as_str() {
            "--control" => control = Some(address(&value)?),
            "--seed" => seed = value.parse().map_err(|_| format!("{value} is not a seed"))?,
            "--cache" | "--aws" => {
                let (at, upstream) = value.split_once('=').ok_or_else(|| format!("{option} LISTEN=UPSTREAM"))?;
                pairs.push((option, address(at)?, address(upstream)?));
            }
            _ => return Err(format!("there is no {option}; --control, --cache, --aws, --seed")),
        }
    }
    let failed = |e: std::io::Error| e.to_string();
    let faults = Faults::start(seed).map_err(failed)?;
    let (mut caches, mut aws) = (Vec::new(), Vec::new());
    for (kind, at, upstream) in pairs {
        if kind == "--cache" {
            caches.push(faults.cache(at, upstream).map_err(failed)?);
        } else {
            aws.push(faults.aws(at, upstream).map_err(failed)?);
        }
    }
    let control = control.map(|at| faults.control(at)).transpose().map_err(failed)?;
    Ok((faults, json!({ "seed": seed, "control": control, "cache": caches, "aws": aws })))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("{text} is not an address with a port"))
}
