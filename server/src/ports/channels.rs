//! Channels and cycles.

use super::words::{count, sentence, time};
use super::{Ports, as_u32, dashboard, facts, figures, ops, progress, refuse, standing};
use app::backend::{Channels, PreviewPart};
use app::error::AppError;
use app::views::channels::{ChannelScreen, Dashboard};
use app::views::preview::PreviewPage;
use app::views::{ChannelPage, ChannelRow, CyclePage, CyclesPage, HeldView, ObjectNote};
use async_trait::async_trait;
use domain::actor::Actor;
use domain::id::{ChannelId, CycleId, DraftId};
use domain::model::cycle::Setback;
use domain::model::plan::Coverage;
use service::channels::{ChannelDetail, ChannelGlance};
use std::collections::HashMap;

/// Failed objects that are shown.
const FAILING_SHOWN: usize = 200;

impl Ports {
    /// A channel at a glance. While a cycle runs, what is shown is the one before it.
    pub(super) fn row(&self, glance: &ChannelGlance, now: i64) -> ChannelRow {
        let (status, last) = (glance.status.as_ref(), glance.finished.as_ref());
        ChannelRow {
            id: glance.channel.id.clone(),
            name: glance.channel.name.clone(),
            connection: glance.channel.connection.clone(),
            connection_name: glance.channel.connection_name.clone(),
            data_store: glance.data_store.clone(),
            state: standing::of_channel(glance, last, self.provisions, now),
            progress: status.and_then(|s| s.running.as_ref()).map(standing::progress),
            last: last.map(|cycle| standing::cycle_row(cycle, now)),
            next: status.and_then(|s| s.next_at).map(|at| time(at, now)),
            users: glance.users.linked,
            groups: glance.groups.linked,
            failing: last.map_or(0, |cycle| standing::failed(cycle) + cycle.waiting),
            skipped: last.map_or(0, |cycle| cycle.skipped),
            held: last.map_or(0, |cycle| cycle.held),
            paused: glance.state.paused,
            on: glance.is_on(),
        }
    }

    async fn channel_page(&self, actor: &Actor, detail: ChannelDetail) -> Result<ChannelPage, AppError> {
        let global = self.service.protocol_settings(actor).await.map_err(refuse)?;
        let global = global.settings.frequency_secs(&global.defaults);
        let now = self.now();
        let channel = &detail.channel;
        let held = match detail.held.is_empty() {
            true => Vec::new(),
            false => {
                let holding = detail.cycles.iter().find(|c| c.held > 0);
                vec![HeldView {
                    guard: holding.map_or_else(String::new, standing::guards),
                    reason: holding.map_or_else(String::new, standing::reasons),
                    total: holding.map_or(as_u32(detail.held.len()), |c| c.held),
                    ops: detail.held.iter().map(|op| ops::op_row(op, channel, &HashMap::new())).collect(),
                }]
            }
        };
        let mut row = self.row(&detail.glance, now);
        row.failing = row.failing.max(as_u32(detail.setbacks.len()));
        Ok(ChannelPage {
            row,
            facts: facts::facts(global, &detail, now),
            held,
            failing: detail.setbacks.into_iter().take(FAILING_SHOWN).map(|s| setback(s, now)).collect(),
            skipped: detail.skipped.iter().map(|s| ops::note(&s.skipped.object, &s.skipped.reason)).collect(),
            cycles: detail.cycles.iter().map(|c| standing::cycle_row(c, now)).collect(),
        })
    }

    async fn detail(&self, actor: &Actor, id: &ChannelId) -> Result<ChannelDetail, AppError> {
        self.service.show_channel(actor, id).await.map_err(refuse)
    }
}

/// What a read saw, in sentences.
pub(super) fn coverage(coverage: &Coverage) -> Vec<String> {
    let scope = |seen: u32, one: &str, many: &str, complete: bool| {
        let end = if complete { "" } else { " (incomplete)" };
        format!("{}{end}", count(seen, one, many))
    };
    let users = scope(coverage.users.seen, "user", "users", coverage.users.ids_complete);
    let groups = scope(coverage.groups.seen, "group", "groups", coverage.groups.ids_complete);
    let mut sentences = vec![format!("The directory showed {users} and {groups} in scope.")];
    sentences.extend(coverage.problem.as_deref().map(sentence));
    sentences.extend(coverage.notes.iter().map(|note| sentence(note)));
    sentences
}

