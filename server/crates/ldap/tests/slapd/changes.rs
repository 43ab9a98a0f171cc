//! Reading changes alone from OpenLDAP: by the times of entries, and by synchronization.

use crate::server::{BASE, SECRET, Slapd, group, person};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::model::channel::{ChangeAlgorithm, Scope, SourceLocation, SourceSettings};
use domain::model::cycle::Watermark;
use domain::model::data_store::LdapType;
use domain::model::plan::Coverage;
use ldap::{Batch, Directory, ReadRequest, Since};
use ldap3::{Ldap, LdapConnAsync, Mod};
use std::collections::{BTreeSet, HashSet};

const ALGORITHMS: [ChangeAlgorithm; 3] =
    [ChangeAlgorithm::Timestamp, ChangeAlgorithm::TimestampNoNegation, ChangeAlgorithm::ContentSynchronization];
/// Without a log of its own the server names in each phase who is there; with one, who is gone.
const OVERLAYS: [&str; 2] = ["overlay syncprov\n", "overlay syncprov\nsyncprov-sessionlog 100\n"];
/// Of 2100, so after every time that a test reads.
const FUTURE: i64 = 4_102_444_800_000;

struct Seen {
    read: BTreeSet<String>,
    unchanged: BTreeSet<String>,
    coverage: Coverage,
    watermark: Option<Watermark>,
    is_full: bool,
}

impl Seen {
    fn all(&self) -> BTreeSet<String> {
        self.read.union(&self.unchanged).cloned().collect()
    }

    fn says(&self, part: &str) {
        let told: Vec<&String> = self.coverage.notes.iter().chain(&self.coverage.problem).collect();
        assert!(told.iter().any(|sentence| sentence.contains(part)), "‘{part}’ is not in {told:?}");
    }
}

async fn read(
    directory: &Directory,
    source: &SourceSettings,
    location: &SourceLocation,
    now: i64,
    before: Option<(&Watermark, &BTreeSet<String>)>,
) -> Seen {
    let names = ["uid", "mail"].map(str::to_owned);
    let is_known = |dn: &str| before.is_some_and(|(_, known)| known.contains(&dn.to_lowercase()));
    let request = ReadRequest {
        source,
        location,
        user_attributes: &names,
        group_attributes: &[],
        page_size: 100,
        last_server: None,
        since: before.map(|(mark, _)| Since { mark, is_known: &is_known }),
        now,
    };
    let (sender, mut receiver) = tokio::sync::mpsc::channel(2);
    let take = async {
        let (mut read, mut unchanged) = (Vec::new(), Vec::new());
        while let Some(batch) = receiver.recv().await {
            match batch {
                Batch::Users(users) => read.extend(users.into_iter().map(|u| u.dn.to_lowercase())),
                Batch::Unchanged(names) => unchanged.extend(names.into_iter().map(|dn| dn.to_lowercase())),
                Batch::LeftOut(_) | Batch::Groups(_) => {}
            }
        }
        let distinct: HashSet<&String> = read.iter().chain(&unchanged).collect();
        assert_eq!(distinct.len(), read.len() + unchanged.len(), "nobody is told twice");
        (read.into_iter().collect(), unchanged.into_iter().collect())
    };
    let (outcome, (read, unchanged)) = tokio::join!(directory.read(request, sender), take);
    Seen { read, unchanged, coverage: outcome.coverage, watermark: outcome.watermark, is_full: outcome.is_full }
}

fn source(algorithm: ChangeAlgorithm) -> SourceSettings {
    SourceSettings { change_algorithm: algorithm, ..SourceSettings::for_type(LdapType::OpenLdap) }
}

fn name(n: usize) -> String {
    format!("cn=p{n},ou=people,{BASE}")
}

fn set(names: impl IntoIterator<Item = usize>) -> BTreeSet<String> {
    names.into_iter().map(name).collect()
}

/// Twenty people whose entries are old, and one in a group who does not exist.
fn ldif() -> String {
    let old = |n: usize| format!("2020010100{:02}00Z", n % 10);
    let times = |n: usize| format!("createTimestamp: {0}\nmodifyTimestamp: {0}\n\n", old(n));
    let people: String = (0..20).map(|n| person(&name(n), &format!("p{n}")).trim_end().to_owned() + "\n" + &times(n)).collect();
    people + &group(&format!("cn=everybody,ou=groups,{BASE}"), (0..18).map(name).chain([format!("cn=nobody,ou=people,{BASE}")]))
}

fn by_group() -> SourceLocation {
    let users = Scope { group_dn: format!("cn=everybody,ou=groups,{BASE}"), ..Scope::default() };
    SourceLocation { base_dn: BASE.into(), users, groups: Scope::default() }
}

