//! The way of a change: from the directory to a cycle that saw it, to what was planned, to AWS's answer, to what AWS has now.
//!
//! Nothing is kept for it but the change itself: the rest is what cycles recorded, what the emulated AWS logged, and what it holds.

use super::Pages;
use super::company::standing as in_aws;
use super::notebook::{Change, Subject};
use super::pieces::{code, fact, go, href, link, panel, state, table, text};
use crate::ports::words::{count, sentence, time_of_day};
use crate::ports::{ops, refuse, standing};
use app::error::AppError;
use app::routes::Page;
use app::views::Tone;
use app::views::sandbox::{Act, Cell, Part, SandboxPage, WayState, WayStep};
use domain::actor::Actor;
use domain::id::SourceId;
use domain::model::cycle::{Cycle, CycleState};
use domain::model::link::ObjectKind;
use domain::model::plan::Outcome;
use sandbox::directory::Guid;
use service::trace::{Trace, Traced};
use std::collections::BTreeMap;

/// Rows of one table; a change of everybody has many more.
const ROWS: usize = 20;

impl Pages {
    /// The page of a change.
    pub(super) async fn way_page(&self, actor: &Actor, number: &str) -> Result<SandboxPage, AppError> {
        let change = number.parse().ok().and_then(|number| self.at.notebook.change(number)).ok_or(AppError::NotFound)?;
        let channels = self.ports.service.list_channels(actor).await.map_err(refuse)?;
        let objects: Vec<_> = change.subjects.iter().map(|subject| (subject.kind, SourceId(subject.id.clone()))).collect();
        let mut parts = Vec::new();
        let mut waiting = false;
        for glance in &channels {
            let trace = self.ports.service.trace(actor, &glance.channel.id, &objects, change.at).await.map_err(refuse)?;
            let (steps, waits) = self.way(&change, &trace);
            waiting |= waits;
            let title = format!("The way through ‘{}’", glance.channel.name);
            parts.push(panel(&format!("way-{}", glance.channel.id), &title, "", vec![Part::Way(steps)]));
        }
        if channels.is_empty() {
            parts.push(panel("way", "The way", "", vec![Part::Way(vec![self.changed(&change), nobody_reads()])]));
        }
        let mut actions = vec![go("Change something else", href("company"))];
        if !change.page.is_empty() {
            let name = change.subjects.iter().find(|subject| subject.main).map_or("the page", |subject| subject.name.as_str());
            actions.insert(0, go(&format!("Open {name}"), href(&change.page)));
        }
        Ok(SandboxPage {
            title: change.title.clone(),
            trail: vec![("Company".to_owned(), href("company"))],
            sentence: change.what.clone(),
            actions,
            parts,
            live: true,
            waiting,
            ..SandboxPage::default()
        })
    }

    fn changed(&self, change: &Change) -> WayStep {
        let parts = vec![Part::Text(change.what.clone()), Part::Text(change.rang.clone())];
        WayStep { title: "The directory changed".to_owned(), state: WayState::Done, at: time_of_day(change.at), parts }
    }

    /// The steps through one channel, and whether there is more to come.
    fn way(&self, change: &Change, trace: &Trace) -> (Vec<WayStep>, bool) {
        let (seen, reading) = self.seen(trace);
        let planned = planned(change, trace, self.scope_of(change, trace));
        let answered = self.answered(trace);
        let mut steps = vec![self.changed(change), seen];
        // What comes later is only named until it is known whether it comes at all.
        let ahead = |title: &str| WayStep { title: title.to_owned(), state: WayState::Ahead, at: String::new(), parts: Vec::new() };
        if !matches!(steps[1].state, WayState::Done) {
            steps.extend(["What there is to do", "AWS answers", "What AWS has"].map(ahead));
            let waits = steps[1].state == WayState::Now;
            return (steps, waits);
        }
        let nothing_to_do = trace.objects.iter().all(|object| object.did.is_empty());
        let planned_state = planned.state;
        steps.push(planned);
        if nothing_to_do {
            let state = if planned_state == WayState::Done { WayState::Done } else { WayState::Ahead };
            let parts = vec![Part::Text("Nothing was sent to AWS.".to_owned())];
            steps.push(WayStep { state, parts, ..ahead("AWS was asked nothing") });
        } else {
            steps.push(answered);
        }
        steps.push(self.now_there(change, trace));
        (steps, reading)
    }

