//! The sample company: Canal Works, which keeps locks and bridges running. Small enough to know by heart, and with one of each
//! thing that makes real directories hard.

use domain::text::dn;

use super::account::filetime;
use super::change::NewPerson;
use super::error::DirectoryError;
use super::model::Directory;

/// The sample company: 60 people in four departments, 8 groups, one service account and one computer.
///
/// In scope are the direct and nested members of [`Directory::users_group_dn`]. On purpose there are: three disabled accounts
/// (two in scope), four people outside the scope who cannot sign on for other reasons, one person in scope without a mail address, names with a comma and with quotation marks, names outside ASCII,
/// six people outside the scope of whom one is a member of a provisioned group, a group in a group, and two groups that contain each
/// other. The seed decides GUIDs, passwords and nothing else.
pub fn sample(seed: u64) -> Directory {
    let mut directory = Directory::new(seed);
    fill(&mut directory).expect("the sample's names are valid and distinct");
    directory
}

impl Directory {
    /// Makes everything as it is in a new sample, as a change of today: every entry counts as changed, sequence numbers go on, and
    /// whoever is made from now on is none of those who were there before.
    pub fn return_to_sample(&mut self) {
        let mut fresh = sample(self.seed);
        fresh.clock = self.clock.take();
        fresh.made = fresh.made.max(self.made);
        fresh.usn = fresh.usn.max(self.usn);
        for id in fresh.ids().collect::<Vec<_>>() {
            fresh.touch(id);
        }
        *self = fresh;
    }
}

/// Department, its unit, head and people. Heads report to the first person of the first department.
const DEPARTMENTS: [(&str, &[Person]); 4] =
    [("Direction", DIRECTION), ("Operations", OPERATIONS), ("Engineering", ENGINEERING), ("Finance", FINANCE)];

/// Given name, family name, login, title. The login is also the mail address's local part.
type Person = (&'static str, &'static str, &'static str, &'static str);

const DIRECTION: &[Person] = &[
    ("Marguerite", "Lefèvre", "marguerite.lefevre", "Managing Director"),
    ("Tobias", "Okafor", "tobias.okafor", "Chief of Staff"),
    ("Ingrid", "Sørensen", "ingrid.sorensen", "General Counsel"),
    ("Hiroshi", "Tanaka", "hiroshi.tanaka", "Head of Communications"),
    ("Thomas", "Beckett", "tom.beckett", "Assistant to the Director"),
    ("Lucía", "Fernández Ortiz", "lucia.fernandez", "Head of People"),
];

const OPERATIONS: &[Person] = &[
    ("Adaeze", "Nwosu", "adaeze.nwosu", "Head of Operations"),
    ("Pieter", "van der Berg", "pieter.vandenberg", "Lock Keeper"),
    ("Agnieszka", "Wójcik", "agnieszka.wojcik", "Lock Keeper"),
    ("Samuel", "Adeyemi", "samuel.adeyemi", "Bridge Operator"),
    ("Zoë", "Brönnimann", "zoe.broennimann", "Bridge Operator"),
    ("Fatima", "El Amrani", "fatima.elamrani", "Traffic Planner"),
    ("Callum", "MacLeod", "callum.macleod", "Dredging Supervisor"),
    ("Nguyễn", "Thị Hạnh", "hanh.nguyen", "Traffic Planner"),
    ("Dmitri", "Sokolov", "dmitri.sokolov", "Pump Technician"),
    ("Grace", "Mbeki", "grace.mbeki", "Lock Keeper"),
    ("Óscar", "Ibáñez", "oscar.ibanez", "Bridge Operator"),
    ("Leila", "Haddad", "leila.haddad", "Shift Planner"),
    ("Jan", "Novák", "jan.novak", "Pump Technician"),
    ("Siobhán", "O'Connor", "siobhan.oconnor", "Shift Planner"),
    ("Mehmet", "Yıldız", "mehmet.yildiz", "Lock Keeper"),
    ("Ana", "Souza Lima", "ana.souzalima", "Dredging Technician"),
    ("Erik", "Lindqvist", "erik.lindqvist", "Safety Officer"),
    ("Rosa", "Delgado", "rosa.delgado", "Lock Keeper"),
    ("Walter", "Steiner", "walter.steiner", "Archivist"),
    ("Chidi", "Eze", "chidi.eze", "Bridge Operator"),
    ("Kalani", "Akana", "kalani.akana", "Seasonal Lock Keeper"),
    ("Marta", "Kowalczyk", "marta.kowalczyk", "Seasonal Lock Keeper"),
];

