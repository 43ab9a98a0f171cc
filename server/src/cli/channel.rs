//! `towpath channel`: the channels of the running server, through its socket.

use super::{HELD, Place, output};
use crate::socket::client::Client;
use anyhow::{Context, Result};
use app::views::people::{ExplainFound, VerifyFound};
use app::views::preview::{MovesView, Names, PreviewPage};
use app::views::{ChannelPage, ChannelRow, CycleRow, HeldView, OpRow};
use clap::{Args, Subcommand};
use domain::model::cycle::{CycleState, Trigger};
use std::fmt::Write;
use std::process::ExitCode;
use std::time::Duration;

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Show all channels and how they stand
    List(All),
    /// Show one channel: how it stands, what failed, what is held, its latest cycles
    Show(One),
    /// Show what a cycle would do now, without doing it
    ///
    /// Reads the directory, and the service where a cycle would. Who would enter and leave, each operation with its reason and what it changes, what a
    /// guard would hold and who is left out; with --json all of it, however long. Nothing is changed by it, and nothing is kept of it: the next cycle
    /// does what is shown as long as nothing changes in between.
    ///
    /// Exit code: 0 when a cycle would do all of it, 2 when a guard would hold some of it until somebody approves it, 1 when it could not be worked out or
    /// the directory was not read completely.
    #[command(verbatim_doc_comment)]
    Preview(One),
    /// Say why somebody is or is not at the service, step by step; exits with 0 when they are there as the directory says or the next
    /// cycle writes them, with 2 when something about them is held, and with 3 when they are not provisioned
    Explain(Explain),
    /// List what is at the service and compare it with what was written there; exits with 3 when something differs and with 1 when
    /// nothing could be compared
    Verify(Verify),
    /// Start a cycle now
    Run(Run),
    /// Forget what the channel remembers of its objects: the next cycle matches everything anew
    Reset(One),
    /// Let the removals held now happen once
    Approve(One),
    /// Keep the removals held now from being done or asked about for a week
    Reject(One),
    /// Stop cycles until resumed
    Pause(One),
    /// Go on with cycles
    Resume(One),
}

/// Operations that are printed; all are in the JSON.
const SHOWN: usize = 500;

/// About all channels.
#[derive(Args)]
pub struct All {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// About one channel.
#[derive(Args)]
pub struct One {
    /// The channel, by its id or by its name where only one has it
    channel: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// Explain.
#[derive(Args)]
pub struct Explain {
    #[command(flatten)]
    one: One,
    /// Any name of the directory: user name, e-mail address, DN or id
    name: String,
}

/// Verify.
#[derive(Args)]
pub struct Verify {
    #[command(flatten)]
    one: One,
    /// Have what differs written again by the next cycle, which begins at once where the channel is on
    #[arg(long)]
    repair: bool,
}

/// Run now.
#[derive(Args)]
pub struct Run {
    #[command(flatten)]
    one: One,
    /// Wait until that cycle has ended; exits with 2 when a guard held something and with 1 when it did not succeed
    #[arg(long)]
    wait: bool,
    /// Read and compare everything, whatever the directory says of changes; links stay
    #[arg(long)]
    full: bool,
}

impl Run {
    fn verb(&self) -> &'static str {
        if self.full { "run-full" } else { "run" }
    }
}

impl One {
    fn client(&self) -> Result<Client> {
        Ok(Client::new(&self.place.config()?.data_dir.value))
    }

    fn path(&self, verb: &str) -> Result<String> {
        let mut url = url::Url::parse("http://towpath/channels").context("a fixed address is well-formed")?;
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.push(&self.channel);
            if !verb.is_empty() {
                segments.push(verb);
            }
        }
        Ok(url.path().to_owned())
    }

