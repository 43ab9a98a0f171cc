//! Explain: why one person or group is or is not at the target. Every check runs what a cycle runs, on the one object.

use crate::worker::one::{self, Seen};
use crate::worker::prepare::{self, Job};
use crate::worker::{Context, Stop};
use domain::id::SourceId;
use domain::model::channel::Channel;
use domain::model::link::{Link, LinkMark, ObjectKind, Origin};
use domain::model::plan::{ActionKind, ObjectRef, Plan};
use domain::model::report::Level;
use domain::model::sp_connection::SpConnection;
use domain::text::dn;
use ldap::{Directory, FoundEntry, LdapError};
use service::people::{Ask, End, GroupOf, Inspection};
use service::{Result, ServiceError};

/// Others of a name that are told.
const OTHERS: u16 = 10;

/// Looks at one object, and says what a cycle would do about it. What cannot be looked at is a failed check and no error.
pub(crate) async fn inspect(context: &Context, connection: &SpConnection, channel: &Channel, ask: &Ask) -> Result<Inspection> {
    let mut found = Inspection::default();
    let job = match prepare::job(context, connection.clone(), channel.clone(), true).await {
        Ok(job) => job,
        Err(stop) => {
            found.checks.add(Level::Failed, "Channel", stop.sentence);
            return Ok(found);
        }
    };
    let mut looking = Looking { context, job, found };
    looking.run(ask).await.map_err(|stop| ServiceError::refused(stop.sentence))?;
    Ok(looking.found)
}

struct Looking<'a> {
    context: &'a Context,
    job: Job,
    found: Inspection,
}

/// The object in the directory, as far as it was found there.
struct Place {
    kind: ObjectKind,
    id: SourceId,
    /// Empty: nowhere.
    dn: String,
}

