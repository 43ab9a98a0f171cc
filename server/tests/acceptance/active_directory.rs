//! The guide's scenario against a domain controller: a Group DN for users and one for groups, read by change numbers.
//!
//! After everything that happens, what is at AWS is compared with what the directory says, object by object.

mod at_scim2_server;
mod shapes;

use crate::house::{Channel, House, Setup, move_clock, now, says};
use crate::ldif::Entry;
use crate::samba::{BASE, Samba, is_disabled};
use domain::model::channel::{Scope, SourceLocation, SourceSettings};
use domain::model::cycle::{Cycle, CycleState};
use domain::model::data_store::{LdapSettings, LdapType, TlsMode};
use domain::secret::Secret;
use ldap::{Batch, Directory, Kind, ReadOutcome, ReadRequest};
use sandbox::aws::{Aws, AwsServer, Config};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use tempfile::TempDir;

const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

struct Domain {
    samba: Samba,
    aws: AwsServer,
    house: House,
    channel: Channel,
    /// Requests that AWS had been asked at the last look.
    asked: usize,
    /// Whose account has ended.
    ended: BTreeSet<String>,
    _folder: TempDir,
}

impl Domain {
    async fn start(samba: Samba) -> Self {
        Self::start_with(samba, |_| {}).await
    }

    /// With more than that filled in.
    async fn start_with(samba: Samba, change: impl FnOnce(&mut Setup)) -> Self {
        let aws = AwsServer::start(Aws::new(Config::new(server::clock::now)), LOOPBACK).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let house = House::open(folder.path()).await;
        let store = house.data_store(&samba.fields()).await;
        let mut setup = Setup {
            connector: "aws-iam-identity-center",
            target: vec![("scim_url", aws.base_url()), ("access_token", aws.token())],
            info: vec![("max_threads", "8".into())],
            settings: Vec::new(),
            location: vec![
                ("base_dn", BASE.into()),
                ("users.group_dn", samba.told("users_group_dn")),
                ("groups.group_dn", samba.told("groups_group_dn")),
                ("groups.nested", "on".into()),
            ],
            mapping: vec![("map.userName", "mail".into())],
        };
        change(&mut setup);
        let channel = house.channel(&store, &setup).await;
        Self { samba, aws, house, channel, asked: 0, ended: BTreeSet::new(), _folder: folder }
    }

    /// Runs a cycle that must go well; answers it and how often AWS was asked.
    async fn cycle(&mut self, step: &str) -> (Cycle, usize) {
        let cycle = self.house.run_well(&self.channel).await;
        self.check(step);
        let asked = self.aws.request_log().len();
        let new = asked - std::mem::replace(&mut self.asked, asked);
        (cycle, new)
    }

    /// A cycle that reads changes alone.
    async fn changes(&mut self, step: &str) -> usize {
        let (cycle, asked) = self.cycle(step).await;
        assert!(cycle.coverage.users.ids_complete && !cycle.coverage.users.full, "{step}: {:?}", cycle.coverage);
        asked
    }

    /// A cycle that compares everybody.
    async fn everybody(&mut self, step: &str) -> usize {
        let (cycle, asked) = self.cycle(step).await;
        assert!(cycle.coverage.users.ids_complete && cycle.coverage.users.full, "{step}: {:?}", cycle.coverage);
        asked
    }

    /// People who shall be active at AWS, by the address that is their userName.
    fn wanted(&self) -> BTreeMap<String, (String, Entry)> {
        let mut by_mail: BTreeMap<String, Vec<(String, Entry)>> = BTreeMap::new();
        for (dn, person) in in_scope(&self.samba) {
            let is_whole = ["mail", "givenname", "sn", "displayname"].iter().all(|name| person.contains_key(*name));
            if is_whole && !is_disabled(&person) && !self.ended.contains(&dn.to_lowercase()) {
                by_mail.entry(person["mail"][0].to_lowercase()).or_default().push((dn, person));
            }
        }
        by_mail.into_iter().filter_map(|(mail, mut same)| (same.len() == 1).then(|| (mail, same.remove(0)))).collect()
    }

