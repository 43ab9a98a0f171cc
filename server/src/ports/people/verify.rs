//! Verify.

use super::href;
use crate::ports::words::{count, duration, past, sentence};
use crate::ports::{Ports, as_u32, ops, refuse};
use app::backend::Then;
use app::error::AppError;
use app::routes::Page;
use app::views::people::{DriftRow, VerifyFound, VerifyPage};
use app::views::{ChangeRow, Tone};
use domain::actor::Actor;
use domain::id::ChannelId;
use domain::model::link::ObjectKind;
use domain::model::verification::{Difference, Drift, UnknownObject, Verification};
use std::time::Duration;

/// Rows of each table.
const SHOWN: usize = 200;
/// A button waits so long for the end, so that a small service is answered at once.
const PATIENCE: Duration = Duration::from_secs(15);

impl Ports {
    pub(super) async fn verify_page(&self, actor: &Actor, channel: &ChannelId) -> Result<VerifyPage, AppError> {
        let (of, found, running) = self.service.show_verification(actor, channel).await.map_err(refuse)?;
        Ok(VerifyPage {
            channel: (of.name, Page::Channel(channel.clone()).href()),
            action: Page::ChannelVerify(channel.clone()).href(),
            running,
            found: found.map(|found| view(&found, channel, self.now())),
        })
    }

    /// Compares, and repairs where that is asked; for the command line, which waits.
    pub(super) async fn verified(&self, actor: &Actor, channel: &ChannelId, repair: bool) -> Result<VerifyFound, AppError> {
        let mut found = self.service.verify_channel(actor, channel).await.map_err(refuse)?;
        if repair && !found.drifts.is_empty() {
            self.service.repair_channel(actor, channel).await.map_err(refuse)?;
            found.repaired_at = Some(self.now());
        }
        Ok(view(&found, channel, self.now()))
    }

    /// Does what a button of the page asks.
    pub(super) async fn verify_act(&self, actor: &Actor, channel: &ChannelId, what: &str) -> Result<Then, AppError> {
        match what {
            "verify" => {
                // It goes on where this ends waiting.
                if let Ok(done) = tokio::time::timeout(PATIENCE, self.service.verify_channel(actor, channel)).await {
                    done.map_err(refuse)?;
                }
            }
            "repair" => {
                self.service.repair_channel(actor, channel).await.map_err(refuse)?;
            }
            _ => return Err(AppError::NotFound),
        }
        Ok(Then::Go(Page::ChannelVerify(channel.clone()).href()))
    }
}

fn view(found: &Verification, channel: &ChannelId, now: i64) -> VerifyFound {
    let (missing, changed, members) = found.counts();
    let total = as_u32(found.drifts.len());
    let unknown = as_u32(found.unknown.len());
    let (state, tone, said) = match &found.problem {
        Some(problem) => ("Not verified", Tone::Bad, sentence(problem)),
        None if total == 0 => {
            ("As written", Tone::Good, "Everything that could be compared is at the service as it was written.".to_owned())
        }
        None => (
            "Differs",
            Tone::Warning,
            format!("{} from what was written.", if total == 1 { "1 object differs".into() } else { format!("{total} objects differ") }),
        ),
    };
    let fact = |label: &str, value: u32| (label.to_owned(), value.to_string());
    let facts = match found.problem {
        Some(_) => Vec::new(),
        None => vec![
            fact("People at the service", found.users),
            fact("Groups at the service", found.groups),
            fact("Compared", found.compared),
            fact("Missing", missing),
            fact("Changed", changed),
            fact("Other members", members),
            fact("Unknown here", unknown),
            ("Took".to_owned(), duration(found.ended_at - found.started_at)),
        ],
    };
    let mut notes = Vec::new();
    if found.unverified_groups > 0 {
        notes.push(format!(
            "The service does not tell the members of groups, so those of {} could not be verified.",
            count(found.unverified_groups, "group", "groups")
        ));
    }
    if let Some(at) = found.repaired_at {
        notes.push(format!("Repair was asked for {}: the next cycle writes these again. Verify once more after it.", past(at, now).words));
    }
    VerifyFound {
        state: state.to_owned(),
        tone,
        sentence: said,
        when: past(found.ended_at, now),
        facts,
        notes,
        missing,
        changed,
        members,
        unverified_groups: found.unverified_groups,
        problem: found.problem.clone().unwrap_or_default(),
        drifts: found.drifts.iter().take(SHOWN).map(|drift| row(drift, channel)).collect(),
        drifts_total: total,
        unknown: found.unknown.iter().take(SHOWN).map(stranger).collect(),
        unknown_total: unknown,
        can_repair: total > 0 && found.repaired_at.is_none(),
    }
}

fn stranger(object: &UnknownObject) -> (String, String, String) {
    let kind = if object.active || object.kind == ObjectKind::Group {
        ops::kind(object.kind)
    } else {
        format!("{}, inactive", ops::kind(object.kind))
    };
    (object.name.clone(), kind, object.target_id.to_string())
}

fn row(drift: &Drift, channel: &ChannelId) -> DriftRow {
    let (what, tone, detail, changes) = match &drift.what {
        Difference::Missing => ("Missing", Tone::Bad, format!("{} is not there any more.", drift.target_id), Vec::new()),
        Difference::Changed { changes, active, active_differs } => {
            let detail = match (active_differs, active) {
                (false, _) => "",
                (true, true) => "Active there, and was made inactive.",
                (true, false) => "Inactive there, and was left active.",
            };
            let change = |c: &domain::model::plan::Change| ChangeRow {
                attribute: c.attribute.clone(),
                from: c.from.as_ref().map(|v| v.show().to_owned()),
                to: c.to.as_ref().map(|v| v.show().to_owned()),
            };
            ("Changed", Tone::Warning, detail.to_owned(), changes.iter().map(change).collect())
        }
        Difference::Members { absent, extra, strangers } => {
            let mut parts = Vec::new();
            if !absent.is_empty() {
                parts.push(format!("{} missing", count(as_u32(absent.len()), "member is", "members are")));
            }
            if !extra.is_empty() {
                parts.push(format!("{} there who should not be", count(as_u32(extra.len()), "person is", "people are")));
            }
            if *strangers > 0 {
                parts.push(format!("{} there who are unknown here", count(*strangers, "member is", "members are")));
            }
            ("Other members", Tone::Warning, sentence(&parts.join(", ")), Vec::new())
        }
    };
    DriftRow {
        name: drift.name.clone(),
        kind: ops::kind(drift.kind),
        href: href(channel, drift.kind, &drift.source_id),
        what: what.to_owned(),
        tone,
        detail,
        changes,
    }
}
