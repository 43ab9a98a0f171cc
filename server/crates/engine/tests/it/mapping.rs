//! From an entry to what shall be at the target, and to the sentence that says why there is nothing.

use crate::fixture::{channel, config, connector, group, person, row, with};
use domain::model::channel::{SourceSettings, StatusAlgorithm};
use domain::model::connector::Characters;
use domain::model::data_store::LdapType;
use domain::model::mapping::{CharacterCase, MappingRow, Parser};
use domain::model::plan::Value;
use domain::model::source::SourceEntry;
use domain::model::sp_connection::{GroupNameSource, ProvisioningOptions};
use engine::{Config, try_row};

fn entry() -> SourceEntry {
    let entry = person("6f9619ff-8b86-d011-b42d-00c04fc964ff", "Ann");
    let entry = with(entry, "title", &["", "  Head of  Sales ", "second"]);
    with(entry, "manager", &["CN=Doe\\, Jane,OU=People,DC=example,DC=com"])
}

/// Tries one row for `title`; `Err` is a mistake in the row, or the first reason to leave the person out.
fn check(mapping: MappingRow, expect: Result<Option<&str>, &str>) {
    let settings = SourceSettings::for_type(LdapType::ActiveDirectory);
    let got = try_row(&connector(), &settings, &mapping, &entry()).and_then(|t| match t.problems.first() {
        Some(problem) => Err(problem.clone()),
        None => Ok(t.value),
    });
    match (&got, expect) {
        (Ok(got), Ok(expect)) => assert_eq!(got.as_deref(), expect, "{mapping:?}"),
        (Err(got), Err(expect)) => assert!(got.contains(expect), "{got:?} lacks {expect:?}"),
        _ => panic!("{mapping:?}: {got:?}, not {expect:?}"),
    }
}

fn expression(text: &str, default: &str) -> MappingRow {
    MappingRow { expression: text.into(), default_value: default.into(), ..MappingRow::empty("title") }
}

#[test]
fn one_row() {
    let title = || row("title", "TITLE");
    check(title(), Ok(Some("  Head of  Sales ")));
    check(MappingRow { trim: true, ..title() }, Ok(Some("Head of  Sales")));
    check(MappingRow { trim: true, case: CharacterCase::Upper, ..title() }, Ok(Some("HEAD OF  SALES")));
    check(MappingRow { case: CharacterCase::Lower, ..row("title", "displayName") }, Ok(Some("ann")));
    check(row("title", "department"), Ok(None));
    check(MappingRow { default_value: "Staff".into(), ..row("title", "department") }, Ok(Some("Staff")));
    check(MappingRow { default_value: "Staff".into(), ..row("title", "displayName") }, Ok(Some("Ann")));
    check(MappingRow { default_value: "Staff".into(), ..MappingRow::empty("title") }, Ok(Some("Staff")));
    check(MappingRow { parser: Parser::CnFromDn, ..row("title", "manager") }, Ok(Some("Doe, Jane")));
    check(MappingRow { parser: Parser::CnFromDn, ..row("title", "mail") }, Ok(None));
    check(MappingRow { parser: Parser::UsernameFromEmail, ..row("title", "mail") }, Ok(Some("Ann")));
    check(MappingRow { parser: Parser::UsernameFromEmail, ..row("title", "displayName") }, Ok(Some("Ann")));
    check(row("title", "objectGUID"), Ok(Some("6f9619ff-8b86-d011-b42d-00c04fc964ff")));
    check(row("title", "distinguishedName"), Ok(Some("CN=Ann,OU=People,DC=example,DC=com")));
    check(MappingRow { attributes: vec!["a".into(), "b".into()], ..MappingRow::empty("title") }, Err("enter an expression"));
    check(row("phone", "telephoneNumber"), Err("has no attribute phone"));
}

#[test]
fn expressions() {
    check(expression("displayName ~ '/' ~ objectGUID", ""), Ok(Some("Ann/6f9619ff-8b86-d011-b42d-00c04fc964ff")));
    check(expression("department or sn", ""), Ok(Some("Ann")));
    check(expression("department", "Staff"), Ok(Some("Staff")));
    check(expression("department", ""), Ok(None));
    check(expression("displayName ~ (", ""), Err("cannot be read"));
    check(expression("displayName / 2", ""), Err("The expression of title failed"));
    check(expression("displayName / 2", "Staff"), Ok(Some("Staff")));
}

