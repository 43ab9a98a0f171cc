//! Filters, scopes and attribute selection.

use ldap3::Scope;

use crate::client::{found, names, octets, read, sample_and_client, search, value};

const PEOPLE: &str = "OU=People,DC=canal,DC=example";

#[tokio::test]
async fn filters_find_what_they_say() {
    let (server, mut ldap) = sample_and_client().await;
    let scope = server.directory().read(|d| d.users_group_dn());
    for (filter, expected) in [
        ("(mail=LUCIA.fernandez@canal.example)", &["Lucía Fernández Ortiz"][..]),
        ("(sn=WEISS)", &[]),
        ("(sn=weiß)", &["Jonas Weiß"]),
        ("(SN=YILDIZ)", &[]),
        ("(&(department=finance)(title=accountant)(!(sn=clarke)))", &["Claire Fontaine", "Gábor Szabó"]),
        ("(|(title=archivist)(employeeNumber=1007))", &["Marguerite Lefèvre", "Walter Steiner"]),
        ("(cn=*tom*)", &["Thomas \"Tom\" Beckett"]),
        ("(displayName=Zo*man*)", &["Zoë Brönnimann"]),
        ("(cn=a*platform)", &[]),
        ("(cn=data*)", &["Data Platform"]),
        (
            "(&(givenName>=Y)(objectCategory=person))",
            &["Yuki Yamamoto", "Zoë Brönnimann", "Óscar Ibáñez", "Łukasz Żak", "Élodie Garnier", "Ελένη Παπαδοπούλου"],
        ),
        ("(&(employeeNumber<=1014)(employeeNumber=*))", &["Marguerite Lefèvre", "Okafor, Tobias"]),
        ("(&(objectCategory=person)(!(mail=*))(department=*))", &["Dmitri Sokolov"]),
        ("(userAccountControl:1.2.840.113556.1.4.803:=2)", &["Claire Fontaine", "Kalani Akana", "Walter Steiner"]),
        ("(userAccountControl:1.2.840.113556.1.4.804:=4098)", &["Claire Fontaine", "Kalani Akana", "LOCK-07", "Walter Steiner"]),
        ("(&(objectClass=user)(!(objectCategory=person)))", &["LOCK-07"]),
        ("(objectCategory=CN=Computer,CN=Schema,CN=Configuration,DC=canal,DC=example)", &["LOCK-07"]),
        (
            "(&(objectClass=group)(member=cn=data platform, ou=groups,dc=canal,dc=EXAMPLE))",
            &["AWS Groups", "AWS Users", "Cloud Developers", "Site Reliability"],
        ),
        (
            "(memberOf=CN=Auditors\\5c, Read Only,OU=Groups,DC=canal,DC=example)",
            &["Aoife Byrne", "Claire Fontaine", "Emmanuel Osei", "Ingrid Sørensen"],
        ),
        (
            "(memberOf=CN=Auditors\\5c2C Read Only,OU=Groups,DC=canal,DC=example)",
            &["Aoife Byrne", "Claire Fontaine", "Emmanuel Osei", "Ingrid Sørensen"],
        ),
        ("(memberOf=CN=No Such Group,OU=Groups,DC=canal,DC=example)", &[]),
        ("(memberOf=this is no name)", &[]),
        (
            "(memberOf:1.2.840.113556.1.4.1941:=CN=Cloud Developers,OU=Groups,DC=canal,DC=example)",
            &[
                "Aleksandr Ivanov",
                "Amara Diallo",
                "Data Platform",
                "Diego Muñoz",
                "Isaac Cohen",
                "Jonas Weiß",
                "Kwame Boateng",
                "Mei Lin",
                "Minh Trần",
                "Olivia Chen",
                "Ruben Petrosyan",
                "Sanna Virtanen",
                "Site Reliability",
                "Tamsin Pendragon",
                "Yuki Yamamoto",
                "Élodie Garnier",
                "Łukasz Żak",
                "Ελένη Παπαδοπούλου",
            ],
        ),
        (
            "(&(member:1.2.840.113556.1.4.1941:=CN=Łukasz Żak,OU=Engineering,OU=People,DC=canal,DC=example)(cn=*))",
            &["AWS Groups", "AWS Users", "Cloud Developers", "Data Platform", "Site Reliability"],
        ),
        ("(distinguishedName=CN=Nwosu\\5c, Adaeze,OU=Operations,OU=People,DC=canal,DC=example)", &["Nwosu, Adaeze"]),
        ("(sAMAccountName=LOCK-07$)", &["LOCK-07"]),
        ("(givenName:=priya)", &["Priya Raghunathan"]),
        // What the schema does not know is neither true nor false.
        ("(!(noSuchAttribute=x))", &[]),
        ("(&(title=Archivist)(|(noSuchAttribute=x)(sn=Steiner)))", &["Walter Steiner"]),
        ("(&(title=Archivist)(!(mobile=*)))", &["Walter Steiner"]),
        ("(title:1.2.3.4:=Archivist)", &[]),
    ] {
        let mut expected: Vec<String> = expected.iter().map(|name| (*name).to_owned()).collect();
        expected.sort();
        assert_eq!(found(&mut ldap, filter).await, expected, "{filter}");
    }
    assert_eq!(found(&mut ldap, "(manager=CN=Beatriz Carvalho,OU=Finance,OU=People,DC=canal,DC=example)").await.len(), 11);
    let in_scope = found(&mut ldap, &format!("(&(objectCategory=person)(memberOf:1.2.840.113556.1.4.1941:={scope}))")).await;
    assert_eq!(in_scope.len(), 54);
    let direct = found(&mut ldap, &format!("(&(objectCategory=person)(memberOf={scope}))")).await;
    assert_eq!(direct.len(), 49);
}