    /// Tells the channel something and says that it was done.
    async fn tell(&self, verb: &str, done: &str) -> Result<ExitCode> {
        let answer: serde_json::Value = self.client()?.post(&self.path(verb)?, &serde_json::json!({})).await?;
        if self.json {
            output::json(&answer)?;
        } else {
            output::print(&format!("{}: {done}\n", self.channel))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Runs the command.
pub async fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::List(all) => list(&all).await,
        Command::Show(one) => show(&one).await,
        Command::Preview(one) => preview(&one).await,
        Command::Run(run) if run.wait => run_and_wait(&run).await,
        Command::Run(run) => run.one.tell(run.verb(), "a cycle begins.").await,
        Command::Explain(of) => explain(&of).await,
        Command::Verify(of) => verify(&of).await,
        Command::Reset(one) => one.tell("reset", "its links are forgotten; the next cycle matches everything anew.").await,
        Command::Approve(one) => one.tell("approve", "the removals held now may happen once.").await,
        Command::Reject(one) => one.tell("reject", "the removals held now will not happen, and are not asked about for a week.").await,
        Command::Pause(one) => one.tell("pause", "paused.").await,
        Command::Resume(one) => one.tell("resume", "resumed.").await,
    }
}

async fn list(all: &All) -> Result<ExitCode> {
    let client = Client::new(&all.place.config()?.data_dir.value);
    let rows: Vec<ChannelRow> = client.get("/channels").await?;
    if all.json {
        output::json(&rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    if rows.is_empty() {
        output::print("There is no channel yet.\n")?;
        return Ok(ExitCode::SUCCESS);
    }
    let heading = ["CHANNEL", "CONNECTION", "STATE", "USERS", "GROUPS", "LAST CYCLE", "ID"].map(str::to_owned).to_vec();
    let cells = |row: &ChannelRow| {
        let last = row.last.as_ref().map_or_else(|| "-".to_owned(), |c| format!("{}: {}", c.started.words, c.did));
        vec![
            row.name.clone(),
            row.connection_name.clone(),
            row.state.label.clone(),
            row.users.to_string(),
            row.groups.to_string(),
            last,
            row.id.to_string(),
        ]
    };
    output::table(&std::iter::once(heading).chain(rows.iter().map(cells)).collect::<Vec<_>>())?;
    Ok(ExitCode::SUCCESS)
}

async fn show(one: &One) -> Result<ExitCode> {
    let page: ChannelPage = one.client()?.get(&one.path("")?).await?;
    if one.json {
        output::json(&page)?;
        return Ok(ExitCode::SUCCESS);
    }
    let row = &page.row;
    let mut text = format!("{} of {}\n{}: {}\n", row.name, row.connection_name, row.state.label, row.state.sentence);
    let _ = writeln!(text, "{} users and {} groups linked", row.users, row.groups);
    if let Some(next) = &row.next {
        let _ = writeln!(text, "Next cycle {}", next.words);
    }
    for (label, value) in &page.facts {
        let _ = writeln!(text, "  {label}: {value}");
    }
    page.held.iter().for_each(|held| write_held(&mut text, held));
    for (title, notes) in [("Failed", &page.failing), ("Left out", &page.skipped)] {
        for note in notes {
            let _ = writeln!(text, "{title}: {} {}: {}", note.kind.to_lowercase(), note.name, note.reason);
        }
    }
    output::print(&text)?;
    let heading = ["CYCLE", "STARTED", "WHY", "STATE", "DID", "FAILED"].map(str::to_owned).to_vec();
    let cells = |c: &CycleRow| {
        vec![c.id.to_string(), c.started.exact.clone(), c.trigger.clone(), c.state.label.clone(), c.did.clone(), c.failed.to_string()]
    };
    output::table(&std::iter::once(heading).chain(page.cycles.iter().take(10).map(cells)).collect::<Vec<_>>())?;
    Ok(ExitCode::SUCCESS)
}

async fn preview(one: &One) -> Result<ExitCode> {
    let page: PreviewPage = one.client()?.get(&one.path("preview")?).await?;
    let code = match (page.held.is_empty(), &page.problem) {
        (false, _) => ExitCode::from(HELD),
        (true, Some(_)) => ExitCode::FAILURE,
        (true, None) => ExitCode::SUCCESS,
    };
    if one.json {
        output::json(&page)?;
        return Ok(code);
    }
    let mut text = String::new();
    for sentence in page.problem.iter().chain(&page.sentences) {
        let _ = writeln!(text, "{sentence}");
    }
    let _ = writeln!(text, "{}", page.summary);
    write_moves(&mut text, "users", &page.users);
    write_moves(&mut text, "groups", &page.groups);
    if page.total == 0 {
        text.push_str("Nothing to change.\n");
    }
    for row in &page.reasons {
        let _ = writeln!(text, "{}: {}: {}", row.operation, row.count, row.reason);
    }
    page.ops.iter().take(SHOWN).for_each(|op| write_op(&mut text, op));
    if page.ops.len() > SHOWN {
        let _ = writeln!(text, "  and {} more; --json has all of them", page.ops.len() - SHOWN);
    }
    page.held.iter().for_each(|held| write_held(&mut text, held));
    for note in &page.skipped {
        let _ = writeln!(text, "Left out: {} {}: {}", note.kind.to_lowercase(), note.name, note.reason);
    }
    output::print(&text)?;
    Ok(code)
}

fn write_moves(text: &mut String, kind: &str, moves: &MovesView) {
    let mut line = |label: &str, Names { total, names }: &Names| {
        if *total > 0 {
            let _ = writeln!(text, "{label} ({kind}): {}", names.join(", "));
        }
    };
    line("Would enter", &moves.entering);
    line("Would leave", &moves.leaving);
    line("Left, and would stay as they are", &moves.staying);
}

/// Exit code when somebody is not provisioned, or something differs.
const OUT: u8 = 3;

async fn verify(of: &Verify) -> Result<ExitCode> {
    let asked = crate::socket::Verify { repair: of.repair };
    let found: VerifyFound = of.one.client()?.post(&of.one.path("verify")?, &asked).await?;
    let code = match (found.problem.is_empty(), found.drifts_total) {
        (false, _) => ExitCode::FAILURE,
        (true, 0) => ExitCode::SUCCESS,
        (true, _) => ExitCode::from(OUT),
    };
    if of.one.json {
        output::json(&found)?;
        return Ok(code);
    }
    let mut text = format!("{}: {}\n", found.state, found.sentence);
    found.facts.iter().for_each(|(label, value)| {
        let _ = writeln!(text, "  {label}: {value}");
    });
    found.notes.iter().for_each(|note| {
        let _ = writeln!(text, "{note}");
    });
    for drift in &found.drifts {
        let _ = writeln!(text, "{}: {} {} {}", drift.what, drift.kind.to_lowercase(), drift.name, drift.detail);
        for change in &drift.changes {
            let show = |value: &Option<String>| value.as_ref().map_or_else(|| "(none)".to_owned(), |v| format!("‘{v}’"));
            let _ = writeln!(text, "      {}: written {}, there {}", change.attribute, show(&change.from), show(&change.to));
        }
    }
    for (name, kind, target) in &found.unknown {
        let _ = writeln!(text, "Unknown here: {} {name} ({target})", kind.to_lowercase());
    }
    output::print(&text)?;
    Ok(code)
}

async fn explain(of: &Explain) -> Result<ExitCode> {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("name", &of.name).finish();
    let found: ExplainFound = of.one.client()?.get(&format!("{}?{query}", of.one.path("explain")?)).await?;
    let code = match found.end.as_str() {
        "in_sync" | "would_write" => ExitCode::SUCCESS,
        "held" => ExitCode::from(HELD),
        _ => ExitCode::from(OUT),
    };
    if of.one.json {
        output::json(&found)?;
        return Ok(code);
    }
    let mut text = format!("{} {}: {}\n", found.kind, found.name, found.state).trim_start().to_owned();
    for check in &found.look.checks {
        let _ = writeln!(text, "  {:<10} {}: {}", check.label, check.title, check.found);
    }
    for value in &found.look.values {
        let show = |value: &Option<String>| value.as_ref().map_or_else(|| "(none)".to_owned(), |v| format!("‘{v}’"));
        let _ = writeln!(text, "  {}: mapped {}, written {}", value.attribute, show(&value.mapped), show(&value.written));
    }
    for group in &found.look.groups {
        let _ = writeln!(text, "  Group {}: {}", group.name, group.state);
    }
    if !found.look.ops.is_empty() {
        let _ = writeln!(text, "Next cycle: {}", found.look.next);
        found.look.ops.iter().for_each(|op| write_op(&mut text, op));
    }
    found.look.others.iter().for_each(|(dn, _)| {
        let _ = writeln!(text, "Also called so: {dn}");
    });
    output::print(&text)?;
    Ok(code)
}

fn write_held(text: &mut String, held: &HeldView) {
    let _ = writeln!(text, "Held ({}): {}", held.guard, held.reason);
    held.ops.iter().for_each(|op| write_op(text, op));
    if held.total as usize > held.ops.len() {
        let _ = writeln!(text, "  and {} more", held.total as usize - held.ops.len());
    }
}

fn write_op(text: &mut String, op: &OpRow) {
    let _ = writeln!(text, "  {} {} {}: {}", op.action, op.kind.to_lowercase(), op.name, op.reason);
    for change in &op.changes {
        let show = |value: &Option<String>| value.as_ref().map_or_else(|| "(none)".to_owned(), |v| format!("‘{v}’"));
        let _ = writeln!(text, "      {}: {} -> {}", change.attribute, show(&change.from), show(&change.to));
    }
    if !op.people.is_empty() {
        let _ = writeln!(text, "      {}", op.people.join(", "));
    }
}

/// Starts a cycle and waits for the end of one that a person's signal started: one that was under way already does not count.
async fn run_and_wait(run: &Run) -> Result<ExitCode> {
    let one = &run.one;
    let client = one.client()?;
    let show = one.path("")?;
    let before: ChannelPage = client.get(&show).await?;
    // Ids grow with time, so that whatever is above this one began later.
    let newest = before.cycles.first().map(|c| c.id.clone());
    let _: serde_json::Value = client.post(&one.path(run.verb())?, &serde_json::json!({})).await?;
    let cycle = loop {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let page: ChannelPage = client.get(&show).await?;
        let ours = |c: &&CycleRow| Some(&c.id) > newest.as_ref() && c.trigger == Trigger::Person.label() && !c.duration.is_empty();
        if let Some(cycle) = page.cycles.iter().rfind(ours) {
            break cycle.clone();
        }
        if page.row.paused || !page.row.on {
            anyhow::bail!("‘{}’ was paused or switched off before the cycle ran", one.channel);
        }
    };
    if one.json {
        output::json(&cycle)?;
    } else {
        let state = &cycle.state;
        output::print(&format!("{} in {}: {}. {}\n", state.label, cycle.duration, cycle.did, state.sentence))?;
    }
    Ok(match cycle.state.label {
        label if label == CycleState::Succeeded.label() => ExitCode::SUCCESS,
        label if label == CycleState::Held.label() => ExitCode::from(HELD),
        _ => ExitCode::FAILURE,
    })
}
