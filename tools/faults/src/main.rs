//! The proxy as a program:
//!
//!     faults --control 127.0.0.1:7000 --cache 127.0.0.1:7001=127.0.0.1:6390 \
//!         --aws 127.0.0.1:7002=127.0.0.1:4566 --seed 7
//!
//! The proxy listens at the first address, and forwards to the one after `=`. `--cache` and `--aws`
//! can be repeated; port 0 takes a free port; the seed is 0 by default. Once it listens, the
//! program prints the addresses as one line of JSON. It runs until it is killed.

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
        let value = arguments.next().ok_or_else(|| format!("{option} needs a value"))?;
        match option.as_str() {
            "--control" => control = Some(address(&value)?),
            "--seed" => {
                seed = value.parse().map_err(|_| format!("--seed must be a whole number, 0 or more, not {value}"))?;
            }
            "--cache" | "--aws" => {
                let (at, upstream) = value.split_once('=').ok_or_else(|| {
                    format!("{option} must be LISTEN=UPSTREAM, such as 127.0.0.1:7001=127.0.0.1:6390")
                })?;
                pairs.push((option, address(at)?, address(upstream)?));
            }
            _ => return Err(format!("there is no option {option}; there are --control, --cache, --aws and --seed")),
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
    text.parse().map_err(|_| format!("{text} is no address with a port, such as 127.0.0.1:7001"))
}