const ENGINEERING: &[Person] = &[
    ("Priya", "Raghunathan", "priya.raghunathan", "Head of Engineering"),
    ("Jonas", "Weiß", "jonas.weiss", "Platform Engineer"),
    ("Mei", "Lin", "mei.lin", "Data Engineer"),
    ("Aleksandr", "Ivanov", "aleksandr.ivanov", "Platform Engineer"),
    ("Élodie", "Garnier", "elodie.garnier", "Software Engineer"),
    ("Kwame", "Boateng", "kwame.boateng", "Software Engineer"),
    ("Sanna", "Virtanen", "sanna.virtanen", "Data Scientist"),
    ("Diego", "Muñoz", "diego.munoz", "Site Reliability Engineer"),
    ("Yuki", "Yamamoto", "yuki.yamamoto", "Software Engineer"),
    ("Noor", "Rahman", "noor.rahman", "Security Engineer"),
    ("Łukasz", "Żak", "lukasz.zak", "Site Reliability Engineer"),
    ("Hannah", "Goldberg", "hannah.goldberg", "Product Manager"),
    ("Ruben", "Petrosyan", "ruben.petrosyan", "Control Systems Engineer"),
    ("Ελένη", "Παπαδοπούλου", "eleni.papadopoulou", "Control Systems Engineer"),
    ("Minh", "Trần", "minh.tran", "Data Engineer"),
    ("Olivia", "Chen", "olivia.chen", "Software Engineer"),
    ("Björn", "Ásgeirsson", "bjorn.asgeirsson", "Network Engineer"),
    ("Amara", "Diallo", "amara.diallo", "Quality Engineer"),
    ("Isaac", "Cohen", "isaac.cohen", "Software Engineer"),
    ("Tamsin", "Pendragon", "tamsin.pendragon", "Contractor"),
];

const FINANCE: &[Person] = &[
    ("Beatriz", "Carvalho", "beatriz.carvalho", "Head of Finance"),
    ("Victor", "Dubois", "victor.dubois", "Controller"),
    ("Anjali", "Mehta", "anjali.mehta", "Cloud Cost Analyst"),
    ("Gábor", "Szabó", "gabor.szabo", "Accountant"),
    ("Naomi", "Clarke", "naomi.clarke", "Accountant"),
    ("Stefan", "Popescu", "stefan.popescu", "Buyer"),
    ("Aoife", "Byrne", "aoife.byrne", "Internal Auditor"),
    ("Rashid", "Karimov", "rashid.karimov", "Payroll Officer"),
    ("Claire", "Fontaine", "claire.fontaine", "Accountant"),
    ("Emmanuel", "Osei", "emmanuel.osei", "Internal Auditor"),
    ("Judith", "Abrahams", "judith.abrahams", "Payroll Officer"),
    ("Petra", "Hoffmann", "petra.hoffmann", "Buyer"),
];

/// Common names that need escapes in a distinguished name.
const CALLED: [(&str, &str); 3] =
    [("tobias.okafor", "Okafor, Tobias"), ("tom.beckett", "Thomas \"Tom\" Beckett"), ("adaeze.nwosu", "Nwosu, Adaeze")];
/// The first is out of scope, too.
const DISABLED: [&str; 3] = ["kalani.akana", "walter.steiner", "claire.fontaine"];
/// Attributes that keep people from signing on, all of them out of scope: an expired account, a locked one, a password that must be
/// changed, and one that is too old. The times are before any at which a sandbox runs.
const HINDERED: [(&str, &str, i64); 4] = [
    ("marta.kowalczyk", "accountExpires", SPRING_2024),
    ("tamsin.pendragon", "lockoutTime", SPRING_2024),
    ("petra.hoffmann", "pwdLastSet", NEVER),
    ("judith.abrahams", "pwdLastSet", SPRING_2024),
];
/// 2024-04-01 00:00 UTC.
const SPRING_2024: i64 = 1_711_929_600;
const NEVER: i64 = i64::MIN;
const WITHOUT_MAIL: [&str; 1] = ["dmitri.sokolov"];
const OUT_OF_SCOPE: [&str; 6] = ["kalani.akana", "marta.kowalczyk", "tamsin.pendragon", "judith.abrahams", "petra.hoffmann", "grace.mbeki"];
/// In scope only because their group is a member of the group of users.
const BY_NESTING: [&str; 5] = ["mei.lin", "sanna.virtanen", "minh.tran", "diego.munoz", "lukasz.zak"];

const ADMINISTRATORS: &str = "Cloud Administrators";
const DEVELOPERS: &str = "Cloud Developers";
const BILLING: &str = "Cloud Billing";
const AUDITORS: &str = "Auditors, Read Only";
const DATA: &str = "Data Platform";
const RELIABILITY: &str = "Site Reliability";

