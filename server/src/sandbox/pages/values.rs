//! The values to paste: everything that the wizards ask for, with the step of the guide that asks.

use super::Counterparts;
use super::pieces::{fact, go, href, panel};
use app::views::Tone;
use app::views::sandbox::{Fact, Part, SandboxPage};

/// The page.
pub fn page(at: &Counterparts) -> SandboxPage {
    let copy = |label: &str, value: String, note: &str| Fact { note: note.to_owned(), copy: true, ..fact(label, value) };
    let read = |label: &str, value: &str, note: &str| Fact { note: note.to_owned(), ..fact(label, value) };
    let (directory, location, sign_on) = at.directory.read(|d| {
        let someone = d.people().find(|person| !person.is_disabled() && person.value("mail").is_some());
        (
            vec![
                copy("Hostname(s)", at.ldap.to_string(), "LDAP Configuration, step 1.4"),
                read("Security", "None (plain text)", "It never leaves this machine."),
                read("LDAP Type", "Active Directory", "LDAP Configuration"),
                copy("User DN", d.bind_dn(), "LDAP Configuration, step 1.5"),
                copy("Password", d.bind_password(), "LDAP Configuration, step 1.5"),
            ],
            vec![
                copy("Base DN", d.base_dn(), "Source Location, step 7.14"),
                copy("Group DN of the users", d.users_group_dn(), "Source Location, step 7.15; tick Nested Search"),
                copy("Group DN of the groups", d.groups_group_dn(), "Source Location, step 7.15; tick Nested Search"),
                read("userName", "mail", "Attribute Mapping, step 7.16"),
            ],
            vec![
                copy("Search Base", d.people_unit(), "Password Credential Validator, step 2.6"),
                copy("Search Filter", "mail=${username}".to_owned(), "Password Credential Validator, step 2.7"),
                copy(
                    "Username",
                    someone.and_then(|person| person.value("mail")).unwrap_or_default(),
                    "Any other mail address of the company works as well.",
                ),
                copy("Password", d.person_password().to_owned(), "The same for everybody."),
            ],
        )
    });
    let target = match at.aws.tenant().is_empty() {
        true => vec![Part::Alert(
            Tone::Warning,
            "Automatic provisioning is not enabled in the emulated AWS, so there is no endpoint. Enable it in its settings.".to_owned(),
        )],
        false => {
            let token = at.scim_token().expose().to_owned();
            let mut facts = vec![copy("SCIM endpoint", at.scim_url(), "Target, step 7.9")];
            match token.is_empty() {
                true => facts.push(read("Access token", "None", "Every token was deleted. Make another one in the emulated AWS.")),
                false => facts.push(copy("Access token", token, "Target, step 7.9")),
            }
            vec![Part::Facts(facts)]
        }
    };
    let mut sign_on = sign_on;
    sign_on
        .insert(0, copy("AWS access portal URL", at.aws.portal_url().unwrap_or_default(), "Where people sign in, the guide’s next step."));
    SandboxPage {
        title: "Values to paste".to_owned(),
        sentence: "What the wizards ask for, and where. These secrets open nothing but this sandbox.".to_owned(),
        actions: vec![go("Open the AWS console", href("aws"))],
        parts: vec![
            panel("directory", "The directory", "System > Data Stores > Add New Data Store.", vec![Part::Facts(directory)]),
            panel("target", "The service", "Applications > SP Connections > Configure Provisioning.", target),
            panel("location", "Who is provisioned", "The channel of the SP Connection.", vec![Part::Facts(location)]),
            panel(
                "sign-on",
                "Signing on as somebody",
                "Where, what a validator searches by, and what the people of the company sign on with.",
                vec![Part::Facts(sign_on)],
            ),
        ],
        ..SandboxPage::default()
    }
}
