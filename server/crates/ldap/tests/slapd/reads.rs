//! Reads of a real server: names with escapes, size limits, paging, members that do not exist, referrals.

use crate::server::{BASE, LOCAL, Slapd, group, person};
use domain::model::channel::{Scope, SourceLocation, SourceSettings};
use domain::model::data_store::LdapType;
use domain::model::plan::Coverage;
use domain::model::source::{SourceEntry, SourceGroup};
use domain::text::dn::escape;
use ldap::{Batch, Directory, DnField, ReadRequest};
use std::collections::BTreeSet;

const ESCAPED: &[&str] = &[
    "Doe, Jane",
    "Plus + Sign",
    "Quote \"Q\"",
    "Back\\Slash",
    "Less < More >",
    "Semi; Colon",
    "#Hash",
    " Lead",
    "Trail ",
    "Eq=ual",
    "Łukasz Żółć",
    "山田 太郎",
    "Star * (x)",
];

fn people(count: usize) -> Vec<String> {
    let plain = (0..count - ESCAPED.len()).map(|n| format!("Person {n:05}"));
    ESCAPED.iter().map(|n| (*n).to_owned()).chain(plain).map(|name| format!("cn={},ou=people,{BASE}", escape(&name))).collect()
}

fn ldif(people: &[String]) -> String {
    let mut out: String = people.iter().enumerate().map(|(n, dn)| person(dn, &format!("u{n:05}"))).collect();
    let outsider = format!("cn=outsider,ou=elsewhere,{BASE}");
    out += &person(&outsider, "outsider");
    let named = |name: &str| format!("cn={name},ou=groups,{BASE}");
    let (small, large) = (&people[..20], &people[..2000.min(people.len())]);
    out += &group(&named("small"), small.iter().cloned().chain([outsider, format!("cn=ghost,ou=people,{BASE}"), named("inner")]));
    out += &group(&named("inner"), people[15..30].iter().cloned().chain([named("small")]));
    out += &group(&named("large"), large.iter().cloned());
    out += &group(&named("listed"), ["small", "large"].map(named));
    out
}

struct Seen {
    users: Vec<SourceEntry>,
    groups: Vec<SourceGroup>,
    coverage: Coverage,
}

impl Seen {
    fn dns(&self) -> BTreeSet<String> {
        self.users.iter().map(|u| domain::text::dn::canonical(&u.dn).unwrap()).collect()
    }
}

fn canonical(names: &[String]) -> BTreeSet<String> {
    names.iter().map(|n| domain::text::dn::canonical(n).unwrap()).collect()
}

async fn read(directory: &Directory, location: &SourceLocation, page_size: u32) -> Seen {
    let source = SourceSettings::for_type(LdapType::OpenLdap);
    let names = ["uid", "mail", "cn"].map(str::to_owned);
    let request = ReadRequest {
        source: &source,
        location,
        user_attributes: &names,
        group_attributes: &names,
        page_size,
        last_server: Some("elsewhere:389"),
        since: None,
        now: 0,
    };
    let (sender, mut receiver) = tokio::sync::mpsc::channel(2);
    let take = async {
        let (mut users, mut groups) = (Vec::new(), Vec::new());
        while let Some(batch) = receiver.recv().await {
            match batch {
                Batch::Users(more) => users.extend(more),
                Batch::Unchanged(names) => panic!("nothing says that {names:?} did not change"),
                Batch::LeftOut(names) => panic!("{names:?} are of this directory"),
                Batch::Groups(more) => groups.extend(more),
            }
        }
        (users, groups)
    };
    let (outcome, (users, groups)) = tokio::join!(directory.read(request, sender), take);
    Seen { users, groups, coverage: outcome.coverage }
}

fn users_by_filter(filter: &str) -> SourceLocation {
    SourceLocation {
        base_dn: format!("ou=people,{BASE}"),
        users: Scope { filter: filter.into(), ..Scope::default() },
        groups: Scope::default(),
    }
}

fn users_by_group(name: &str, nested: bool) -> SourceLocation {
    let scope = Scope { group_dn: format!("cn={name},ou=groups,{BASE}"), nested, ..Scope::default() };
    SourceLocation { base_dn: format!("ou=people,{BASE}"), users: scope, groups: Scope::default() }
}