#[tokio::test]
async fn numbers_times_and_guids_compare_as_what_they_are() {
    let (server, mut ldap) = sample_and_client().await;
    let dn = format!("CN=Walter Steiner,OU=Operations,{PEOPLE}");
    let entry = read(&mut ldap, &dn, &["uSNChanged", "whenChanged", "objectGUID", "objectSid"]).await;
    let usn: u64 = value(&entry, "uSNChanged").unwrap().parse().unwrap();
    let found_since = found(&mut ldap, &format!("(&(uSNChanged>={usn})(uSNChanged<={usn}))")).await;
    assert_eq!(found_since, ["Walter Steiner"]);
    assert_eq!(found(&mut ldap, "(&(uSNChanged>=9)(employeeNumber=1007))").await.len(), 1, "numbers are not compared as text");
    let when = value(&entry, "whenChanged").unwrap();
    assert_eq!(when.len(), 17);
    let without_fraction = format!("(&(whenChanged>={}Z)(whenChanged<={when})(sn=Steiner))", &when[..14]);
    assert_eq!(found(&mut ldap, &without_fraction).await, ["Walter Steiner"]);

    let guid = octets(&entry, "objectGUID");
    let escaped: String = guid.iter().map(|octet| format!("\\{octet:02x}")).collect();
    assert_eq!(found(&mut ldap, &format!("(objectGUID={escaped})")).await, ["Walter Steiner"]);
    let known = server.directory().read(|d| d.find(&dn)).unwrap();
    assert_eq!(known.octets()[..], guid[..]);
    assert_eq!(read(&mut ldap, &known.as_name(), &["distinguishedName"]).await.attrs["distinguishedName"], [dn.as_str()]);
    assert_eq!(read(&mut ldap, &format!("<guid={}>", hex::encode(&guid)), &["1.1"]).await.dn, dn);
    let sid = octets(&entry, "objectSid");
    assert_eq!((sid.len(), sid[0], sid[1]), (28, 1, 5));
    // Mixed-endian: the text's first field is the octets' first four, turned round.
    let text = known.to_string();
    assert_eq!(text[..8], hex::encode([guid[3], guid[2], guid[1], guid[0]]));
    assert_eq!(text.replace('-', "")[16..], hex::encode(&guid[8..]));
}

#[tokio::test]
async fn scopes_and_missing_bases() {
    let (_server, mut ldap) = sample_and_client().await;
    let all = "(objectClass=*)";
    let count = async |ldap: &mut ldap3::Ldap, base: &str, scope| search(ldap, base, scope, all, &["1.1"]).await.0.len();
    assert_eq!(count(&mut ldap, PEOPLE, Scope::Base).await, 1);
    assert_eq!(count(&mut ldap, PEOPLE, Scope::OneLevel).await, 4);
    assert_eq!(count(&mut ldap, PEOPLE, Scope::Subtree).await, 65);
    assert_eq!(count(&mut ldap, "ou=people , dc=Canal,dc=example", Scope::OneLevel).await, 4);
    // The configuration is another partition, though its name is below the domain's.
    assert!(found(&mut ldap, "(cn=NTDS Settings)").await.is_empty());
    assert_eq!(count(&mut ldap, "CN=Configuration,DC=canal,DC=example", Scope::Subtree).await, 6);

    let (_, missing) = search(&mut ldap, &format!("CN=X,OU=Nowhere,{PEOPLE}"), Scope::Subtree, all, &[]).await;
    assert_eq!((missing.rc, missing.matched.as_str()), (32, PEOPLE));
    assert!(missing.text.contains("NO_OBJECT"), "{}", missing.text);
    assert_eq!(search(&mut ldap, "DC=elsewhere", Scope::Base, all, &[]).await.1.rc, 32);
    assert_eq!(search(&mut ldap, "", Scope::Subtree, all, &[]).await.1.rc, 32);
    assert_eq!(search(&mut ldap, "this is no name", Scope::Base, all, &[]).await.1.rc, 34);
}

