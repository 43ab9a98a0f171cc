//! The command line. What it prints for scripts goes to standard output, sentences about what went wrong to standard error; the
//! exit code is 0 only when it did what was asked.

mod admin;
mod channel;
mod doctor;
pub(crate) mod output;

use crate::config::{Config, Flags};
use crate::{clock, sandbox, serve, telemetry};
use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit code when a guard would hold something, or holds it.
const HELD: u8 = 2;

/// Provisions users and groups from your directory into AWS IAM Identity Center and other SCIM services.
#[derive(Parser)]
#[command(name = "towpath", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server; what happens without a command too
    Serve(Flags),
    /// Start a console with a sample directory and an emulated AWS, to try everything out
    Sandbox(sandbox::Options),
    /// Look at and steer the channels of the running server
    #[command(subcommand)]
    Channel(channel::Command),
    /// Administrators' accounts, with or without a running server
    #[command(subcommand)]
    Admin(admin::Command),
    /// Look for what is wrong: disk, database, clock, directories, services, tokens and certificates, and what to do about it
    Doctor(doctor::Options),
}

/// Which server a command is about.
#[derive(Args, Clone, Debug, Default)]
struct Place {
    /// Settings file [default: towpath.toml in the current directory, if there]
    #[arg(long, env = "TOWPATH_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data directory of the server [default: towpath-data]
    #[arg(long, env = "TOWPATH_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Its database, where the settings file does not name it
    #[arg(long, env = "TOWPATH_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: Option<String>,
}

impl Place {
    fn config(&self) -> Result<Config> {
        Config::load(&Flags {
            config: self.config.clone(),
            data_dir: self.data_dir.clone(),
            database_url: self.database_url.clone(),
            ..Flags::default()
        })
    }
}

/// The whole program.
pub fn main() -> ExitCode {
    let cli = Cli::parse_from(with_default_command(std::env::args_os()));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = runtime.context("the process cannot start its threads").and_then(|runtime| runtime.block_on(run(cli.command)));
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("towpath: {}", output::sentence(&error));
            ExitCode::FAILURE
        }
    }
}

/// `towpath` and `towpath --listen ...` mean `towpath serve ...`.
fn with_default_command(args: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut args: Vec<_> = args.collect();
    let is_flag_of_serve =
        |arg: &OsString| arg.to_str().is_none_or(|text| text.starts_with('-') && !["-h", "--help", "-V", "--version"].contains(&text));
    if args.get(1).is_none_or(is_flag_of_serve) {
        args.insert(args.len().min(1), "serve".into());
    }
    args
}

async fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Serve(flags) => serve(&flags).await,
        Command::Sandbox(options) => sandbox::run(options).await,
        Command::Channel(command) => channel::run(command).await,
        Command::Admin(command) => admin::run(command).await,
        Command::Doctor(options) => doctor::run(&options).await,
    }
}

async fn serve(flags: &Flags) -> Result<ExitCode> {
    let config = Config::load(flags)?;
    let asked = serve::asked_to_end();
    // The lock comes before the logs: two processes must not write the same files.
    let data_dir = serve::DataDir::take(&config.data_dir.value)?;
    let _logs = telemetry::start(data_dir.path(), &config.log_level.value, &config.log_level.value)?;
    let server = serve::build_in(data_dir, config, clock::now, None).await?;
    server.log_settings();
    let listener = server.listen().await?;
    let url = server.url(listener.local_addr().context("the address listened on is not known")?);
    match server.ensure_first_admin().await? {
        Some((name, password)) => output::print(&format!(
            "\nTowpath is at {url}\n\n  First account:      {name}\n  One-time password:  {}\n\n\
             It is shown only now. The first sign-on asks for a password of your own.\n\n",
            password.expose()
        ))?,
        None => output::print(&format!("Towpath is at {url}\n"))?,
    }
    tracing::info!(url, "listening");
    server.run(listener, asked).await?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn serve_is_what_happens_without_a_command() {
        let with = |args: &str| {
            let args = with_default_command(args.split(' ').map(OsString::from));
            args.iter().map(|a| a.to_str().unwrap()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(with("towpath"), "towpath serve");
        assert_eq!(with("towpath --listen 127.0.0.1:1"), "towpath serve --listen 127.0.0.1:1");
        for same in ["towpath serve --listen 127.0.0.1:1", "towpath --help", "towpath -V", "towpath channel list", "towpath nonsense"] {
            assert_eq!(with(same), same);
        }
    }
}
