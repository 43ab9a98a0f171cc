//! One person or group, and Explain.

use super::{href, tone};
use crate::ports::words::{day, past};
use crate::ports::{Ports, as_u32, ops, refuse, standing};
use app::backend::Then;
use app::error::AppError;
use app::routes::Page;
use app::views::people::{CheckView, ExplainFound, ExplainPage, GroupView, LookView, PastView, PersonPage, ValueView};
use app::views::{OpRow, Tone};
use domain::actor::Actor;
use domain::id::{ChannelId, CycleId, SourceId};
use domain::model::channel::Channel;
use domain::model::cycle::{Cycle, CycleState};
use domain::model::link::{Link, ObjectKind, Origin};
use domain::model::object_list::ObjectState;
use domain::model::plan::{ObjectRef, Op, Plan, Value};
use domain::model::report::Level;
use engine::MappedRow;
use service::people::{Ask, End, Inspection, PersonFound};
use std::collections::BTreeSet;
use url::form_urlencoded;

/// Shown instead of a value that must not be shown.
const DOTS: &str = "••••••";
/// Operations shown of what the next cycle does.
const OPS_SHOWN: usize = 50;

/// What the query of an address says.
fn parameter(query: &str, wanted: &str) -> String {
    let mut pairs = form_urlencoded::parse(query.trim_start_matches('?').as_bytes());
    pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

impl Ports {
    /// The page of the object that a query names.
    pub(super) async fn person_page(
        &self,
        actor: &Actor,
        channel: &ChannelId,
        kind: ObjectKind,
        query: &str,
    ) -> Result<PersonPage, AppError> {
        let id = SourceId(parameter(query, "id"));
        let found = self.service.show_person(actor, channel, kind, &id).await.map_err(refuse)?;
        let look = match self.service.explain(actor, channel, &Ask::Object(kind, id.clone())).await {
            Ok((_, _, inspection)) => self.look(&inspection, &found.channel, found.link.as_ref()),
            // What is remembered is shown whether or not the directory can be asked.
            Err(error) => LookView { checks: vec![not_looked(&refuse(error))], ..LookView::default() },
        };
        let notice = self.notice(actor, query).await?;
        let now = self.now();
        let own = found.link.as_ref().filter(|link| link.channel == *channel);
        let state = found.listed.as_ref().map(|listed| listed.state);
        Ok(PersonPage {
            name: name_of(&found, &id),
            kind: ops::kind(kind),
            channel: (found.channel.name.clone(), Page::Channel(channel.clone()).href()),
            list: Page::ChannelPeople(channel.clone()).href(),
            state: state.map_or("Unknown", ObjectState::label).to_owned(),
            tone: state.map_or(Tone::Quiet, tone),
            reason: reason(&found, now),
            notice,
            facts: facts(&found, &id, now),
            action: format!("{}/{channel}/{}", Page::People.href(), kind.id()),
            can_retry: found.setback.is_some(),
            can_unlink: own.is_some(),
            can_protect: kind == ObjectKind::User && own.is_some_and(|link| !is_protected(&found.channel, &link.name)),
            id: id.0,
            look,
            history: found
                .history
                .iter()
                .map(|entry| PastView {
                    at: past(entry.object.at, now),
                    cycle: Page::Cycle(entry.cycle.clone()).href(),
                    object: ops::object_row(&entry.object),
                })
                .collect(),
        })
    }

    /// What came of what was done last, as its address tells.
    async fn notice(&self, actor: &Actor, query: &str) -> Result<Option<(Tone, String)>, AppError> {
        let good = |sentence: &str| Some((Tone::Good, sentence.to_owned()));
        Ok(match parameter(query, "did").as_str() {
            "unlinked" => good("Unlinked. The next cycle matches it anew."),
            "protected" => good("Protected: nothing is taken away from it at the service."),
            "synced" => match CycleId::parse(&parameter(query, "cycle")) {
                Ok(cycle) => {
                    let first = store::Page::first(1);
                    self.service
                        .show_cycle(actor, &cycle, &store::ObjectQuery::default(), first)
                        .await
                        .ok()
                        .map(|found| of_cycle(&found.cycle, self.now()))
                }
                Err(_) => None,
            },
            _ => None,
        })
    }

    /// Does what a button of the page asks. Answers where that leads.
    pub(super) async fn person_act(
        &self,
        actor: &Actor,
        channel: &ChannelId,
        kind: ObjectKind,
        id: &SourceId,
        what: &str,
    ) -> Result<Then, AppError> {
        let here = href(channel, kind, id);
        let synced = |cycle: &CycleId| Then::Go(format!("{here}&did=synced&cycle={cycle}"));
        match what {
            "sync" => Ok(synced(&self.service.sync_object(actor, channel, kind, id).await.map_err(refuse)?.cycle)),
            "retry" => Ok(synced(&self.service.retry_object(actor, channel, kind, id).await.map_err(refuse)?.cycle)),
            "unlink" => {
                self.service.unlink_object(actor, channel, kind, id).await.map_err(refuse)?;
                Ok(Then::Go(format!("{here}&did=unlinked")))
            }
            "protect" => {
                self.service.protect_person(actor, channel, id).await.map_err(refuse)?;
                Ok(Then::Go(format!("{here}&did=protected")))
            }
            _ => Err(AppError::NotFound),
        }
    }

    /// The page of Explain, for the name in the query.
    pub(super) async fn explain_page(&self, actor: &Actor, channel: &ChannelId, query: &str) -> Result<ExplainPage, AppError> {
        let name = parameter(query, "name").trim().to_owned();
        let action = Page::ChannelExplain(channel.clone()).href();
        if name.is_empty() {
            let rows = self.service.list_channels(actor).await.map_err(refuse)?;
            let row = rows.into_iter().find(|row| &row.channel.id == channel).ok_or(AppError::NotFound)?;
            return Ok(ExplainPage { channel: (row.channel.name, Page::Channel(channel.clone()).href()), action, name, found: None });
        }
        let (of, inspection) = self.explained(actor, channel, &name).await?;
        Ok(ExplainPage { channel: (of, Page::Channel(channel.clone()).href()), action, name, found: Some(inspection) })
    }

    /// What Explain finds of a name; and the channel's name.
    pub(super) async fn explained(&self, actor: &Actor, channel: &ChannelId, name: &str) -> Result<(String, ExplainFound), AppError> {
        let ask = Ask::Named(name.to_owned());
        let (_, of, inspection) = self.service.explain(actor, channel, &ask).await.map_err(refuse)?;
        let known = match &inspection.object {
            Some(object) => self.service.show_person(actor, channel, object.kind, &object.source_id).await.ok(),
            None => None,
        };
        let (state, tone, end) = match inspection.end {
            End::InSync => ("In sync", Tone::Good, "in_sync"),
            End::WouldWrite => ("The next cycle writes it", Tone::Busy, "would_write"),
            End::Held => ("Held", Tone::Warning, "held"),
            End::Out => ("Not provisioned", Tone::Warning, "out"),
        };
        let object = inspection.object.as_ref();
        let found = ExplainFound {
            name: object.map_or_else(|| name.to_owned(), |o| o.name.clone()),
            kind: object.map_or_else(String::new, |o| ops::kind(o.kind)),
            href: known.as_ref().and(object).map_or_else(String::new, |o| href(channel, o.kind, &o.source_id)),
            sync: object
                .filter(|_| inspection.plan.as_ref().is_some_and(|plan| !plan.ops.is_empty()))
                .map(|object| (format!("{}/{channel}/{}", Page::People.href(), object.kind.id()), object.source_id.0.clone())),
            state: state.to_owned(),
            tone,
            end: end.to_owned(),
            look: self.look(&inspection, &of, known.as_ref().and_then(|k| k.link.as_ref())),
        };
        Ok((of.name, found))
    }

    fn look(&self, found: &Inspection, channel: &Channel, link: Option<&Link>) -> LookView {
        let check = |line: &domain::model::report::ReportLine| {
            let (label, tone) = match line.level {
                Level::Ok => ("Passed", Tone::Good),
                Level::Warning => ("Look at it", Tone::Warning),
                Level::Failed => ("Failed", Tone::Bad),
                Level::Info => ("Note", Tone::Quiet),
            };
            CheckView { title: line.step.clone(), label: label.to_owned(), tone, found: line.found.clone() }
        };
        let group = |group: &service::people::GroupOf| {
            let (state, tone) = match (group.listed, group.written) {
                (true, true) => ("Member", Tone::Good),
                (true, false) => ("Not at the service yet", Tone::Busy),
                (false, _) => ("No longer in the directory", Tone::Warning),
            };
            GroupView {
                name: group.name.clone(),
                href: href(&channel.id, ObjectKind::Group, &group.source_id),
                dn: group.dn.clone(),
                state: state.to_owned(),
                tone,
            }
        };
        let explain = |dn: &String| {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("name", dn).finish();
            (dn.clone(), format!("{}?{query}", Page::ChannelExplain(channel.id.clone()).href()))
        };
        LookView {
            checks: found.checks.lines.iter().map(check).collect(),
            values: values(&found.rows, link),
            groups: found.groups.iter().map(group).collect(),
            next: found.plan.as_ref().map_or_else(String::new, next_sentence),
            ops: found.plan.as_ref().map_or_else(Vec::new, |plan| planned(plan, channel, found.object.as_ref())),
            others: found.others.iter().map(explain).collect(),
        }
    }
}

fn not_looked(error: &AppError) -> CheckView {
    CheckView { title: "Data Store".into(), label: "Failed".into(), tone: Tone::Bad, found: error.to_string() }
}

fn planned(plan: &Plan, channel: &Channel, object: Option<&ObjectRef>) -> Vec<OpRow> {
    let names: ops::Names = object.map(|object| (object.source_id.clone(), object.name.clone())).into_iter().collect();
    let held = plan.held.iter().flat_map(|held| held.ops.iter().map(move |op| (op, Some(held.reason.as_str()))));
    let all = plan.ops.iter().map(|op| (op, None)).chain(held);
    let row = |(op, held): (&Op, Option<&str>)| {
        let row = ops::op_row(op, channel, &names);
        match held {
            Some(why) => OpRow { reason: format!("{} Held: {why}", row.reason), ..row },
            None => row,
        }
    };
    all.take(OPS_SHOWN).map(row).collect()
}

fn next_sentence(plan: &Plan) -> String {
    let held: usize = plan.held.iter().map(|held| held.ops.len()).sum();
    match (plan.ops.len(), held) {
        (0, 0) => "It has nothing to do about this one.".to_owned(),
        (0, _) => "What it would do is held until somebody decides on the channel's page.".to_owned(),
        _ => "It does this, as things are now:".to_owned(),
    }
}

/// Every attribute that is mapped, and every one that was written once.
fn values(rows: &[MappedRow], link: Option<&Link>) -> Vec<ValueView> {
    let written = link.map(|link| &link.written.values);
    let show = |value: &Value| value.show().to_owned();
    let mut seen = BTreeSet::new();
    let mut values: Vec<ValueView> = rows
        .iter()
        .map(|row| {
            seen.insert(row.attribute.as_str());
            let dots = |value: String| if row.masked { DOTS.to_owned() } else { value };
            let was = written.and_then(|values| values.get(&row.attribute)).map(show);
            let source = |(name, values): &(String, Vec<String>)| {
                (name.clone(), if values.is_empty() { "no value".to_owned() } else { dots(values.join(", ")) })
            };
            ValueView {
                attribute: row.attribute.clone(),
                required: row.required,
                sources: row.sources.iter().map(source).collect(),
                // A reference is written as another person's id, and nothing that is only sent with the create is kept.
                differs: link.is_some() && !row.is_reference && !row.create_only && row.value != was,
                mapped: row.value.clone().map(dots),
                written: was.map(dots),
                problem: row.problem.clone().unwrap_or_default(),
            }
        })
        .collect();
    let others = written.into_iter().flatten().filter(|(name, _)| !seen.contains(name.as_str()));
    values.extend(others.map(|(name, value)| ValueView {
        attribute: name.clone(),
        required: false,
        sources: Vec::new(),
        mapped: None,
        // Whether it would be masked was told by a row that is not there any more, or by a group, which has none.
        written: Some(if rows.is_empty() { show(value) } else { DOTS.to_owned() }),
        problem: String::new(),
        differs: false,
    }));
    values
}

fn is_protected(channel: &Channel, name: &str) -> bool {
    channel.protected.iter().any(|pattern| domain::text::pattern::fits(pattern, name))
}

fn name_of(found: &PersonFound, id: &SourceId) -> String {
    let listed = found.listed.as_ref().map(|listed| listed.name.clone());
    let known = listed.or_else(|| found.link.as_ref().map(|link| link.name.clone()));
    let past = || found.history.first().map(|entry| entry.object.name.clone());
    known.or_else(past).filter(|name| !name.is_empty()).unwrap_or_else(|| id.0.clone())
}

fn reason(found: &PersonFound, now: i64) -> String {
    let said = found.listed.as_ref().map(|listed| listed.reason.clone()).unwrap_or_default();
    match &found.setback {
        Some(setback) if setback.attempts > 0 => {
            let next = crate::ports::words::time(setback.next_at, now).words;
            format!("{said} It is tried again {next}.")
        }
        _ => said,
    }
}

fn facts(found: &PersonFound, id: &SourceId, now: i64) -> Vec<(String, String)> {
    let fact = |label: &str, value: String| (label.to_owned(), value);
    let mut facts =
        vec![fact("DN", found.listed.as_ref().map(|l| l.dn.clone()).unwrap_or_default()), fact("Id in the directory", id.0.clone())];
    if let Some(link) = &found.link {
        facts.push(fact("Id at the service", link.head.target_id.to_string()));
        let how = if link.head.origin == Origin::Created { "Created by Towpath" } else { "Was there, and was adopted" };
        facts.push(fact("Link", how.to_owned()));
        if link.head.kind == ObjectKind::Group {
            facts.push(fact("Members written", as_u32(link.written.members.len()).to_string()));
        }
    }
    if let Some(at) = found.listed.as_ref().and_then(|listed| listed.at) {
        facts.push(fact("Last change", day(at, now).words));
    }
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

/// What a cycle about one object did, in a sentence.
fn of_cycle(cycle: &Cycle, now: i64) -> (Tone, String) {
    let row = standing::cycle_row(cycle, now);
    let tone = match cycle.state {
        CycleState::Succeeded => Tone::Good,
        CycleState::Held | CycleState::Partial | CycleState::Stopped | CycleState::Running => Tone::Warning,
        CycleState::Failed => Tone::Bad,
    };
    let sentence = match cycle.state {
        CycleState::Succeeded if cycle.touched() == 0 && cycle.skipped > 0 => {
            "Nothing was done: it is left out, and the checks below say why.".to_owned()
        }
        CycleState::Succeeded if cycle.touched() == 0 => "Nothing was to be done: it is at the service as the directory says.".to_owned(),
        CycleState::Succeeded => format!("Done in {}: {}.", row.duration, row.did),
        CycleState::Held => "Its removal is held. Decide on the channel's page.".to_owned(),
        CycleState::Partial => "Not all of it went well: see what was done, below.".to_owned(),
        CycleState::Failed => cycle.error.clone().unwrap_or_default(),
        CycleState::Stopped | CycleState::Running => row.state.sentence,
    };
    (tone, sentence)
}