#[tokio::test]
async fn five_thousand_people_are_read_in_pages() {
    let people = people(5000);
    let slapd = Slapd::start(&ldif(&people), &LOCAL);
    let directory = slapd.directory(|_| ());
    let seen = read(&directory, &users_by_filter("(mail=*)"), 1000).await;
    assert_eq!(seen.coverage.problem, None);
    assert!(seen.coverage.users.ids_complete && seen.coverage.users.full && seen.coverage.groups.ids_complete);
    assert_eq!(seen.dns(), canonical(&people));
    assert_eq!(seen.users.iter().map(|u| &u.id).collect::<BTreeSet<_>>().len(), 5000);
    let first = seen.users.iter().find(|u| u.attributes.first("uid") == Some("u00010")).unwrap();
    assert_eq!(first.attributes.all("cn").collect::<BTreeSet<_>>(), BTreeSet::from(["u00010", "Łukasz Żółć"]));
    assert_eq!(seen.coverage.users.seen, 5000);

    // By a large group: found by one search of the Base DN, because there is no memberOf here.
    let seen = read(&directory, &users_by_group("large", false), 1000).await;
    assert_eq!((seen.coverage.problem.as_deref(), seen.dns()), (None, canonical(&people[..2000])));

    // An account that is held to 500 entries has not seen everybody.
    let limited = slapd.directory(|s| s.user_dn = format!("cn=limited,{BASE}"));
    let seen = read(&limited, &users_by_filter("(mail=*)"), 100).await;
    assert!(!seen.coverage.users.ids_complete && seen.users.len() == 500, "{:?}", seen.coverage);
    let problem = seen.coverage.problem.unwrap();
    assert!(problem.contains("sizeLimitExceeded (4)") && problem.contains("size.prtotal=unlimited"), "{problem}");
}

#[tokio::test]
async fn group_scopes_nest_and_tell_of_members_that_are_not_there() {
    let people = people(60);
    let slapd = Slapd::start(&ldif(&people), &LOCAL);
    let directory = slapd.directory(|_| ());
    let seen = read(&directory, &users_by_group("small", false), 500).await;
    assert_eq!((seen.coverage.problem.as_deref(), seen.dns()), (None, canonical(&people[..20])));
    let notes = seen.coverage.notes.join("\n");
    assert!(notes.contains("2 members of the Group DN are outside the Base DN"), "the outsider and the member group: {notes}");
    assert!(notes.contains("1 member of the Group DN does not exist") && notes.contains("cn=ghost"), "{notes}");

    let seen = read(&directory, &users_by_group("small", true), 500).await;
    assert_eq!((seen.coverage.problem.as_deref(), seen.dns()), (None, canonical(&people[..30])));

    // Groups that are members of a group, flattened, with a circle between two of them.
    let mut location = users_by_group("small", false);
    location.base_dn = BASE.into();
    location.groups = Scope { group_dn: format!("cn=listed,ou=groups,{BASE}"), nested: true, ..Scope::default() };
    let seen = read(&directory, &location, 500).await;
    assert_eq!(seen.coverage.problem, None);
    let names: BTreeSet<_> = seen.groups.iter().filter_map(|g| domain::text::dn::first_value(&g.dn)).collect();
    assert_eq!(names, ["small", "large", "inner"].map(str::to_owned).into());
    for group in &seen.groups {
        let members = canonical(&group.members);
        assert_eq!(members.len(), group.members.len());
        assert!(!members.iter().any(|m| m.contains("ou=groups")), "no member is a group");
        let wanted = if group.dn.contains("large") { 60 } else { 32 };
        assert_eq!(members.len(), wanted, "{}", group.dn);
    }
}