fn by_filter() -> SourceLocation {
    let users = Scope { filter: "(uid=p*)".into(), ..Scope::default() };
    SourceLocation { base_dn: BASE.into(), users, groups: Scope::default() }
}

async fn administrator(slapd: &Slapd) -> Ldap {
    let (connection, mut ldap) = LdapConnAsync::new(&format!("ldap://127.0.0.1:{}", slapd.port)).await.unwrap();
    tokio::spawn(connection.drive());
    ldap.simple_bind(&format!("cn=root,{BASE}"), SECRET).await.unwrap().success().unwrap();
    ldap
}

async fn retitle(ldap: &mut Ldap, n: usize, title: &str) {
    ldap.modify(&name(n), vec![Mod::Replace("title", HashSet::from([title]))]).await.unwrap().success().unwrap();
}

#[tokio::test]
async fn each_way_tells_who_changed_joined_left_and_is_gone() {
    for algorithm in ALGORITHMS {
        for overlay in OVERLAYS {
            let slapd = Slapd::start_changeable(&ldif(), overlay);
            let (store, source, location) = (slapd.directory(|_| ()), source(algorithm), by_group());
            let mut ldap = administrator(&slapd).await;
            let first = read(&store, &source, &location, FUTURE, None).await;
            assert!(first.is_full && first.coverage.users.full && first.coverage.users.ids_complete, "{:?}", first.coverage);
            assert_eq!(first.read, set(0..18));
            let mut known = first.all();
            let mut mark = first.watermark.unwrap();

            // The newest ones are read again by their times, since others of the same minutes may have changed meanwhile.
            let idle = read(&store, &source, &location, FUTURE, Some((&mark, &known))).await;
            assert!(!idle.is_full && !idle.coverage.users.full && idle.coverage.users.ids_complete, "{:?}", idle.coverage);
            assert_eq!(idle.all(), known);
            let oldest = set([0, 1, 2, 10, 11, 12]);
            assert!(oldest.is_subset(&idle.unchanged), "{algorithm:?} {:?}", idle.read);
            if algorithm == ChangeAlgorithm::ContentSynchronization {
                assert_eq!(idle.read, set([]));
            }

            // Three of one second, which a read may come between.
            for n in [0, 1, 2] {
                retitle(&mut ldap, n, "Harbour Master").await;
                let seen = read(&store, &source, &location, FUTURE, Some((&mark, &known))).await;
                assert!(!seen.is_full && seen.read.contains(&name(n)) && seen.all() == known, "{algorithm:?} {:?}", seen.read);
                mark = seen.watermark.unwrap();
            }

            // One joins, one leaves, one is deleted whose name stays in the group.
            let group = format!("cn=everybody,ou=groups,{BASE}");
            let (joins, leaves) = (name(18), name(3));
            let members =
                vec![Mod::Add("member", HashSet::from([joins.as_str()])), Mod::Delete("member", HashSet::from([leaves.as_str()]))];
            ldap.modify(&group, members).await.unwrap().success().unwrap();
            ldap.delete(&name(10)).await.unwrap().success().unwrap();
            let seen = read(&store, &source, &location, FUTURE, Some((&mark, &known))).await;
            assert!(!seen.is_full && seen.coverage.users.ids_complete, "{:?}", seen.coverage);
            known.remove(&leaves);
            known.remove(&name(10));
            assert!(seen.read.contains(&joins) && !known.contains(&joins));
            known.insert(joins);
            assert_eq!(seen.all(), known, "{algorithm:?}");
            seen.says("2 members of the Group DN do not exist");
            mark = seen.watermark.unwrap();

            // A rename, which this server does not follow in the group.
            ldap.modifydn(&name(5), "cn=renamed", true, None).await.unwrap().success().unwrap();
            let filtered = read(&store, &source, &by_filter(), FUTURE, Some((&mark, &known))).await;
            assert!(!filtered.is_full && filtered.read.contains(&format!("cn=renamed,ou=people,{BASE}")), "{:?}", filtered.read);
            assert!(!filtered.all().contains(&name(5)) && filtered.all().len() == 19);
        }
    }
}