#[test]
fn what_the_service_refuses_leaves_the_person_out() {
    let config = Config::new(&connector(), &ProvisioningOptions::default(), &channel()).unwrap();
    let check = |attribute: &str, values: &[&str], expect: &str| {
        assert_eq!(config.desired(&with(person("1", "Ann"), attribute, values)).unwrap_err(), expect);
    };
    check("mail", &[], "userName has no value: mail is empty in the directory.");
    check("mail", &[""], "userName has no value: mail is empty in the directory.");
    check("mail", &["ann"], "userName (from mail) ‘ann’ is not an e-mail address; workEmail (from mail) ‘ann’ is not an e-mail address.");
    check(
        "sn",
        &["A\u{200b}nn"],
        "familyName (from sn) contains U+200B (zero width space) at position 2, which the service does not take.",
    );
    check("title", &["x".repeat(65).as_str()], "title (from title) has 65 characters and the service takes at most 64.");
    check("userAccountControl", &["514"], "Disabled in the directory.");
    assert!(config.desired(&with(person("1", "Ann"), "title", &[])).is_ok());
}

#[test]
fn the_whole_entry() {
    let config = Config::new(&connector(), &ProvisioningOptions::default(), &channel()).unwrap();
    let desired = config.desired(&with(entry(), "title", &["Head"])).unwrap();
    let shown: Vec<_> = desired.values.iter().map(|(name, value)| format!("{name}={}", value.show())).collect();
    let expect = [
        "displayName=Ann",
        "externalId=6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "familyName=Ann",
        "title=Head",
        "userName=Ann@example.com",
        "workEmail=Ann@example.com",
    ];
    assert_eq!(shown, expect);
    assert!(desired.values.values().all(|v| matches!(v, Value::Text(_))) && desired.active);
    assert_eq!(desired.references, [("manager".to_owned(), "CN=Doe\\, Jane,OU=People,DC=example,DC=com".to_owned())]);
}

#[test]
fn masked_values_stay_out_of_reasons() {
    let mut channel = channel();
    channel.mapping[0].mask = true;
    let config = Config::new(&connector(), &ProvisioningOptions::default(), &channel).unwrap();
    let reason = config.desired(&with(person("1", "Ann"), "mail", &["secret"])).unwrap_err();
    assert!(reason.starts_with("userName (from mail) ‘•••’ is not an e-mail address"), "{reason}");
    assert!(config.is_masked("userName") && !config.is_masked("title"));
}

#[test]
fn account_status() {
    let ad = SourceSettings::for_type(LdapType::ActiveDirectory);
    let flag = SourceSettings::for_type(LdapType::OracleDirectoryServer);
    let enabled_flag = SourceSettings { flag_value: "Active".into(), flag_enabled: true, default_enabled: false, ..flag.clone() };
    assert_eq!(flag.status_algorithm, StatusAlgorithm::Flag);
    let check = |settings: &SourceSettings, values: &[&str], expect: bool| {
        let mut channel = channel();
        channel.source = settings.clone();
        let config = Config::new(&connector(), &ProvisioningOptions::default(), &channel).unwrap();
        let entry = with(with(person("1", "Ann"), "userAccountControl", &[]), &settings.status_attribute, values);
        assert_eq!(config.is_enabled(&entry), expect, "{} {values:?}", settings.status_attribute);
    };
    check(&ad, &["512"], true);
    check(&ad, &["514"], false);
    check(&ad, &["66050"], false);
    check(&ad, &["-2147483646"], false);
    check(&ad, &["what"], true);
    check(&ad, &[], true);
    check(&SourceSettings { default_enabled: false, ..ad.clone() }, &[], false);
    check(&flag, &["TRUE"], false);
    check(&flag, &["false"], true);
    check(&flag, &[], true);
    check(&enabled_flag, &["active"], true);
    check(&enabled_flag, &["locked"], false);
    check(&enabled_flag, &[], false);
    check(&SourceSettings { status_attribute: String::new(), ..flag }, &[], true);
}

