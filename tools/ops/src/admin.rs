//! Makes a person an administrator, or takes that away: `admin grant ada@example.com`.
//!
//! No request can do this: the right to administrate is a row that only an operator, with the rights to the table, can write.
//! Reads `USERS_TABLE`, `SESSIONS_TABLE` and the usual AWS variables.

use functions::accounts::{email::EmailAddress, users::Users};
use shared::{
    app::{App, FromApp as _},
    context::Cx,
    session::Grants,
};
use std::{env, error::Error, process::ExitCode};

type Failure = Box<dyn Error>;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(Failure::from).and_then(|runtime| runtime.block_on(run())) {
        Ok(done) => {
            println!("{done}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("admin: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<String, Failure> {
    let args: Vec<String> = env::args().skip(1).collect();
    let (verb, address) = match &args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [verb @ ("grant" | "revoke"), address] => (*verb, *address),
        _ => return Err("usage: admin grant|revoke E-MAIL".into()),
    };
    let email: EmailAddress = address.parse().map_err(|e| format!("{address:?} {e}"))?;
    let (cx, app) = (Cx::detached(), App::for_tools().await?);
    let (users, grants) = (Users::from_app(&app).await?, Grants::from_app(&app).await?);
    let user = users.by_email(&cx, &email).await?.ok_or_else(|| format!("{address} has no account; sign up first"))?;
    match verb {
        "grant" => grants.give(&cx, user.id.into()).await?,
        _ => grants.take(&cx, user.id.into()).await?,
    }
    Ok(format!("{address} ({}) is {} an administrator", user.id, if verb == "grant" { "now" } else { "no longer" }))
}