/// The groups to provision and their direct members that are people.
const GROUPS: [(&str, &str, &[&str]); 6] = [
    (ADMINISTRATORS, "May do everything in every account", &["priya.raghunathan", "noor.rahman", "jonas.weiss"]),
    (
        DEVELOPERS,
        "Build and run the lock control software",
        &[
            "elodie.garnier",
            "kwame.boateng",
            "yuki.yamamoto",
            "olivia.chen",
            "isaac.cohen",
            "ruben.petrosyan",
            "eleni.papadopoulou",
            "amara.diallo",
            "aleksandr.ivanov",
            "tamsin.pendragon",
        ],
    ),
    (BILLING, "See invoices and budgets", &["beatriz.carvalho", "victor.dubois", "anjali.mehta"]),
    (AUDITORS, "Look, but touch nothing", &["aoife.byrne", "emmanuel.osei", "ingrid.sorensen", "claire.fontaine"]),
    (DATA, "Water level and traffic data", &["mei.lin", "sanna.virtanen", "minh.tran"]),
    (RELIABILITY, "On call for everything", &["diego.munoz", "lukasz.zak", "jonas.weiss"]),
];

fn fill(directory: &mut Directory) -> Result<(), DirectoryError> {
    let (base, people, groups) = (directory.base_dn(), directory.people_unit(), directory.groups_unit());
    let (users_group, groups_group) = (directory.users_group_dn(), directory.groups_group_dn());
    let password = directory.person_password().to_owned();
    let mut number = 1000;
    let mut director: Option<String> = None;
    for (department, staff) in DEPARTMENTS {
        directory.add_unit(&people, department)?;
        let unit = format!("OU={department},{people}");
        let mut head: Option<String> = None;
        for (given, family, login, title) in staff.iter().copied() {
            number += 7;
            let mut person = NewPerson::new(given, family, login)
                .with("userPrincipalName", &format!("{login}@canal.example"))
                .with("title", title)
                .with("department", department)
                .with("company", "Canal Works")
                .with("employeeNumber", &number.to_string())
                .with("telephoneNumber", &format!("+31 20 555 {number}"))
                .with("l", "Amsterdam")
                .with("co", "Netherlands")
                .with("c", "NL")
                .password(&password);
            if let Some((_, name)) = CALLED.iter().find(|(who, _)| *who == login) {
                person = person.called(name);
            }
            if !WITHOUT_MAIL.contains(&login) {
                person = person.with("mail", &format!("{login}@canal.example"));
            }
            let name = directory.add_person(&unit, person)?.as_name();
            if let Some(manager) = head.as_ref().or(director.as_ref()) {
                directory.set(&name, "manager", &[manager])?;
            }
            head.get_or_insert_with(|| name.clone());
            director.get_or_insert_with(|| name.clone());
            if DISABLED.contains(&login) {
                directory.disable(&name)?;
            }
            for (_, attribute, at) in HINDERED.iter().filter(|(who, ..)| *who == login) {
                let value = if *at == NEVER { "0".to_owned() } else { filetime(*at) };
                directory.set(&name, attribute, &[&value])?;
            }
            if !OUT_OF_SCOPE.contains(&login) && !BY_NESTING.contains(&login) {
                directory.add_member(&users_group, &name)?;
            }
        }
    }
    directory.set(&users_group, "description", &["Everyone with access to AWS"])?;
    directory.set(&groups_group, "description", &["The groups that exist in AWS"])?;
    for (name, description, members) in GROUPS {
        let group = directory.add_group(&groups, name)?.as_name();
        directory.set(&group, "description", &[description])?;
        directory.add_member(&groups_group, &group)?;
        for login in members {
            let person = person(directory, login);
            directory.add_member(&group, &person)?;
        }
    }
    let named = |name: &str| format!("CN={},{groups}", dn::escape(name));
    // One level of nesting, and a circle.
    directory.add_member(&named(DEVELOPERS), &named(DATA))?;
    directory.add_member(&named(DATA), &named(RELIABILITY))?;
    directory.add_member(&named(RELIABILITY), &named(DATA))?;
    directory.add_member(&users_group, &named(DATA))?;
    directory.add_computer(&format!("CN=Computers,{base}"), "LOCK-07")?;
    Ok(())
}

/// The name of a person of this file; an unknown login is a mistake that the first test finds.
fn person(directory: &Directory, login: &str) -> String {
    let id = directory.login_of(login).expect("the sample's members are among its people");
    directory.at(id).guid.as_name()
}