#[tokio::test]
async fn times_that_cannot_be_relied_on_read_everybody() {
    let slapd = Slapd::start_changeable(&ldif(), "");
    let (store, source, location) = (slapd.directory(|_| ()), source(ChangeAlgorithm::TimestampNoNegation), by_group());
    let mut ldap = administrator(&slapd).await;
    let first = read(&store, &source, &location, FUTURE, None).await;
    let (known, mark) = (first.all(), first.watermark.unwrap());

    // An entry from the future hides nothing: our own clock is the latest that is believed.
    let early = read(&store, &source, &location, 1_577_836_800_000, None).await;
    assert!(early.watermark.unwrap().value.as_str() < "20200101000000Z");
    // The newest entry that was known is not there.
    let restored = Watermark { value: "20991231235959Z".into(), ..mark.clone() };
    let seen = read(&store, &source, &location, FUTURE, Some((&restored, &known))).await;
    assert!(seen.is_full && seen.read == known && seen.coverage.users.ids_complete);
    seen.says("nobody is as new as the newest entry");
    // Another server, whose clock is another one.
    let elsewhere = Watermark { server: "ldap2.example.com:389".into(), ..mark.clone() };
    let seen = read(&store, &source, &location, FUTURE, Some((&elsewhere, &known))).await;
    assert!(seen.is_full);
    seen.says("another server, ldap2.example.com:389");
    // A unit was renamed, which the times of the people in it do not tell.
    ldap.modifydn(&format!("ou=elsewhere,{BASE}"), "ou=nowhere", true, None).await.unwrap().success().unwrap();
    let seen = read(&store, &source, &location, FUTURE, Some((&mark, &known))).await;
    assert!(seen.is_full);
    seen.says("container below the Base DN was added, renamed or removed");
    let next = read(&store, &source, &location, FUTURE, Some((seen.watermark.as_ref().unwrap(), &known))).await;
    assert!(!next.is_full);
    // Entries without a time.
    let source = SourceSettings { timestamp_attribute: "pager".into(), ..source };
    let seen = read(&store, &source, &location, FUTURE, None).await;
    assert!(seen.is_full && seen.watermark.is_none());
    seen.says("no time in the Timestamp Attribute ‘pager’");
}

#[tokio::test]
async fn a_server_that_cannot_tell_is_read_in_full() {
    let sync = source(ChangeAlgorithm::ContentSynchronization);
    let slapd = Slapd::start_changeable(&ldif(), "");
    let seen = read(&slapd.directory(|_| ()), &sync, &by_group(), FUTURE, None).await;
    assert!(seen.is_full && seen.watermark.is_none() && seen.coverage.users.ids_complete, "{:?}", seen.coverage);
    seen.says("overlay syncprov");

    let slapd = Slapd::start_changeable(&ldif(), "overlay syncprov\nsyncprov-reloadhint TRUE\n");
    let store = slapd.directory(|_| ());
    let first = read(&store, &sync, &by_group(), FUTURE, None).await;
    let (known, mark) = (first.all(), first.watermark.unwrap());
    let with = |csn: &str| Watermark { value: STANDARD.encode(format!("rid=000,csn={csn}")), ..mark.clone() };
    // What changed since then is forgotten.
    let seen = read(&store, &sync, &by_group(), FUTURE, Some((&with("20100101000000.000000Z#000000#000#000000"), &known))).await;
    assert!(seen.is_full && seen.read == known && seen.coverage.users.full && seen.coverage.users.ids_complete, "{:?}", seen.coverage);
    seen.says("e-syncRefreshRequired");
    // A cookie from a time that this server has not seen.
    let seen = read(&store, &sync, &by_group(), FUTURE, Some((&with("20400101000000.000000Z#000000#000#000000"), &known))).await;
    assert!(seen.is_full && seen.read == known && !seen.coverage.users.ids_complete, "{:?}", seen.coverage);
    seen.says("was restored since the last read");
    let again = read(&store, &sync, &by_group(), FUTURE, Some((&seen.watermark.unwrap(), &known))).await;
    assert!(!again.is_full && again.coverage.users.ids_complete && again.unchanged == known);
}

#[tokio::test]
async fn more_changes_than_the_server_tells_at_once_read_everybody() {
    let many = 1200;
    let people: String = (0..many).map(|n| person(&name(n), &format!("p{n}"))).collect();
    let slapd = Slapd::start_changeable(&people, "overlay syncprov\n");
    let (store, sync) = (slapd.directory(|_| ()), source(ChangeAlgorithm::ContentSynchronization));
    let first = read(&store, &sync, &by_filter(), FUTURE, None).await;
    let (known, mark) = (first.all(), first.watermark.unwrap());
    let mut ldap = administrator(&slapd).await;
    for n in 0..many {
        retitle(&mut ldap, n, "Diver").await;
    }
    let seen = read(&store, &sync, &by_filter(), FUTURE, Some((&mark, &known))).await;
    assert!(seen.is_full && seen.read == known && seen.coverage.users.ids_complete, "{:?}", seen.coverage);
    seen.says("sizeLimitExceeded");
    let again = read(&store, &sync, &by_filter(), FUTURE, Some((&seen.watermark.unwrap(), &known))).await;
    assert!(!again.is_full && again.unchanged == known);
}