impl Looking<'_> {
    fn check(&mut self, level: Level, step: &str, said: impl Into<String>) {
        self.found.checks.add(level, step, said);
    }

    async fn run(&mut self, ask: &Ask) -> std::result::Result<(), Stop> {
        let directory = one::directory_of(self.context, &self.job)?;
        let place = match ask {
            Ask::Named(name) => self.named(&directory, name).await,
            Ask::Object(kind, id) => self.known(&directory, *kind, id).await,
        };
        let place = match place {
            Ok(Some(place)) => place,
            Ok(None) => return Ok(()),
            Err(error) => {
                self.check(Level::Failed, "Data Store", error.to_string());
                return Ok(());
            }
        };
        let seen = match one::look(&self.job, &directory, place.kind, &place.dn).await {
            Ok(seen) => seen,
            Err(error) => {
                self.check(Level::Failed, "Data Store", error.to_string());
                return Ok(());
            }
        };
        match place.kind {
            ObjectKind::User => self.person(&place, &seen),
            ObjectKind::Group => self.group(&place, &seen),
        }
        let link = self.link(&place).await?;
        let planned = one::plan(self.context, &mut self.job, &directory, place.kind, &place.id, &seen).await;
        let plan = match planned {
            Ok(planned) => Some(planned.plan),
            Err(stop) => {
                self.check(Level::Warning, "Next cycle", stop.sentence);
                None
            }
        };
        self.object(&place, &seen, link.as_ref());
        if let (Some(plan), ObjectKind::User) = (&plan, place.kind) {
            self.unique(plan, &seen);
        }
        self.protected(link.as_ref());
        self.linked(link.as_ref());
        self.outcome(&place).await?;
        if place.kind == ObjectKind::User {
            self.groups(&place, &seen).await?;
        }
        if let Some(plan) = plan {
            self.next(plan, link.as_ref(), &seen, &place);
        }
        Ok(())
    }

    /// Whoever the directory knows by a name.
    async fn named(&mut self, directory: &Directory, name: &str) -> std::result::Result<Option<Place>, LdapError> {
        let source = self.job.channel.source.clone();
        let base = self.job.channel.location.base_dn.clone();
        let also = self.job.config.match_sources();
        let mut entries = directory.find_named(&base, name, &also, &source, OTHERS).await?;
        if entries.is_empty() {
            // Elsewhere in the directory: out of scope, and that is worth knowing.
            for context in directory.root_dse().await?.naming_contexts {
                match directory.find_named(&context, name, &also, &source, OTHERS).await {
                    Ok(found) => entries.extend(found),
                    // A part of the directory that is not for this account says nothing of the others.
                    Err(LdapError::Search { .. }) => {}
                    Err(error) => return Err(error),
                }
                if !entries.is_empty() {
                    break;
                }
            }
        }
        self.check(Level::Ok, "Data Store", "It answers.");
        let mut with_anchor = entries.iter().filter_map(|entry| Some((entry, entry.id.clone()?)));
        let Some((entry, id)) = with_anchor.next() else {
            let sentence = match entries.first() {
                Some(entry) => format!(
                    "‘{}’ has no value of {}, by which a channel knows people and groups; or this account may not read it.",
                    entry.dn, source.guid_attribute
                ),
                None => format!(
                    "Nobody in the directory has this as DN, mail, uid, sAMAccountName, userPrincipalName, cn or displayName: ‘{}’. Check the \
                     spelling, and whether the account of the Data Store may see the entry.",
                    name.trim()
                ),
            };
            self.check(Level::Failed, "In the directory", sentence);
            return Ok(None);
        };
        let place = Place { kind: kind_of(entry, &self.job.channel), id, dn: entry.dn.clone() };
        self.check(Level::Ok, "In the directory", format!("Found: {}", place.dn));
        if entries.len() > 1 {
            self.found.others = entries.iter().filter(|e| e.dn != place.dn).map(|e| e.dn.clone()).collect();
            let others = self.found.others.len();
            self.check(
                Level::Warning,
                "Exactly one",
                format!(
                    "{others} more {} called so. This is the first; ask for another one by its DN.",
                    if others == 1 { "is" } else { "are" }
                ),
            );
        } else {
            self.check(Level::Ok, "Exactly one", "Nobody else is called so.");
        }
        Ok(Some(place))
    }

    /// An object that the channel knows.
    async fn known(&mut self, directory: &Directory, kind: ObjectKind, id: &SourceId) -> std::result::Result<Option<Place>, LdapError> {
        let dn = one::locate(&self.job, directory, id).await?;
        self.check(Level::Ok, "Data Store", "It answers.");
        if dn.is_empty() {
            let sentence = "There is no such entry below the Base DN any more, or the account of the Data Store may not see it.";
            self.check(Level::Failed, "In the directory", sentence);
        } else {
            self.check(Level::Ok, "In the directory", format!("Found: {dn}"));
        }
        Ok(Some(Place { kind, id: id.clone(), dn }))
    }

    fn person(&mut self, place: &Place, seen: &Seen) {
        let Some(person) = &seen.person else { return };
        let location = self.job.channel.location.clone();
        let source = self.job.channel.source.clone();
        match person.below_base {
            true => self.check(Level::Ok, "Base DN", format!("It lies below {}.", location.base_dn)),
            false => self.check(
                Level::Failed,
                "Base DN",
                format!("It does not lie below the Base DN {}, so no cycle reads it.", location.base_dn),
            ),
        }
        match person.is_person {
            true => self.check(Level::Ok, "User objectClass", format!("It is a {}.", source.user_class)),
            false => self.check(Level::Failed, "User objectClass", format!("It is not of the User objectClass {}.", source.user_class)),
        }
        match person.matches_filter {
            Some(true) => self.check(Level::Ok, "Filter", format!("It matches {}", location.users.filter)),
            Some(false) => self.check(Level::Failed, "Filter", format!("It does not match the users' Filter {}", location.users.filter)),
            None => {}
        }
        match person.path.as_deref() {
            Some([]) => {
                let more = if location.users.nested { ", nor of a group in it" } else { ". Nested Search is off" };
                self.check(Level::Failed, "Group DN", format!("It is not a member of {}{more}.", location.users.group_dn));
            }
            Some([_]) => self.check(Level::Ok, "Group DN", format!("It is a member of {}", location.users.group_dn)),
            Some(path) => {
                let names: Vec<String> = path.iter().map(|dn| dn::first_value(dn).unwrap_or_else(|| dn.clone())).collect();
                self.check(Level::Ok, "Group DN", format!("It is a member by nested groups: {}", names.join(" › ")));
            }
            None => {}
        }
        let Some(entry) = &person.entry else {
            self.check(Level::Failed, "Anchor", format!("It has no value of {}.", source.guid_attribute));
            return;
        };
        let _ = place;
        let config = &self.job.config;
        let enabled = config.is_enabled(entry);
        let said = match (enabled, config.provisions_disabled()) {
            (true, _) if source.status_attribute.is_empty() => (Level::Ok, "No Account Status Attribute is set: everybody is.".to_owned()),
            (true, _) => (Level::Ok, format!("By {}.", source.status_attribute)),
            (false, true) => {
                (Level::Warning, "It is disabled in the directory, and provisioned as inactive (Provision Disabled Users).".to_owned())
            }
            (false, false) => (Level::Failed, format!("It is disabled in the directory (by {}).", source.status_attribute)),
        };
        self.found.rows = self.job.config.rows_of(entry);
        let problems: Vec<String> = self.found.rows.iter().filter_map(|row| row.problem.clone()).collect();
        self.check(said.0, "Enabled", said.1);
        match problems.is_empty() {
            true => {
                self.check(Level::Ok, "Attribute Mapping", "Every required attribute has a value, and the service's rules accept them.")
            }
            false => self.check(Level::Failed, "Attribute Mapping", problems.join(" ")),
        }
    }

    fn group(&mut self, place: &Place, seen: &Seen) {
        let location = self.job.channel.location.clone();
        if location.groups.is_empty() {
            self.check(
                Level::Failed,
                "Source Location",
                "The channel provisions no groups: it has neither a Group DN nor a Filter for them.",
            );
            return;
        }
        let Some(group) = seen.groups.iter().find(|group| group.id == place.id) else {
            let scope = match location.groups.group_dn.trim() {
                "" => format!("does not match the groups' Filter {}, or does not lie below {}", location.groups.filter, location.base_dn),
                group_dn => format!("is not among the groups in {group_dn}"),
            };
            self.check(Level::Failed, "Source Location", format!("It {scope}."));
            return;
        };
        self.check(Level::Ok, "Source Location", "It is one of the channel's groups.");
        self.found.members = Some(group.members.len() as u32);
        match self.job.config.desired_group(group) {
            Ok(values) => {
                let name = values.get("displayName").map(|v| v.show().to_owned()).unwrap_or_default();
                self.check(Level::Ok, "Name", format!("It is called ‘{name}’ at the service."));
            }
            Err(problem) => self.check(Level::Failed, "Name", problem),
        }
    }

    fn object(&mut self, place: &Place, seen: &Seen, link: Option<&Link>) {
        let mapped = seen.entry().and_then(|entry| self.job.config.desired(entry).ok()).map(|desired| desired.name);
        let name =
            mapped.or_else(|| link.map(|l| l.name.clone())).or_else(|| dn::first_value(&place.dn)).unwrap_or_else(|| place.id.0.clone());
        self.found.object = Some(ObjectRef { kind: place.kind, source_id: place.id.clone(), name, dn: place.dn.clone() });
    }

    /// What only others can stand in the way of.
    fn unique(&mut self, plan: &Plan, seen: &Seen) {
        if seen.entry().is_none() {
            return;
        }
        match plan.skipped.iter().find(|skipped| !skipped.by_entry && skipped.reason.contains('‘') && is_about_keys(&skipped.reason)) {
            Some(skipped) => self.check(Level::Failed, "Unique", skipped.reason.clone()),
            None => self.check(Level::Ok, "Unique", "Nobody else in scope or linked has its unique values."),
        }
    }

    async fn link(&mut self, place: &Place) -> std::result::Result<Option<Link>, Stop> {
        let find = async { self.context.store.read().await?.find_link(&self.job.connection.id, place.kind, &place.id).await };
        find.await.map_err(|e: store::StoreError| Stop::store(&e))
    }

    fn protected(&mut self, link: Option<&Link>) {
        if let Some(link) = link.filter(|link| link.head.kind == ObjectKind::User)
            && let Some(pattern) = self.job.config.protects(&link.name)
        {
            let sentence = format!("By ‘{pattern}’: nothing is ever taken away from it at the service.");
            self.check(Level::Info, "Protected", sentence);
        }
    }

    fn linked(&mut self, link: Option<&Link>) {
        let Some(link) = link else {
            self.check(Level::Info, "Linked", "It has no object at the service yet, as far as this connection knows.");
            return;
        };
        if link.channel != self.job.channel.id {
            let other = self.job.connection.provisioning.channels.iter().find(|c| c.id == link.channel);
            let name = other.map_or_else(String::new, |c| c.name.clone());
            self.check(Level::Failed, "Linked", format!("Another channel of this connection keeps it: ‘{name}’."));
            return;
        }
        let how = if link.head.origin == Origin::Created { "created there" } else { "adopted" };
        let (level, more) = match link.head.mark {
            LinkMark::Good if link.head.active => (Level::Ok, ""),
            LinkMark::Good => (Level::Ok, " It is inactive there."),
            LinkMark::Gone => (Level::Warning, " It was gone there when last written to."),
            LinkMark::Stale => (Level::Warning, " What is there is not certain, so the next cycle writes it again."),
        };
        self.check(level, "Linked", format!("To {} at the service, {how}.{more}", link.head.target_id));
    }

    async fn outcome(&mut self, place: &Place) -> std::result::Result<(), Stop> {
        let channel = self.job.channel.id.clone();
        let load = async {
            let mut conn = self.context.store.read().await?;
            let setback = conn.list_setbacks(&channel).await?.into_iter().find(|s| s.kind == place.kind && s.source_id == place.id);
            let last = conn.list_object_history(&channel, place.kind, &place.id, store::Page::first(1)).await?.pop();
            Ok((setback, last))
        };
        let (setback, last) = load.await.map_err(|e: store::StoreError| Stop::store(&e))?;
        match (setback, last) {
            (Some(setback), _) => {
                let tries = if setback.attempts > 1 { format!(", {} times", setback.attempts) } else { String::new() };
                self.check(Level::Failed, "Last outcome", format!("{} failed{tries}. {}", setback.action.label(), setback.detail));
            }
            (None, Some(last)) if last.object.outcome.is_done() => {
                self.check(Level::Ok, "Last outcome", format!("{}: done. {}", last.object.action.label(), last.object.reason));
            }
            (None, Some(last)) => {
                let object = last.object;
                self.check(
                    Level::Warning,
                    "Last outcome",
                    format!("{}: {}. {}", object.action.label(), object.outcome.id(), object.outcome.detail()),
                );
            }
            (None, None) => self.check(Level::Info, "Last outcome", "Nothing was done about it yet, as far as the history goes."),
        }
        Ok(())
    }

    /// The channel's groups that list a person, and those that were told of.
    async fn groups(&mut self, place: &Place, seen: &Seen) -> std::result::Result<(), Stop> {
        let ids: Vec<_> = seen.groups.iter().filter(|g| g.in_scope).map(|g| (ObjectKind::Group, g.id.clone())).collect();
        let written = prepare::load_links(self.context, &self.job.channel.id, &ids).await?;
        let canonical = |dn: &str| domain::text::dn::canonical(dn).unwrap_or_else(|_| dn.to_lowercase());
        let wanted = canonical(&place.dn);
        for group in seen.groups.iter().filter(|group| group.in_scope) {
            let listed = !place.dn.is_empty() && group.members.iter().any(|m| m == &place.dn || canonical(m) == wanted);
            let link = written.iter().find(|link| link.head.source_id == group.id);
            let written = link.is_some_and(|link| link.written.members.contains(&place.id));
            if listed || written {
                let name = link.map(|link| link.name.clone()).or_else(|| dn::first_value(&group.dn)).unwrap_or_default();
                self.found.groups.push(GroupOf { source_id: group.id.clone(), name, dn: group.dn.clone(), listed, written });
            }
        }
        self.found.groups.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(())
    }

    /// What the next cycle does, and what follows from all of it.
    fn next(&mut self, plan: Plan, link: Option<&Link>, seen: &Seen, place: &Place) {
        let own = |op: &&domain::model::plan::Op| op.object.kind == place.kind && op.object.source_id == place.id;
        let is_linked = link.is_some_and(|l| l.channel == self.job.channel.id && l.head.mark != LinkMark::Gone && l.head.active);
        let in_scope = match place.kind {
            ObjectKind::User => seen.entry().is_some(),
            ObjectKind::Group => seen.groups.iter().any(|group| group.id == place.id),
        };
        let removal =
            plan.ops.iter().filter(own).any(|op| matches!(op.action.kind(), ActionKind::Disable | ActionKind::Delete | ActionKind::Unlink));
        if let Some(held) = plan.held.first() {
            self.check(Level::Warning, "Guard", held.reason.clone());
            self.found.end = End::Held;
        } else if !plan.ops.is_empty() {
            self.found.end = if removal || !in_scope { End::Out } else { End::WouldWrite };
        } else if in_scope && is_linked && plan.skipped.is_empty() && plan.waiting.is_empty() {
            self.found.end = End::InSync;
        } else {
            self.found.end = End::Out;
        }
        let said: Vec<String> = plan.skipped.iter().map(|s| s.reason.clone()).collect();
        let (level, sentence) = match self.found.end {
            End::Held => (Level::Warning, "It waits for a decision; meanwhile it stays as it is at the service.".to_owned()),
            End::WouldWrite => (Level::Ok, format!("The next cycle has {} to do.", operations(plan.ops.len()))),
            End::InSync => (Level::Ok, "Nothing is to be done: it is at the service as the directory says.".to_owned()),
            End::Out if removal => (Level::Warning, "The next cycle takes it away at the service.".to_owned()),
            End::Out if !plan.waiting.is_empty() => {
                (Level::Warning, "It differs, and waits for its next try. Retry tries it now.".to_owned())
            }
            End::Out if said.is_empty() => (Level::Info, "Nothing is done about it.".to_owned()),
            End::Out => (Level::Warning, said.join(" ")),
        };
        self.check(level, "Next cycle", sentence);
        self.found.plan = Some(plan);
    }
}

fn operations(count: usize) -> String {
    if count == 1 { "1 operation".into() } else { format!("{count} operations") }
}

/// Whether a reason is that a unique value is somebody else's, as the planner says it.
fn is_about_keys(reason: &str) -> bool {
    ["shared by", "already belongs", "is still used", "belongs at the target"].iter().any(|words| reason.contains(words))
}

/// What kind of object an entry is to a channel.
fn kind_of(entry: &FoundEntry, channel: &Channel) -> ObjectKind {
    let is_group = |class: &str| {
        [channel.source.group_class.trim(), "group", "groupOfNames", "groupOfUniqueNames"].iter().any(|g| class.eq_ignore_ascii_case(g))
    };
    if entry.attributes.all("objectClass").any(is_group) { ObjectKind::Group } else { ObjectKind::User }
}