    fn check(&self, step: &str) {
        let wanted = self.wanted();
        let users = self.aws.users();
        let active: BTreeMap<String, _> = users.iter().filter(|u| u.active).map(|u| (u.user_name.to_lowercase(), u)).collect();
        assert_eq!(active.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "{step}");
        for (mail, (dn, person)) in &wanted {
            let there = &active[mail].attributes;
            for (name, attribute) in [("displayName", "displayname"), ("title", "title")] {
                let value = person.get(attribute).map(|values| values[0].as_str());
                assert_eq!(there.get(name).and_then(|v| v.as_str()), value, "{step}: {name} of {dn}");
            }
        }
        let expected = self.teams();
        // Who is disabled stays in their groups, inactive.
        let off: BTreeSet<String> = in_scope(&self.samba)
            .into_iter()
            .filter(|(dn, p)| is_disabled(p) || self.ended.contains(&dn.to_lowercase()))
            .filter_map(|(_, p)| Some(p.get("mail")?[0].to_lowercase()))
            .collect();
        let ids: BTreeMap<_, String> = users.iter().map(|u| (u.id.clone(), u.user_name.to_lowercase())).collect();
        let there = self.aws.groups();
        let members = there.iter().map(|g| g.members.iter().map(|m| ids[&m.id].clone()).filter(|mail| !off.contains(mail)).collect());
        let names = there.iter().map(|g| g.display_name.clone());
        let there: BTreeMap<String, BTreeSet<String>> = names.zip(members).collect();
        assert_eq!(there, expected, "{step}");
    }

    /// The people of each group in scope, nested ones included, by the group's name.
    fn teams(&self) -> BTreeMap<String, BTreeSet<String>> {
        let groups = self.samba.groups();
        let wanted = self.wanted();
        let mails: BTreeMap<String, &str> = wanted.iter().map(|(mail, (dn, _))| (dn.to_lowercase(), mail.as_str())).collect();
        let (_, in_scope) = &groups[&self.samba.told("groups_group_dn").to_lowercase()];
        in_scope.iter().map(|dn| (groups[dn].0.clone(), people_of(&groups, dn, &mails))).collect()
    }

    /// Whether somebody is a direct member of a group.
    fn is_member(&self, group: &str, person: &str) -> bool {
        // Told by the person: one name may be spelled in several ways.
        let found = self.samba.search(person, &["-s", "base"], "(objectClass=*)", &["memberOf"]);
        found.into_values().flat_map(|entry| entry.into_values().flatten()).any(|of| of.eq_ignore_ascii_case(group))
    }

    /// Somebody who is provisioned, in a group besides, and at no awkward name; each `at` is somebody else.
    fn somebody(&self, at: usize) -> String {
        let plain = self.wanted().into_values().map(|(dn, _)| dn).filter(|dn| dn.starts_with("CN=u0"));
        let mut plain: Vec<String> = plain.collect();
        plain.sort();
        plain.swap_remove(at)
    }
}

/// People who are members of the users' Group DN.
fn in_scope(samba: &Samba) -> BTreeMap<String, Entry> {
    let group = samba.told("users_group_dn");
    let token = samba.value(&group, "primaryGroupToken");
    let is_in =
        |p: &Entry| p["primarygroupid"][0] == token || p.get("memberof").into_iter().flatten().any(|of| of.eq_ignore_ascii_case(&group));
    samba.people().into_iter().filter(|(_, person)| is_in(person)).collect()
}

/// A GUID in its text form, whose first three numbers are the other way round in bytes.
fn guid(bytes: &[u8]) -> String {
    let hex = |places: &[usize]| places.iter().map(|at| format!("{:02x}", bytes[*at])).collect::<String>();
    [hex(&[3, 2, 1, 0]), hex(&[5, 4]), hex(&[7, 6]), hex(&[8, 9]), hex(&[10, 11, 12, 13, 14, 15])].join("-")
}

/// A moment as Active Directory writes it: 100 nanoseconds since 1601.
fn filetime(unix_ms: i64) -> String {
    ((unix_ms + 11_644_473_600_000) * 10_000).to_string()
}

