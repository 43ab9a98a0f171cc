//! Notifications: Events, E-Mail, Webhook. Without a summary, like the other pages of the server.

use crate::form::{Check, FieldSpec, Fields, choices};
use crate::model::notifications::{Email, MailSecurity, Notifications, Webhook};
use crate::problem::Problems;
use crate::secret::Sealed;
use crate::text::{email, host, url};
use crate::wizard::{Catalog, Flow, Tab, no_create, no_delete, no_keys, no_nested};

/// Addresses that one server tells; a list of more belongs on the mail server.
const MOST_RECIPIENTS: usize = 50;

/// The task.
pub const FLOW: Flow<Notifications> = Flow {
    title: |_| "Notifications".into(),
    tabs: &[
        Tab::plain("events", "Events", events_fields, events_read, events_write)
            .intro("What people are told of. Each thing is told once, when it begins.")
            .holds(&["held", "failing", "failing_after_mins", "ending", "over"]),
        Tab::plain("e-mail", "E-Mail", email_fields, email_read, email_write)
            .intro("The mail server that takes messages from here, and who gets them.")
            .actions(&[("test", "Send Test Message")])
            .holds(&["email"]),
        Tab::plain("webhook", "Webhook", webhook_fields, webhook_read, webhook_write)
            .intro("A service that is called with what happened, as JSON, signed so that it can tell who calls.")
            .actions(&[("test", "Send Test Call")])
            .holds(&["webhook"]),
    ],
    nested: no_nested,
    keys: no_keys,
    create: no_create,
    delete: no_delete,
};

fn events_fields(settings: &Notifications, _: &Catalog) -> Vec<FieldSpec> {
    let nobody = if settings.ways().is_empty() { "Nobody is told yet: turn on E-Mail or Webhook on the next tabs." } else { "" };
    vec![
        FieldSpec::checkbox("held", "Removals are held")
            .warning(nobody)
            .help("A guard holds removals of a channel until a person decides."),
        FieldSpec::checkbox("failing", "A channel is failing").help(
            "Directory or service cannot be reached, refuse, or objects could not be written; or this machine keeps it from working.",
        ),
        FieldSpec::number("failing_after_mins", "Failing for at least", "minutes", 0, 1440)
            .required()
            .help("What passes by itself before that is not told."),
        FieldSpec::checkbox("ending", "Something is near its end")
            .help("An access token, a signing key's certificate or a trusted CA, when the console begins to warn of it."),
        FieldSpec::checkbox("over", "It is over").help("Tell too when what was told is over."),
    ]
}

fn events_read(settings: &Notifications) -> Fields {
    Fields::new()
        .with_check("held", settings.held)
        .with_check("failing", settings.failing)
        .with("failing_after_mins", settings.failing_after_mins.to_string())
        .with_check("ending", settings.ending)
        .with_check("over", settings.over)
}

fn events_write(settings: &mut Notifications, fields: &Fields, _: &Catalog) -> Problems {
    settings.held = fields.is_checked("held");
    settings.failing = fields.is_checked("failing");
    settings.failing_after_mins = fields.number("failing_after_mins", settings.failing_after_mins);
    settings.ending = fields.is_checked("ending");
    settings.over = fields.is_checked("over");
    Problems::none()
}

fn email_fields(settings: &Notifications, _: &Catalog) -> Vec<FieldSpec> {
    let mail = &settings.email;
    let on = mail.enabled;
    let plain = if on && mail.security == MailSecurity::None && mail.host != "localhost" {
        "Messages, and the password if there is one, cross the network in clear text."
    } else {
        ""
    };
    vec![
        FieldSpec::checkbox("enabled", "Send e-mail"),
        FieldSpec::text("host", "Mail Server").required_if(on).checked(Check::Text(255)).help("Host name or address, without a port."),
        FieldSpec::radio("security", "Connection Security", choices(MailSecurity::ALL, MailSecurity::id, MailSecurity::label))
            .required()
            .warning(plain),
        FieldSpec::number("port", "Port", "", 1, 65_535).help("Left empty: 587 with StartTLS, 465 with TLS, 25 without either."),
        FieldSpec::text("username", "Username").checked(Check::Text(255)).section("Account").help("Left empty, nobody signs on there."),
        FieldSpec::secret("password", "Password", mail.password.is_some()).required_if(!mail.username.is_empty()).section("Account"),
        FieldSpec::text("from", "From").required_if(on).checked(Check::Text(320)).section("Message").help("Sender's address."),
        FieldSpec::area("to", "To", 3, Check::Text(16_384))
            .required_if(on)
            .section("Message")
            .help("Addresses of those who are told, one a line."),
        FieldSpec::area("trusted_ca", "Trusted CA", 4, Check::Pem)
            .section("Advanced")
            .advanced()
            .help("If the mail server's certificate was issued by a private authority, paste that authority's certificate (PEM)."),
    ]
}