fn setback(setback: Setback, now: i64) -> ObjectNote {
    let tries = if setback.attempts > 1 { format!(" ({} times)", setback.attempts) } else { String::new() };
    ObjectNote {
        kind: ops::kind(setback.kind),
        name: setback.name,
        dn: String::new(),
        reason: format!("{} failed{tries}: {}", setback.action.label(), setback.detail),
        next: Some(time(setback.next_at, now)),
    }
}

#[async_trait]
impl Channels for Ports {
    async fn list(&self, actor: &Actor) -> Result<Vec<ChannelRow>, AppError> {
        let now = self.now();
        let glances = self.service.list_channels(actor).await.map_err(refuse)?;
        Ok(glances.iter().map(|glance| self.row(glance, now)).collect())
    }

    async fn dashboard(&self, actor: &Actor, query: &str) -> Result<Dashboard, AppError> {
        self.channel_dashboard(actor, query).await
    }

    async fn show(&self, actor: &Actor, id: &ChannelId) -> Result<ChannelPage, AppError> {
        let detail = self.detail(actor, id).await?;
        self.channel_page(actor, detail).await
    }

    async fn screen(&self, actor: &Actor, id: &ChannelId, over: &str) -> Result<ChannelScreen, AppError> {
        let now = self.now();
        let detail = self.detail(actor, id).await?;
        let over_time = figures::time(over, now);
        let measured = self.service.list_channel_figures(actor, id, over_time.from, over_time.span).await.map_err(refuse)?;
        let glance = &detail.glance;
        let slowed = self.service.list_slowed(actor, &glance.channel.connection).map_err(refuse)?;
        let running = glance.status.as_ref().and_then(|status| status.running.as_ref());
        Ok(ChannelScreen {
            people: dashboard::objects(glance.users),
            groups: dashboard::objects(glance.groups),
            lag: dashboard::lag(glance, now),
            run: running.map(|running| progress::run(running, &glance.state, now)),
            slowed: progress::slowed(&slowed),
            directory: progress::directory(&glance.state, detail.channel.source.change_algorithm, now),
            debug: glance.state.debug_until.filter(|until| *until > now).map(|until| time(until, now)),
            charts: figures::charts(id, over, over_time, &measured),
            page: self.channel_page(actor, detail).await?,
        })
    }

    async fn cycles(&self, actor: &Actor, id: &ChannelId, query: &str) -> Result<CyclesPage, AppError> {
        self.cycle_list(actor, id, query).await
    }

    async fn cycle(&self, actor: &Actor, id: &CycleId, query: &str) -> Result<CyclePage, AppError> {
        self.cycle_page(actor, id, query).await
    }

    async fn preview(&self, actor: &Actor, id: &ChannelId, part: &PreviewPart) -> Result<PreviewPage, AppError> {
        self.preview_page(actor, id.as_str(), None, part, self.service.preview_channel(actor, id)).await
    }

    async fn preview_draft(&self, actor: &Actor, id: &DraftId, path: &str, part: &PreviewPart) -> Result<PreviewPage, AppError> {
        let draft = Some((id.clone(), path.to_owned()));
        self.preview_page(actor, &format!("{id}/{path}"), draft, part, self.service.preview_draft(actor, id, path)).await
    }

    async fn run(&self, actor: &Actor, id: &ChannelId, full: bool) -> Result<(), AppError> {
        self.service.run_channel(actor, id, full).await.map_err(refuse)
    }

    async fn pause(&self, actor: &Actor, id: &ChannelId) -> Result<(), AppError> {
        self.service.pause_channel(actor, id).await.map_err(refuse)
    }

    async fn resume(&self, actor: &Actor, id: &ChannelId) -> Result<(), AppError> {
        self.service.resume_channel(actor, id).await.map_err(refuse)
    }

    async fn log_level(&self, actor: &Actor, id: &ChannelId, debug_minutes: u32) -> Result<(), AppError> {
        self.service.set_channel_log_level(actor, id, debug_minutes).await.map_err(refuse)
    }

    async fn reset(&self, actor: &Actor, id: &ChannelId) -> Result<(), AppError> {
        self.service.reset_channel(actor, id).await.map_err(refuse)
    }

    async fn approve(&self, actor: &Actor, id: &ChannelId) -> Result<(), AppError> {
        self.service.approve_channel(actor, id).await.map(drop).map_err(refuse)
    }

    async fn reject(&self, actor: &Actor, id: &ChannelId) -> Result<(), AppError> {
        self.service.reject_channel(actor, id).await.map(drop).map_err(refuse)
    }
}