    /// Whether a cycle saw the change, and whether one is under way.
    fn seen(&self, trace: &Trace) -> (WayStep, bool) {
        let title = "Towpath read the directory".to_owned();
        let step =
            |state, at: Option<i64>, parts| WayStep { title: title.clone(), state, at: at.map(time_of_day).unwrap_or_default(), parts };
        let running = trace.cycles.iter().any(|cycle| cycle.state == CycleState::Running);
        let acted = trace.objects.iter().flat_map(|object| &object.did).map(|entry| &entry.cycle).next();
        let finished = || trace.cycles.iter().find(|cycle| cycle.state != CycleState::Running);
        let by = acted.and_then(|id| trace.cycles.iter().find(|cycle| cycle.id == *id)).or_else(finished);
        let Some(cycle) = by else {
            let stand = standing::of_channel(&trace.glance, trace.glance.last.as_ref(), self.ports.provisions, self.ports.now());
            let next = trace.glance.status.as_ref().and_then(|status| status.next_at);
            let goes_on = next.is_some() || running;
            let words = match (running, next) {
                (false, Some(at)) if stand.tone == Tone::Good => {
                    format!("Not yet: the next cycle begins {}.", crate::ports::words::time(at, self.ports.now()).words)
                }
                _ => stand.sentence,
            };
            return (step(if goes_on { WayState::Now } else { WayState::Stuck }, None, vec![Part::Text(words)]), goes_on);
        };
        let row = standing::cycle_row(cycle, self.ports.now());
        let read = format!(
            "{} and {} in scope.",
            count(cycle.coverage.users.seen, "user", "users"),
            count(cycle.coverage.groups.seen, "group", "groups")
        );
        let mut parts = vec![Part::Text(format!("The cycle of {} ({}) saw {read}", row.started.words, row.trigger))];
        parts.extend(cycle.error.as_deref().map(|error| Part::Alert(Tone::Bad, sentence(error))));
        parts.push(Part::Acts(vec![Act { small: true, ..go("Open the cycle", Page::Cycle(cycle.id.clone()).href()) }]));
        let failed = cycle.state == CycleState::Failed && acted.is_none();
        (step(if failed { WayState::Stuck } else { WayState::Done }, Some(cycle.started_at), parts), running)
    }

    /// Says of a person who is not provisioned why that is so.
    fn scope_of(&self, change: &Change, trace: &Trace) -> Vec<String> {
        let location = &trace.location;
        let mains = change
            .subjects
            .iter()
            .filter(|subject| subject.main && !trace.objects.iter().any(|o| o.id.0 == subject.id && o.link.is_some()));
        self.at.directory.read(|d| {
            let why = |subject: &Subject| {
                let scope = if subject.kind == ObjectKind::User { &location.users } else { &location.groups };
                let entry = subject.id.parse::<Guid>().ok().and_then(|guid| d.entry(&guid.as_name()));
                let Some(entry) = entry else { return format!("{} is not in the directory and was not provisioned before.", subject.name) };
                let Some(group) = d.entry(&scope.group_dn).filter(|_| !scope.group_dn.is_empty()) else {
                    return format!("{} is not provisioned: the channel’s source location does not find this entry.", subject.name);
                };
                let above = if scope.nested { entry.all_groups() } else { entry.group_entries() };
                match above.iter().any(|above| above.guid() == group.guid()) {
                    true => format!("{} is in scope, but is not provisioned.", subject.name),
                    false => format!(
                        "Nothing provisions {}: not a member of ‘{}’, which says who is in scope.",
                        subject.name,
                        super::task::name(&group)
                    ),
                }
            };
            mains.map(why).collect()
        })
    }

    /// What AWS answered to each operation.
    fn answered(&self, trace: &Trace) -> WayStep {
        let log = self.at.aws.request_log();
        let entries: Vec<_> = trace.objects.iter().flat_map(|object| &object.did).collect();
        let bad = entries.iter().any(|entry| !matches!(entry.object.outcome, Outcome::Done));
        let rows: Vec<Vec<Cell>> = entries
            .iter()
            .take(ROWS)
            .map(|entry| {
                let row = ops::object_row(&entry.object);
                let request = log.iter().rev().find(|request| Some(&request.request_id) == entry.object.request_id.as_ref());
                let asked = request.map_or_else(|| row.op.action.clone(), |request| format!("{} {}", request.method, request.path));
                let status = request.map_or_else(String::new, |request| format!("HTTP {}", request.status));
                let why = request.and_then(|request| request.reason.clone()).unwrap_or(row.detail);
                let answer = Cell {
                    under: [status, why].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(": "),
                    ..state(&row.outcome, row.tone)
                };
                vec![link(row.op.name, String::new(), row.op.kind), code(asked), answer, code(row.request_id), text(row.at)]
            })
            .collect();
        let mut parts = vec![table("Answers", &["Object", "Request", "Answer", "Request ID", "At"], rows, "")];
        parts.extend(more(entries.len()));
        let waiting = trace.objects.iter().filter_map(|object| object.setback.as_ref());
        parts.extend(waiting.map(|setback| {
            Part::Text(format!("{} is tried again {}.", setback.name, crate::ports::words::time(setback.next_at, self.ports.now()).words))
        }));
        let at = entries.last().map(|entry| time_of_day(entry.object.at)).unwrap_or_default();
        WayStep { title: "AWS answered".to_owned(), state: if bad { WayState::Stuck } else { WayState::Done }, at, parts }
    }