/// The people of a group and of the groups in it.
fn people_of(groups: &BTreeMap<String, (String, BTreeSet<String>)>, group: &str, mails: &BTreeMap<String, &str>) -> BTreeSet<String> {
    let (mut people, mut walked, mut open) = (BTreeSet::new(), BTreeSet::new(), vec![group.to_owned()]);
    while let Some(group) = open.pop() {
        for member in &groups[&group].1 {
            if let Some(mail) = mails.get(member) {
                people.insert((*mail).to_owned());
            } else if groups.contains_key(member) && walked.insert(member.clone()) {
                open.push(member.clone());
            }
        }
    }
    people
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_and_what_happens_to_it() {
    what_happens_to(Samba::start(60, 6)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_within_the_limits_of_windows() {
    what_happens_to(Samba::start_limited(60, 6)).await;
}

async fn what_happens_to(samba: Samba) {
    let mut domain = Domain::start(samba).await;
    let first = domain.house.newest(&domain.channel).await.unwrap();
    assert_eq!(first.state, CycleState::Succeeded, "{first:?}\n{}", domain.house.story(&first).await);
    domain.check("the first cycle");
    domain.asked = domain.aws.request_log().len();
    let left_out: BTreeSet<String> =
        domain.house.detail(&domain.channel).await.skipped.into_iter().map(|s| s.skipped.object.dn.to_lowercase()).collect();
    assert_eq!(domain.changes("nothing happened").await, 0, "an idle cycle costs AWS nothing");
    let still: BTreeSet<String> =
        domain.house.detail(&domain.channel).await.skipped.into_iter().map(|s| s.skipped.object.dn.to_lowercase()).collect();
    assert_eq!(still, left_out, "who is left out is still told");
    let scope = domain.samba.told("users_group_dn");

    // An attribute.
    let titled = domain.somebody(0);
    domain.samba.set(&titled, "title", &["Harbour Master"]);
    assert_eq!(domain.changes("another title").await, 1);

    // Leaving the group and coming back: the entry itself does not change.
    let person = domain.somebody(1);
    let number = domain.samba.value(&person, "uSNChanged");
    domain.samba.remove_member(&scope, &person);
    assert!(domain.changes("a leave").await >= 1);
    domain.samba.add_member(&scope, &person);
    assert!(domain.changes("a return").await >= 1);
    assert_eq!(domain.samba.value(&person, "uSNChanged"), number, "only the group changed");

    // A new person.
    let newcomer = format!("CN=u000900,OU=People,{BASE}");
    domain.samba.change(&format!(
        "dn: {newcomer}\nchangetype: add\nobjectClass: user\nsAMAccountName: u000900\ngivenName: New\nsn: Comer\ndisplayName: New Comer\nmail: new.comer@example.com\n"
    ));
    domain.samba.add_member(&scope, &newcomer);
    assert_eq!(domain.changes("a newcomer without a password").await, 0, "the account is disabled");
    let bits: i64 = domain.samba.value(&newcomer, "userAccountControl").parse().unwrap();
    domain.samba.set(&newcomer, "userAccountControl", &[&((bits & !2) | 0x20).to_string()]);
    assert_eq!(domain.changes("the newcomer is enabled").await, 1);

    // Membership of another group.
    let team = format!("CN=team-0002,OU=Groups,{BASE}");
    domain.samba.add_member(&team, &newcomer);
    assert_eq!(domain.changes("a join").await, 1);

    // Renamed and moved: AWS knows nothing of it.
    let moved = domain.samba.move_below(&domain.somebody(2), "CN=u009999", &format!("OU=Services,{BASE}"));
    assert_eq!(domain.changes("a move").await, 0);
    domain.samba.set(&moved, "title", &["Moved"]);
    assert_eq!(domain.changes("a title after the move").await, 1);

    // Disabled and enabled.
    let off = domain.somebody(3);
    domain.samba.set(&off, "userAccountControl", &["514"]);
    assert!(domain.changes("a disable").await >= 1);
    assert_eq!(domain.changes("nothing after the disable").await, 0);
    domain.samba.set(&off, "userAccountControl", &["544"]);
    assert!(domain.changes("an enable").await >= 1);

    // A deletion changes neither a person in scope nor the group.
    let number = domain.samba.value(&scope, "uSNChanged");
    domain.samba.delete(&domain.somebody(4));
    assert!(domain.changes("a deletion").await >= 1);
    assert_eq!(domain.samba.value(&scope, "uSNChanged"), number, "nothing tells of it but the members themselves");

    // A shared address is a matter of two entries, of which one changes.
    let [one, other] = <[String; 2]>::try_from(domain.samba.case("duplicate_mail")[..2].to_vec()).unwrap();
    domain.samba.set(&one, "mail", &["not.shared@example.com"]);
    assert!(domain.changes("no longer shared").await >= 2, "{other} is created as well");

    // Renaming a unit renames whoever is below, which their entries do not tell.
    domain.samba.move_below(&format!("OU=Staff,OU=People,{BASE}"), "OU=Crew", &format!("OU=People,{BASE}"));
    assert_eq!(domain.everybody("a renamed unit").await, 0);
    assert_eq!(domain.changes("after the renamed unit").await, 0);

    // Somebody of another forest is left out by name.
    let sid = "S-1-5-21-1111111111-2222222222-3333333333-1104";
    domain.samba.add_member(&scope, &format!("<SID={sid}>"));
    for step in ["a foreign principal", "a foreign principal again"] {
        assert_eq!(domain.changes(step).await, 0);
        let skipped = domain.house.detail(&domain.channel).await.skipped;
        let foreign = skipped.iter().find(|s| s.skipped.object.dn.starts_with(&format!("CN={sid},"))).expect(step);
        assert!(foreign.skipped.reason.contains("foreign security principal"), "{}", foreign.skipped.reason);
    }

    // Whose primary group it is are members whom `member` does not list.
    let primary = domain.somebody(6);
    let token = domain.samba.value(&scope, "primaryGroupToken");
    domain.samba.set(&primary, "primaryGroupID", &[&token]);
    let members = &domain.samba.groups()[&scope.to_lowercase()].1;
    assert!(!members.contains(&primary.to_lowercase()), "it is not listed any more");
    assert_eq!(domain.changes("a primary group").await, 0);
    domain.samba.set(&primary, "primaryGroupID", &["513"]);
    domain.samba.remove_member(&scope, &primary);
    assert!(domain.changes("another primary group").await >= 1);

    // A long name of letters that take two bytes each.
    let long = domain.somebody(7);
    domain.samba.set(&long, "displayName", &["ø".repeat(250).as_str()]);
    assert_eq!(domain.changes("a long name").await, 1);

    // A group's new name.
    let renamed = format!("CN=team-0003,OU=Groups,{BASE}");
    domain.samba.rename(&renamed, "CN=Zespół\\, trzeci");
    assert_eq!(domain.changes("a group's new name").await, 1);

    // A person asks for everything, once, and a change of the scope or the mapping does.
    assert!(domain.house.compare(&domain.channel).await.coverage.users.full);
    assert_eq!(domain.changes("after a comparison that was asked for").await, 0);
    for (tab, pairs) in [("source-location", ("users.nested", "on")), ("attribute-mapping", ("map.title", "title"))] {
        let cycles = domain.house.edit(&domain.channel, tab, &[(pairs.0, pairs.1.into())]).await;
        assert!(tab == "attribute-mapping" || cycles[0].coverage.users.full, "{tab}: {cycles:?}");
        domain.asked = domain.aws.request_log().len();
    }

    // An account ends at a moment, and nothing is written to its entry then.
    let ending = domain.somebody(5);
    domain.samba.set(&ending, "accountExpires", &[&filetime(now() + 3_600_000)]);
    assert_eq!(domain.changes("an account that ends in an hour").await, 0);
    move_clock(2 * 3_600_000);
    let number = domain.samba.value(&ending, "uSNChanged");
    domain.ended.insert(ending.to_lowercase());
    assert_eq!(domain.everybody("the account has ended").await, 1);
    assert_eq!(domain.samba.value(&ending, "uSNChanged"), number, "the entry is as it was");
    assert_eq!(domain.changes("nothing after its end").await, 0);
    domain.samba.set(&ending, "accountExpires", &["0"]);
    domain.ended.clear();
    assert_eq!(domain.changes("the account has no end any more").await, 1);

    // Everybody is compared once a day.
    move_clock(25 * 3_600_000);
    assert_eq!(domain.everybody("a day later").await, 0);
    assert_eq!(domain.changes("after the daily comparison").await, 0);
}

fn settings(samba: &Samba, tls: TlsMode) -> LdapSettings {
    let port = if tls == TlsMode::Ldaps { 636 } else { 389 };
    LdapSettings {
        hostnames: if tls == TlsMode::None { samba.host() } else { format!("{}:{port}", samba.address()) },
        tls,
        ldap_type: LdapType::ActiveDirectory,
        user_dn: samba.told("bind_dn"),
        trusted_ca: samba.ca_pem(),
        ..LdapSettings::default()
    }
}

/// A read of everybody in scope: who there is, and how many members each group has.
async fn read(samba: &Samba, settings: &LdapSettings, password: &str) -> (ReadOutcome, BTreeSet<String>, BTreeMap<String, usize>) {
    let directory = Directory::new(settings, Some(&Secret::new(password))).unwrap();
    let source = SourceSettings::for_type(LdapType::ActiveDirectory);
    let scope = |name: &str| Scope { group_dn: samba.told(name), ..Scope::default() };
    let groups = Scope { filter: "(sAMAccountName=group-*)".into(), ..Scope::default() };
    let location = SourceLocation { base_dn: BASE.into(), users: scope("users_group_dn"), groups };
    let names = ["mail".to_owned()];
    let request = ReadRequest {
        source: &source,
        location: &location,
        user_attributes: &names,
        group_attributes: &names,
        page_size: 5000,
        last_server: None,
        since: None,
        now: now(),
    };
    let (sender, mut receiver) = tokio::sync::mpsc::channel(2);
    let take = async {
        let (mut users, mut groups) = (BTreeSet::new(), BTreeMap::new());
        while let Some(batch) = receiver.recv().await {
            match batch {
                Batch::Users(more) => users.extend(more.into_iter().map(|u| u.dn.to_lowercase())),
                Batch::Groups(more) => groups.extend(more.into_iter().map(|g| (g.dn.to_lowercase(), g.members.len()))),
                other => panic!("not in a read of everybody: {other:?}"),
            }
        }
        (users, groups)
    };
    let (outcome, (users, groups)) = tokio::join!(directory.read(request, sender), take);
    (outcome, users, groups)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_groups_encryption_and_refused_accounts() {
    let samba = Samba::start_limited(2100, 4);
    let password = samba.told("bind_password");
    let expected: BTreeMap<String, usize> = samba.groups().into_iter().map(|(dn, (_, members))| (dn, members.len())).collect();
    let scope = samba.told("users_group_dn").to_lowercase();
    assert!(expected[&scope] > 2000, "{}", expected[&scope]);

    // Pages of 1,000 and ranges of 1,500.
    let (outcome, users, groups) = read(&samba, &settings(&samba, TlsMode::None), &password).await;
    assert_eq!(outcome.coverage.problem, None);
    assert_eq!(groups, expected);
    assert!(users.len() > 2000, "{}", users.len());

    // Encrypted, by an authority of one's own, and without the limits.
    for tls in [TlsMode::Ldaps, TlsMode::StartTls] {
        let trusting = settings(&samba, tls);
        let (outcome, encrypted, _) = read(&samba, &trusting, &password).await;
        assert_eq!((outcome.coverage.problem, &encrypted), (None, &users), "{tls:?}");
        let (outcome, nobody, _) = read(&samba, &LdapSettings { trusted_ca: String::new(), ..trusting }, &password).await;
        assert!(nobody.is_empty() && !outcome.coverage.users.ids_complete, "{tls:?}");
        says(&outcome.coverage.problem.unwrap(), &["certificate"]);
    }

    // Accounts that are not let in.
    let plain = settings(&samba, TlsMode::None);
    let refused = async |password: &str, parts: &[&str]| {
        let (outcome, nobody, _) = read(&samba, &plain, password).await;
        assert!(nobody.is_empty() && !outcome.coverage.users.ids_complete && outcome.failure.unwrap().kind() == Kind::Auth);
        says(&outcome.coverage.problem.unwrap(), parts);
    };
    refused("wrong", &["password"]).await;
    let account = samba.told("bind_dn");
    samba.set(&account, "accountExpires", &[&filetime(now() - 3_600_000)]);
    refused(&password, &["expired"]).await;
    samba.set(&account, "accountExpires", &["0"]);
    assert_eq!(read(&samba, &plain, &password).await.1, users);
}
