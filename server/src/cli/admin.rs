//! `towpath admin`: accounts. Through the socket where a server runs, else on the data directory itself.

use super::{Place, output};
use crate::serve;
use crate::socket::client::Client;
use crate::socket::{AdminName, OneTimePassword};
use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use std::process::ExitCode;

/// What to do with an account.
#[derive(Subcommand)]
pub enum Command {
    /// Make an account with a one-time password, which is shown once
    Create(Account),
    /// Give an account a new one-time password, enable it and end its sessions
    ResetPassword(Account),
}

/// Which account.
#[derive(Args)]
pub struct Account {
    /// Its user name
    username: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// Runs the command.
pub async fn run(command: Command) -> Result<ExitCode> {
    let (account, create) = match command {
        Command::Create(account) => (account, true),
        Command::ResetPassword(account) => (account, false),
    };
    let config = account.place.config()?;
    let client = Client::new(&config.data_dir.value);
    let username = account.username;
    let password = if client.is_running().await? {
        let verb = if create { "/admin/create" } else { "/admin/reset-password" };
        client.post::<OneTimePassword>(verb, &AdminName { username: username.clone() }).await?.password
    } else if !create && !config.data_dir.value.is_dir() {
        bail!("there is no data directory {}; name the server's with --data-dir", config.data_dir.value.display())
    } else {
        let (service, store, _data_dir) = serve::offline(&config).await?;
        let made = if create { service.create_admin(&username).await } else { service.reset_password(&username).await };
        store.close().await;
        made?.expose().to_owned()
    };
    if account.json {
        output::json(&json!({ "username": username, "password": password }))?;
    } else {
        output::print(&format!("One-time password of {username}: {password}\nThe next sign-on asks for another one.\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}
