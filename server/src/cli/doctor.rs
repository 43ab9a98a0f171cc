//! `towpath doctor`: looks for what is wrong, with the running server's eyes, and says what to do.

use super::{Place, output};
use crate::socket::client::Client;
use anyhow::Result;
use clap::Args;
use domain::model::report::{Level, Report};
use service::doctor::Examined;
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

/// How it is asked.
#[derive(Args)]
pub struct Options {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// Less than this is too little for a day of logs and a database that grows.
const ENOUGH_BYTES: u64 = 500 * 1024 * 1024;

/// Runs the command. Fails where something does not work.
pub async fn run(options: &Options) -> Result<ExitCode> {
    let config = options.place.config()?;
    let data_dir = &config.data_dir.value;
    let mut found: Vec<Examined> = Client::new(data_dir).get("/doctor").await?;
    found.insert(0, Examined { subject: "Disk".into(), report: disk(data_dir) });
    let failed = found.iter().flat_map(|examined| &examined.report.lines).filter(|line| line.level == Level::Failed).count();
    if options.json {
        output::json(&found)?;
    } else {
        let mut text = String::new();
        for Examined { subject, report } in &found {
            let _ = writeln!(text, "{subject}");
            for line in &report.lines {
                let mark = match line.level {
                    Level::Ok => "ok      ",
                    Level::Info => "        ",
                    Level::Warning => "WARNING ",
                    Level::Failed => "FAILED  ",
                };
                let _ = writeln!(text, "  {mark}{}: {}", line.step, line.found);
            }
        }
        let _ = match failed {
            0 => writeln!(text, "\nNothing that was looked at has failed."),
            1 => writeln!(text, "\n1 thing has failed."),
            n => writeln!(text, "\n{n} things have failed."),
        };
        output::print(&text)?;
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How much room is left where the data directory is.
fn disk(data_dir: &Path) -> Report {
    let mut report = Report::default();
    match rustix::fs::statvfs(data_dir) {
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize);
            let words = format!("{} MB are free where {} is.", free / (1024 * 1024), data_dir.display());
            match free {
                0..ENOUGH_BYTES => report.add(Level::Warning, "Room", format!("{words} Make room: a full disk stops provisioning.")),
                _ => report.add(Level::Ok, "Room", words),
            }
        }
        Err(error) => report.add(Level::Failed, "Room", format!("{} cannot be looked at: {error}.", data_dir.display())),
    }
    report
}