fn email_read(settings: &Notifications) -> Fields {
    let mail = &settings.email;
    Fields::new()
        .with_check("enabled", mail.enabled)
        .with("host", &mail.host)
        .with("security", mail.security.id())
        .with("port", mail.port.map_or_else(String::new, |port| port.to_string()))
        .with("username", &mail.username)
        .with("from", &mail.from)
        .with("to", mail.to.join("\n"))
        .with("trusted_ca", &mail.trusted_ca)
}

fn email_write(settings: &mut Notifications, fields: &Fields, _: &Catalog) -> Problems {
    let mut problems = Problems::none();
    let previous = settings.email.clone();
    let to = fields.get("to").split(['\n', ',', ';']).map(str::trim).filter(|address| !address.is_empty());
    let mail = Email {
        enabled: fields.is_checked("enabled"),
        host: fields.text("host"),
        port: fields.text("port").parse().ok(),
        security: MailSecurity::of(fields.get("security")).unwrap_or(previous.security),
        username: fields.text("username"),
        password: previous.password,
        from: fields.text("from"),
        to: to.map(str::to_owned).collect(),
        trusted_ca: fields.get("trusted_ca").trim().replace("\r\n", "\n"),
    };
    settings.email =
        Email { password: kept(mail.password.clone(), "password", fields.get("password"), mail.place(), &mut problems), ..mail };
    let mail = &mut settings.email;
    if mail.username.is_empty() {
        mail.password = None;
    }
    if !mail.host.is_empty() && !host::HostPort::parse(&mail.host).is_ok_and(|host| host.port.is_none()) {
        problems.add("host", "Enter one host name or address, such as mail.example.com; the port has a field of its own.");
    }
    if !mail.from.is_empty() && !email::is_email(&mail.from) {
        problems.add("from", "This is not an e-mail address. Enter it like towpath@example.com, without a name.");
    }
    if let Some(wrong) = mail.to.iter().find(|address| !email::is_email(address)) {
        problems.add("to", format!("‘{wrong}’ is not an e-mail address. Enter addresses like ops@example.com, one a line."));
    }
    if mail.to.len() > MOST_RECIPIENTS {
        problems.add("to", format!("These are more than {MOST_RECIPIENTS} addresses. Use the address of a list on your mail server."));
    }
    problems
}

fn webhook_fields(settings: &Notifications, _: &Catalog) -> Vec<FieldSpec> {
    let hook = &settings.webhook;
    vec![
        FieldSpec::checkbox("enabled", "Call a service"),
        FieldSpec::text("url", "URL").required_if(hook.enabled).checked(Check::Text(2048)).help("https://, or http:// on this machine."),
        FieldSpec::secret("secret", "Signing Secret", hook.secret.is_some()).required_if(hook.enabled).help(
            "At least 24 characters, known to the service too; or whsec_ and base64. Calls are signed with it as Standard Webhooks says.",
        ),
        FieldSpec::area("trusted_ca", "Trusted CA", 4, Check::Pem)
            .section("Advanced")
            .advanced()
            .help("If the service's certificate was issued by a private authority, paste that authority's certificate (PEM)."),
    ]
}

fn webhook_read(settings: &Notifications) -> Fields {
    let hook = &settings.webhook;
    Fields::new().with_check("enabled", hook.enabled).with("url", &hook.url).with("trusted_ca", &hook.trusted_ca)
}

fn webhook_write(settings: &mut Notifications, fields: &Fields, _: &Catalog) -> Problems {
    let mut problems = Problems::none();
    let url = fields.text("url");
    let secret = kept(settings.webhook.secret.clone(), "secret", fields.get("secret"), url::place(&url), &mut problems);
    if !url.is_empty()
        && let Err(why) = url::check_address(&url)
    {
        problems.add("url", why);
    } else if url::is_clear(&url) {
        problems.add("url", "Use https://: what happened would cross the network in clear text.");
    }
    settings.webhook =
        Webhook { enabled: fields.is_checked("enabled"), url, secret, trusted_ca: fields.get("trusted_ca").trim().replace("\r\n", "\n") };
    problems
}

/// A secret after a post: the one that was typed, or the one that is set as long as it goes to the same place.
fn kept(set: Option<Sealed>, field: &str, typed: &str, place: String, problems: &mut Problems) -> Option<Sealed> {
    if !typed.is_empty() {
        return Some(Sealed { ciphertext: typed.to_owned(), bound_to: place });
    }
    if set.as_ref().is_some_and(|sealed| sealed.bound_to != place) {
        problems.add(field, "Enter it again: where it goes has changed, and what is stored is not sent to another place.");
    }
    set
}
