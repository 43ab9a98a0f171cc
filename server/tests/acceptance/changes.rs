//! OpenLDAP read by what changed: by the times of its entries, and by LDAP Content Synchronization.

use crate::company::{Company, anchor};
use crate::house::{Channel, House};
use crate::slapd::BASE;

fn group_dn(name: &str) -> String {
    format!("cn={name},ou=Groups,{BASE}")
}

struct Place {
    company: Company,
    house: House,
    channel: Channel,
    _folder: tempfile::TempDir,
}

impl Place {
    async fn start(algorithm: &'static str) -> Self {
        let company = Company::start_telling(algorithm, 60, 6).await;
        let folder = tempfile::tempdir().unwrap();
        let house = House::open(folder.path()).await;
        let channel = company.configure(&house).await;
        company.check("the first cycle").await;
        company.relay.take();
        Self { company, house, channel, _folder: folder }
    }

    /// A cycle that reads what changed, and sends so many requests.
    async fn changes(&self, step: &str, requests: usize) {
        let cycle = self.house.run_well(&self.channel).await;
        assert!(cycle.coverage.users.ids_complete && !cycle.coverage.users.full, "{step}: {:?}", cycle.coverage);
        self.check(step, requests).await;
    }

    async fn check(&self, step: &str, requests: usize) {
        self.company.check(step).await;
        let sent: Vec<_> = self.company.relay.take().iter().map(|e| format!("{} {}", e.method, e.path)).collect();
        assert_eq!(sent.len(), requests, "{step}: {sent:?}");
    }

    /// In how many groups at the target somebody is.
    fn groups_of(&self, dn: &str) -> usize {
        let content = self.company.slapd.content();
        self.company.groups(&content).keys().filter(|group| content.all_members(group).contains(dn)).count()
    }

    /// Somebody in scope who is no special case; each `at` is somebody else.
    fn somebody(&self, at: usize) -> String {
        self.company.ordinary(&self.company.slapd.content(), None).swap_remove(at)
    }

    fn departs(&mut self, dn: &str) {
        self.company.departed.insert(anchor(&self.company.slapd.content(), dn));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_by_timestamp() {
    what_happens("timestamp").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_by_timestamp_without_negation() {
    what_happens("timestamp_no_negation").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_by_content_synchronization() {
    what_happens("content_synchronization").await;
}

async fn what_happens(algorithm: &'static str) {
    let mut place = Place::start(algorithm).await;
    let scope = place.company.slapd.told("users_group_dn");
    place.changes("nothing happened", 0).await;

    // Two of one second, one before a cycle and one after it.
    for (at, title) in [(0, "Harbour Master"), (1, "Lock Keeper")] {
        let titled = place.somebody(at);
        place.company.slapd.set(&titled, "title", &[title]);
        place.changes("another title", 1).await;
    }

    let titled = place.somebody(0);
    place.company.slapd.set(&titled, "title", &["Kapitän zur See ".repeat(20).trim_end()]);
    place.changes("a title of more than 255 letters", 1).await;

    let newcomer = format!("uid=newcomer,ou=People,{BASE}");
    place.company.slapd.change(&format!(
        "dn: {newcomer}\nchangetype: add\nobjectClass: inetOrgPerson\nobjectClass: towpathAccount\nuid: newcomer\ncn: New Comer\nsn: Comer\ngivenName: New\nmail: newcomer@example.com\n"
    ));
    place.company.slapd.add_member(&scope, &newcomer);
    place.company.slapd.add_member(&group_dn("team-0002"), &newcomer);
    place.changes("a join", 2).await;

    let leaver = place.somebody(2);
    let groups = place.groups_of(&leaver);
    place.departs(&leaver);
    place.company.slapd.remove_member(&scope, &leaver);
    place.changes("a leave", 1 + groups).await;

    place.company.slapd.rename(&place.somebody(3), "uid=renamed");
    place.changes("a rename", 0).await;

    let moved = place.company.slapd.move_below(&place.somebody(4), "uid=moved", &format!("ou=Services,{BASE}"));
    place.changes("a move", 0).await;
    place.company.slapd.set(&moved, "title", &["Moved"]);
    place.changes("a title after the move", 1).await;

    let off = place.somebody(5);
    place.company.slapd.set(&off, "nsAccountLock", &["TRUE"]);
    place.changes("a disable", 1).await;
    place.changes("nothing after the disable", 0).await;
    place.company.slapd.set(&off, "nsAccountLock", &[]);
    place.changes("an enable", 1).await;

    let deleted = place.somebody(6);
    let groups = place.groups_of(&deleted);
    place.departs(&deleted);
    place.company.slapd.delete(&deleted);
    place.changes("a deletion", 1 + groups).await;

    place.company.slapd.rename(&group_dn("team-0004"), "cn=team-gold");
    place.changes("a group's new name", 1).await;

    // A shared address is a matter of two entries, of which one changes.
    let shared = place.company.slapd.case("duplicate_mail").remove(0);
    place.company.slapd.set(&shared, "mail", &["not.shared@example.com"]);
    let cycle = place.house.run_well(&place.channel).await;
    assert!(!cycle.coverage.users.full, "{:?}", cycle.coverage);
    place.company.check("an address that is no longer shared").await;
    place.company.relay.take();

    // A unit is renamed, and the groups are put right, which OpenLDAP leaves to its administrator.
    let (old, new) = (format!("ou=Staff,ou=People,{BASE}"), format!("ou=Crew,ou=People,{BASE}"));
    place.company.slapd.rename(&old, "ou=Crew");
    let content = place.company.slapd.content();
    for (group, entry) in &content.entries {
        let members = entry.get("member").into_iter().flatten();
        for (member, person) in members.filter_map(|member| Some((member, member.strip_suffix(old.as_str())?))) {
            place.company.slapd.add_member(group, &format!("{person}{new}"));
            place.company.slapd.remove_member(group, member);
        }
    }
    place.house.run_well(&place.channel).await;
    place.check("a renamed unit", 0).await;
    place.changes("nothing after the renamed unit", 0).await;
}
