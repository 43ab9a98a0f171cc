//! `towpath admin`: accounts. Through the socket where a server runs, else on the data directory itself.

use super::{Place, output};
use crate::serve;
use crate::socket::AdminName;
use crate::socket::client::Client;
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use domain::secret::Secret;
use serde_json::{Value, json};
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
        let answer: Value = client.post(verb, &AdminName { username: username.clone() }).await?;
        Secret::new(answer["password"].as_str().context("the server's answer is not understood")?)
    } else if !create && !config.data_dir.value.is_dir() {
        bail!("there is no data directory {}; name the server's with --data-dir", config.data_dir.value.display())
    } else {
        let (service, store, _data_dir) = serve::offline(&config).await?;
        let made = if create { service.create_admin(&username).await } else { service.reset_password(&username).await };
        store.close().await;
        made?
    };
    if account.json {
        output::json(&json!({ "username": username, "password": password.expose() }))?;
    } else {
        output::print(&format!("One-time password of {username}: {}\nThe next sign-on asks for another one.\n", password.expose()))?;
    }
    Ok(ExitCode::SUCCESS)
}
