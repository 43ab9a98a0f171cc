//! Directories of any size for tests of scale.

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::change::NewPerson;
use super::model::Directory;

const GIVEN: [&str; 24] = [
    "Amina",
    "Björn",
    "Carlos",
    "Dörte",
    "Emeka",
    "Farah",
    "Giulia",
    "Henrik",
    "Ines",
    "Joon",
    "Katarzyna",
    "Liam",
    "Maëlle",
    "Nikos",
    "Olga",
    "Paweł",
    "Quentin",
    "Ravi",
    "Siân",
    "Tariq",
    "Uma",
    "Victoria",
    "Wei",
    "Yusuf",
];
const FAMILY: [&str; 24] = [
    "Andersen",
    "Bianchi",
    "Castro",
    "Dlamini",
    "Eriksson",
    "Fischer",
    "García",
    "Hughes",
    "Ivanova",
    "Jansen",
    "Kim",
    "López",
    "Müller",
    "Nguyen",
    "Okonkwo",
    "Patel",
    "Quinn",
    "Rossi",
    "Silva",
    "Takahashi",
    "Ueda",
    "Virtanen",
    "Wójcik",
    "Zhang",
];
const DEPARTMENTS: [&str; 6] = ["Customer Care", "Engineering", "Finance", "Human Resources", "Operations", "Sales"];
const TITLES: [&str; 6] = ["Analyst", "Consultant", "Engineer", "Manager", "Specialist", "Technician"];

/// Mean number of members of a generated group.
const GROUP_SIZE: usize = 40;

impl Directory {
    /// A directory of so many users, all in scope, and so many groups to provision, each with some tens of them. One user in fifty is
    /// disabled; every user has a mail address. Users are `CN=Given Family 000001,OU=People,...` with login and mail of `user000001`,
    /// groups `CN=Group 0001,OU=Groups,...`. The same numbers give the same directory.
    pub fn generated(seed: u64, users: usize, groups: usize) -> Self {
        let mut directory = Self::new(seed);
        let mut random = StdRng::seed_from_u64(seed);
        let shared = |texts: [&str; 6]| texts.map(Arc::<str>::from);
        let (departments, titles) = (shared(DEPARTMENTS), shared(TITLES));
        let password: Arc<str> = directory.person_password().into();
        let (people, groups_unit) = (directory.people_unit(), directory.groups_unit());
        let scope = directory.guid_of(&directory.landmarks.users_group).expect("every directory has its landmarks");
        let listed = directory.guid_of(&directory.landmarks.groups_group).expect("every directory has its landmarks");
        let mut made = Vec::with_capacity(users);
        for number in 1..=users {
            let (given, family) = (GIVEN[random.random_range(0..GIVEN.len())], FAMILY[random.random_range(0..FAMILY.len())]);
            let login = format!("user{number:06}");
            let mail: Arc<str> = format!("{login}@canal.example").into();
            let person = NewPerson::new(given, family, &login)
                .called(&format!("{given} {family} {number:06}"))
                .with_shared("mail", mail.clone())
                .with_shared("userPrincipalName", mail)
                .with_shared("department", departments[random.random_range(0..6)].clone())
                .with_shared("title", titles[random.random_range(0..6)].clone())
                .with("telephoneNumber", &format!("+31 20 {:07}", random.random_range(0..10_000_000)))
                .password_shared(password.clone());
            let guid = directory.add_person(&people, person).expect("numbered names are distinct");
            let id = directory.guid_of(&guid).expect("it was made just now");
            if number % 50 == 0 {
                directory.store(id, "userAccountControl", ["514".into()]);
            }
            directory.link_member(scope, id);
            made.push(id);
        }
        for number in 1..=groups {
            let guid = directory.add_group(&groups_unit, &format!("Group {number:04}")).expect("numbered names are distinct");
            let group = directory.guid_of(&guid).expect("it was made just now");
            directory.link_member(listed, group);
            let size = if users == 0 { 0 } else { random.random_range(1..=GROUP_SIZE * 2 - 1).min(users) };
            let first = if users == 0 { 0 } else { random.random_range(0..users) };
            // Neighbours, so that nobody is met twice.
            for step in 0..size {
                directory.link_member(group, made[(first + step) % users]);
            }
        }
        directory.touch(scope);
        directory.touch(listed);
        directory
    }
}