#[tokio::test]
async fn what_administrators_get_wrong_is_said() {
    let slapd = Slapd::start(&ldif(&people(60)), &LOCAL);
    let directory = slapd.directory(|_| ());
    let mut location = users_by_filter("(mail=*)");
    location.base_dn = format!("ou=peopel,{BASE}");
    let problem = read(&directory, &location, 100).await.coverage.problem.unwrap();
    assert!(problem.contains("‘ou=peopel,dc=example,dc=com’") && problem.contains("what exists of it is ‘dc=example,dc=com’"), "{problem}");
    let problem = read(&directory, &users_by_filter("(mail=*"), 100).await.coverage.problem.unwrap();
    assert!(problem.contains("users' Filter"), "{problem}");
    let problem =
        read(&directory, &SourceLocation { base_dn: BASE.into(), ..SourceLocation::default() }, 100).await.coverage.problem.unwrap();
    assert!(problem.contains("neither a Group DN nor a Filter"), "{problem}");
    // An attribute that the server does not define matches nothing; it is no error in LDAP.
    let seen = read(&directory, &users_by_filter("(noSuchAttribute=x)"), 100).await;
    assert_eq!((seen.coverage.users.seen, seen.coverage.users.ids_complete), (0, true));
}

#[tokio::test]
async fn the_console_gets_its_answers() {
    let people = people(60);
    let slapd = Slapd::start(&ldif(&people), &LOCAL);
    let directory = slapd.directory(|_| ());
    let source = SourceSettings::for_type(LdapType::OpenLdap);
    for (n, dn) in people.iter().enumerate() {
        let found = directory.read_entry(BASE, dn, &["uid".to_owned()], Some(&source)).await.unwrap().unwrap_or_else(|| panic!("{dn}"));
        assert_eq!(found.attributes.first("uid"), Some(format!("u{n:05}").as_str()), "{dn}");
        assert_eq!(found.id.unwrap().0.len(), 36);
    }
    let found = directory.find_entries(BASE, "(cn=Star \\2a \\28x\\29)", &["uid".to_owned()], None, 10).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(directory.find_entries(BASE, "(uid=u*)", &[], None, 7).await.unwrap().len(), 7);
    let names = directory.list_attribute_names().await.unwrap();
    for name in ["mail", "uid", "employeeNumber", "entryUUID"] {
        assert!(names.iter().any(|n| n == name), "{name} of {}", names.len());
    }
    let check = directory.check_dn(&format!("cn=small,ou=groups,{BASE}"), DnField::GroupDn, &source).await.unwrap();
    assert!(check.sentence.contains("a group with 23 members"), "{check:?}");
    let dse = directory.root_dse().await.unwrap();
    assert!(dse.has_paging && dse.ldap_type == Some(LdapType::OpenLdap));
}

#[tokio::test]
async fn referrals_are_counted_or_followed() {
    let reference = format!(
        "dn: ou=away,ou=people,{BASE}\nobjectClass: referral\nobjectClass: extensibleObject\nou: away\nref: ldap://127.0.0.1:{{port}}/dc=other??sub\n\n"
    );
    let people = people(60);
    let slapd = Slapd::start(&(ldif(&people) + &reference), &LOCAL);
    let seen = read(&slapd.directory(|_| ()), &users_by_filter("(mail=*)"), 10).await;
    assert_eq!((seen.users.len(), seen.coverage.users.ids_complete), (60, true));
    assert!(seen.coverage.notes.iter().any(|n| n.starts_with("1 referral was not followed")), "{:?}", seen.coverage.notes);

    let following = slapd.directory(|s| s.follow_referrals = true);
    let seen = read(&following, &users_by_filter("(mail=*)"), 10).await;
    assert_eq!(seen.coverage.problem, None);
    assert!(seen.users.len() == 61 && seen.users.iter().any(|u| u.dn == "cn=far,dc=other") && seen.coverage.notes.is_empty());

    // All of it elsewhere: without following that is an error, never an empty directory.
    let mut location = users_by_filter("(mail=*)");
    location.base_dn = format!("ou=away,ou=people,{BASE}");
    let problem = read(&slapd.directory(|_| ()), &location, 10).await.coverage.problem.unwrap();
    assert!(problem.contains("referral (10)") && problem.contains("Follow LDAP Referrals"), "{problem}");
    let seen = read(&following, &location, 10).await;
    assert_eq!((seen.coverage.problem.as_deref(), seen.users.len()), (None, 1));
}