#[tokio::test]
async fn attributes_are_selected() {
    let (_server, mut ldap) = sample_and_client().await;
    let dn = format!("CN=Mei Lin,OU=Engineering,{PEOPLE}");
    let all = read(&mut ldap, &dn, &[]).await;
    for attribute in [
        "cn",
        "sn",
        "givenName",
        "displayName",
        "mail",
        "userPrincipalName",
        "sAMAccountName",
        "department",
        "title",
        "telephoneNumber",
        "employeeNumber",
        "manager",
        "memberOf",
        "primaryGroupID",
        "userAccountControl",
        "uSNChanged",
        "uSNCreated",
        "whenCreated",
        "whenChanged",
        "objectCategory",
        "distinguishedName",
        "name",
    ] {
        assert!(all.attrs.contains_key(attribute), "{attribute}: {:?}", names(&all.attrs));
    }
    assert!(!all.attrs.contains_key("canonicalName"));
    let mut classes = all.attrs["objectClass"].clone();
    classes.sort();
    assert_eq!(classes, ["organizationalPerson", "person", "top", "user"]);
    assert_eq!(all.attrs["memberOf"], ["CN=Data Platform,OU=Groups,DC=canal,DC=example"]);
    assert_eq!(all.attrs["manager"], ["CN=Priya Raghunathan,OU=Engineering,OU=People,DC=canal,DC=example"]);

    assert_eq!(names(&read(&mut ldap, &dn, &["MAIL", "samaccountname", "noSuch"]).await.attrs), ["mail", "sAMAccountName"]);
    assert_eq!(read(&mut ldap, &dn, &["1.1"]).await.attrs.len(), 0);
    assert_eq!(read(&mut ldap, &dn, &["canonicalName"]).await.attrs["canonicalName"], ["canal.example/People/Engineering/Mei Lin"]);
    let both = read(&mut ldap, &dn, &["*", "+"]).await;
    assert!(both.attrs.contains_key("canonicalName") && both.attrs.contains_key("mail") && both.attrs.contains_key("modifyTimeStamp"));
    assert_eq!(names(&read(&mut ldap, &dn, &["+"]).await.attrs), ["canonicalName", "createTimeStamp", "modifyTimeStamp"]);

    ldap.with_search_options(ldap3::SearchOptions::new().typesonly(true));
    let types = read(&mut ldap, &dn, &["mail", "cn"]).await;
    assert_eq!(types.attrs, [("mail", vec![]), ("cn", vec![])].map(|(n, v): (&str, Vec<String>)| (n.to_owned(), v)).into());
}

#[tokio::test]
async fn names_are_escaped_on_the_wire_and_understood_in_any_spelling() {
    let (_server, mut ldap) = sample_and_client().await;
    let spelled = r"CN=Nwosu\, Adaeze,OU=Operations,OU=People,DC=canal,DC=example";
    for name in [
        spelled,
        r"cn=nwosu\2c adaeze,ou=operations,ou=people,dc=canal,dc=example",
        r#"CN="Nwosu, Adaeze", OU=Operations, OU=People, DC=canal, DC=example"#,
    ] {
        let entry = read(&mut ldap, name, &["cn", "name"]).await;
        assert_eq!(entry.dn, spelled);
        assert_eq!((&entry.attrs["cn"][0], &entry.attrs["name"][0]), (&"Nwosu, Adaeze".to_owned(), &"Nwosu, Adaeze".to_owned()));
    }
    let report = read(&mut ldap, "CN=Grace Mbeki,OU=Operations,OU=People,DC=canal,DC=example", &["manager"]).await;
    assert_eq!(report.attrs["manager"], [spelled]);
}