    /// What AWS holds of those whom the change is about.
    fn now_there(&self, change: &Change, trace: &Trace) -> WayStep {
        let (users, groups) = (self.at.aws.users(), self.at.aws.groups());
        let mut parts = Vec::new();
        if change.everybody {
            let active = users.iter().filter(|user| user.active).count();
            parts.push(Part::Facts(vec![
                fact("Active users", active.to_string()),
                fact("Disabled users", (users.len() - active).to_string()),
                fact("Groups", groups.len().to_string()),
            ]));
        }
        let target = |object: &Traced| {
            let did = object.did.iter().rev().find_map(|entry| entry.object.target_id.clone());
            object.link.as_ref().map(|link| link.head.target_id.clone()).or(did)
        };
        let is_main: BTreeMap<&str, bool> = change.subjects.iter().map(|subject| (subject.id.as_str(), subject.main)).collect();
        let shown = trace
            .objects
            .iter()
            .filter(|object| !change.everybody && (is_main.get(object.id.0.as_str()) == Some(&true) || !object.did.is_empty()));
        let mut rows = Vec::new();
        for id in shown.filter_map(target) {
            if let Some(user) = users.iter().find(|user| user.id == id.0) {
                let (word, tone) = in_aws(Some(user));
                let member_of =
                    user.groups.iter().filter_map(|id| groups.iter().find(|group| group.id == *id)).map(|group| group.display_name.clone());
                let member_of = member_of.collect::<Vec<_>>().join(", ");
                rows.push(vec![
                    link(&user.user_name, href(&format!("aws/users/{}", user.id)), "User"),
                    state(word, tone),
                    text(member_of),
                    code(&user.id),
                ]);
            } else if let Some(group) = groups.iter().find(|group| group.id == id.0) {
                let members = count(u32::try_from(group.members.len()).unwrap_or(u32::MAX), "member", "members");
                rows.push(vec![
                    link(&group.display_name, href(&format!("aws/groups/{}", group.id)), "Group"),
                    text(members),
                    text(""),
                    code(&group.id),
                ]);
            }
        }
        if !change.everybody {
            let none = "AWS has none of those whom this change is about.";
            parts.push(table("In AWS", &["Object", "State", "Member of", "ID"], rows, none));
        }
        WayStep { title: "What AWS has now".to_owned(), state: WayState::Done, at: String::new(), parts }
    }
}

/// Nothing reads the directory yet.
fn nobody_reads() -> WayStep {
    let text =
        "No channel yet. Connect the directory and the service, and make a channel: the values to paste are on the page of that name.";
    WayStep {
        title: "Towpath read the directory".to_owned(),
        state: WayState::Stuck,
        at: String::new(),
        parts: vec![
            Part::Text(text.to_owned()),
            Part::Acts(vec![go("Values to paste", href("values")), go("Channels", Page::Channels.href())]),
        ],
    }
}

/// What the cycle found to do, with the reason of each operation, and what it left or held.
fn planned(change: &Change, trace: &Trace, scope: Vec<String>) -> WayStep {
    let did: Vec<_> = trace.objects.iter().flat_map(|object| &object.did).collect();
    let held: Vec<_> = trace.objects.iter().flat_map(|object| &object.held).collect();
    let mut parts = Vec::new();
    if !did.is_empty() {
        let rows = did.iter().take(ROWS).map(|entry| {
            let op = ops::object_row(&entry.object).op;
            let why = Cell { changes: op.changes, ..text(op.reason) };
            vec![text(op.action), link(op.name, String::new(), op.kind), why]
        });
        parts.push(table("Operations", &["Operation", "Object", "Why"], rows.collect(), ""));
        parts.extend(more(did.len()));
    }
    if !held.is_empty() {
        let cycle: Option<&Cycle> = trace.cycles.iter().rev().find(|cycle| cycle.held > 0).or(trace.glance.last.as_ref());
        let why = cycle.map(standing::reasons).unwrap_or_default();
        let removals = count(u32::try_from(held.len()).unwrap_or(u32::MAX), "removal is held", "removals are held");
        parts.push(Part::Alert(Tone::Warning, format!("{removals}, so nobody lost access. {why}")));
        parts.push(Part::Acts(vec![go("Look at what is held", Page::Channel(trace.glance.channel.id.clone()).href())]));
    }
    for skipped in trace.objects.iter().filter_map(|object| object.skipped.as_ref()).take(ROWS) {
        parts.push(Part::Text(format!("{} is left out: {}", skipped.skipped.object.name, sentence(&skipped.skipped.reason))));
    }
    if parts.is_empty() {
        let has_link = |subject: &&Subject| trace.objects.iter().any(|object| object.id.0 == subject.id && object.link.is_some());
        let linked = change.subjects.iter().filter(|subject| subject.main).any(|subject| has_link(&subject));
        parts.extend(scope.into_iter().map(Part::Text));
        if parts.is_empty() || linked {
            parts.push(Part::Text("Nothing to do: what the channel’s mapping writes to AWS is there already.".to_owned()));
        }
    }
    let state = if held.is_empty() { WayState::Done } else { WayState::Stuck };
    WayStep { title: "What there was to do".to_owned(), state, at: String::new(), parts }
}

fn more(n: usize) -> Option<Part> {
    (n > ROWS).then(|| Part::Text(format!("The first {ROWS} of {n} are shown.")))
}