#[test]
fn a_configuration_that_cannot_work_says_so_at_the_field() {
    let problems = |change: &dyn Fn(&mut domain::model::channel::Channel)| {
        let mut channel = channel();
        change(&mut channel);
        let problems = Config::new(&connector(), &ProvisioningOptions::default(), &channel).unwrap_err();
        problems.0.into_iter().map(|p| p.field).collect::<Vec<_>>()
    };
    assert_eq!(problems(&|c| c.mapping.remove(0).attributes.clear()), ["mapping.userName"]);
    assert_eq!(problems(&|c| c.mapping.clear()), ["mapping.userName", "mapping.displayName", "mapping.familyName"]);
    assert_eq!(problems(&|c| c.mapping[5] = expression("a ~", "")), ["mapping.title"]);
    let mut connector = connector();
    connector.attributes.iter_mut().for_each(|a| a.matching = false);
    assert!(Config::new(&connector, &ProvisioningOptions::default(), &channel()).is_err());
}

#[test]
fn what_is_read_and_what_the_digest_is_about() {
    let mut channel = channel();
    channel.mapping[5] = expression("department or attr('extensionAttribute1')", "");
    let config = Config::new(&connector(), &ProvisioningOptions::default(), &channel).unwrap();
    let attributes = config.source_attributes();
    for name in [
        "objectGUID",
        "userAccountControl",
        "accountExpires",
        "mail",
        "displayName",
        "sn",
        "sAMAccountName",
        "manager",
        "department",
        "extensionAttribute1",
    ] {
        assert_eq!(attributes.users.iter().filter(|a| *a == name).count(), 1, "{name} in {attributes:?}");
    }
    assert_eq!(attributes.groups, ["objectGUID", "cn", "member"]);
    let same = Config::new(&connector(), &ProvisioningOptions::default(), &channel).unwrap();
    assert_eq!(config.digest(), same.digest());
    channel.guards.max_removals = 1;
    assert_eq!(Config::new(&connector(), &ProvisioningOptions::default(), &channel).unwrap().digest(), config.digest());
    channel.location.users.filter = "(mail=*)".into();
    assert_ne!(Config::new(&connector(), &ProvisioningOptions::default(), &channel).unwrap().digest(), config.digest());
    let mut connector = connector();
    connector.attributes[5].characters = Characters::Any;
    assert_ne!(Config::new(&connector, &ProvisioningOptions::default(), &channel).unwrap().digest(), config.digest());
}

#[test]
fn a_group_is_named_by_cn_or_dn_and_checked() {
    use crate::model::{Channel, Directory, Target, complete};
    let run = |source: GroupNameSource, group: domain::model::source::SourceGroup| {
        let options = ProvisioningOptions { group_name_source: source, ..ProvisioningOptions::default() };
        let config = Config::new(&connector(), &options, &channel()).unwrap();
        let directory = Directory { people: Vec::new(), groups: vec![group] };
        let plan = Channel::default().plan(&config, &directory, &Target::default(), complete()).plan;
        let name = plan.ops.first().map(|op| op.object.name.clone());
        name.ok_or_else(|| plan.skipped[0].reason.clone())
    };
    let sales = || group("g", "Sales", &[]);
    assert_eq!(run(GroupNameSource::CommonName, sales()).unwrap(), "Sales");
    assert_eq!(run(GroupNameSource::DistinguishedName, sales()).unwrap(), "CN=Sales,OU=Groups,DC=example,DC=com");
    let no_cn = domain::model::source::SourceGroup { attributes: Default::default(), ..sales() };
    assert_eq!(run(GroupNameSource::CommonName, no_cn).unwrap(), "Sales");
    let reason = run(GroupNameSource::CommonName, group("g", "Sal\u{200b}es", &[])).unwrap_err();
    assert_eq!(reason, "The group's name contains U+200B (zero width space) at position 4, which the service does not take.");
}

#[test]
fn an_account_ends() {
    let config = config();
    let check = |value: &str, expect: Option<i64>| {
        assert_eq!(config.expires_at(&with(person("1", "Ann"), "accountExpires", &[value])), expect, "{value}");
    };
    check("0", None);
    check("9223372036854775807", None);
    check("soon", None);
    check("-1", None);
    check("133170048000000000", Some(1_672_531_200_000));
    assert_eq!(config.expires_at(&person("1", "Ann")), None);
    let mut flag = channel();
    flag.source = SourceSettings::for_type(LdapType::OracleDirectoryServer);
    let config = Config::new(&connector(), &ProvisioningOptions::default(), &flag).unwrap();
    assert_eq!(config.expires_at(&with(person("1", "Ann"), "accountExpires", &["133170048000000000"])), None);
}
