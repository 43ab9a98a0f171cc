//! Home: how far the guide's steps are done, how channels stand, and what AWS and this server tell each other.

use super::super::words::{count, date};
use super::super::{Ports, as_u32, refuse};
use app::error::AppError;
use app::routes::{Page, Post};
use app::views::guide::{Attention, Exchange, HomeView, StepRow, Warning, Way};
use app::views::{ChannelRow, StateView, Tone};
use domain::actor::Actor;
use service::welcome::{AwsSide, EndingSecret, Welcome};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Channels that are named on Home.
const ATTENTION: usize = 5;

impl Ports {
    pub(super) async fn home_view(&self, actor: &Actor) -> Result<HomeView, AppError> {
        let welcome = self.service.welcome(actor).await.map_err(refuse)?;
        let rows = match welcome.tally.channels {
            0 => Vec::new(),
            _ => app::backend::Channels::list(self, actor).await?,
        };
        let steps = self.steps(&welcome);
        let (to_aws, from_aws) = exchange(&welcome, self.now());
        let tally = &welcome.tally;
        Ok(HomeView {
            is_new: tally.data_stores + tally.pcvs + tally.idp_adapters + tally.connections == 0,
            done: as_u32(steps.iter().filter(|step| step.done).count()),
            steps,
            warnings: welcome.ending.iter().map(|ending| warning(ending, self.now())).collect(),
            standing: standing(&rows),
            channels: as_u32(rows.len()),
            attention: attention(rows),
            to_aws,
            from_aws,
        })
    }

    /// The guide's steps, in its order.
    fn steps(&self, welcome: &Welcome) -> Vec<StepRow> {
        let tally = &welcome.tally;
        let aws = welcome.aws.as_ref().map(|aws| &aws.connection);
        let has_target = aws.is_some_and(|c| !c.provisioning.target.url().is_empty() && !c.provisioning.target.secrets.is_empty());
        let has_endpoint = has_target || tally.channels > 0;
        let part = |text: &str, done: bool| (text.to_owned(), done);
        let sandbox = self.is_sandbox.then(|| link("AWS console of this sandbox", Page::Sandbox("aws").href()));
        let connect = |id: &domain::id::ConnectionId| post("Edit SP Connection", Post::EditSpConnection(id.clone()).action());
        vec![
            StepRow {
                title: "Connect your directory".to_owned(),
                text: "System > Data Stores: the address of Active Directory or another LDAP server, and an account that may read it.".to_owned(),
                done: tally.data_stores > 0,
                parts: Vec::new(),
                ways: ways(tally.data_stores > 0, post("Add New Data Store", Post::NewDataStore.action()), link("Data Stores", Page::DataStores.href())),
            },
            StepRow {
                title: "Create a Password Credential Validator".to_owned(),
                text: "System > Password Credential Validators: where the person who signs on is found in that directory, so that the directory can check the password.".to_owned(),
                done: tally.pcvs > 0,
                parts: Vec::new(),
                ways: ways(tally.pcvs > 0, post("Create Validator", Post::NewPcv.action()), link("Password Credential Validators", Page::Pcvs.href())),
            },
            StepRow {
                title: "Create an HTML Form IdP Adapter".to_owned(),
                text: "Authentication > IdP Adapters: the form on which people sign on, with the validator behind it.".to_owned(),
                done: tally.idp_adapters > 0,
                parts: Vec::new(),
                ways: ways(tally.idp_adapters > 0, post("Create Adapter", Post::NewIdpAdapter.action()), link("IdP Adapters", Page::IdpAdapters.href())),
            },
            StepRow {
                title: "Turn on the provisioner".to_owned(),
                text: match welcome.provisions {
                    true => "The connector for AWS IAM Identity Center is part of Towpath: nothing to download, nothing to restart.",
                    false => "Start the server with provisioner.mode STANDALONE (--provisioner-mode STANDALONE, or in towpath.toml). The connector for AWS is part of Towpath.",
                }
                .to_owned(),
                done: welcome.provisions,
                parts: vec![part("Connector for AWS IAM Identity Center", true), part("provisioner.mode is STANDALONE", welcome.provisions)],
                ways: vec![
                    link("Resource Downloads (Connectors)", Page::Connectors.href()),
                    link("Protocol Settings", Page::ProtocolSettings.href()),
                ],
            },
            StepRow {
                title: "Export the SAML metadata".to_owned(),
                text: "System > Metadata Export: a file that says to AWS who this identity provider is. It holds the certificate of a key made under Security.".to_owned(),
                done: welcome.has_metadata,
                parts: vec![part("A signing key", tally.signing_keys > 0), part("Metadata exported and saved", welcome.has_metadata)],
                ways: match (welcome.has_metadata, tally.signing_keys > 0) {
                    (true, _) => vec![link("Metadata Export", Page::MetadataExport.href())],
                    (false, true) => vec![post("Export Metadata", Post::EditMetadataExport.action())],
                    (false, false) => vec![
                        post("Create Certificate", Post::NewSigningKey.action()),
                        post("Export Metadata", Post::EditMetadataExport.action()),
                    ],
                },
            },
            StepRow {
                title: "Turn on provisioning in AWS".to_owned(),
                text: "In the console of IAM Identity Center, Settings: as identity source choose an external identity provider and give it the metadata of step 5, download AWS's own metadata, then enable automatic provisioning and copy the SCIM endpoint and the access token. This ticks itself when both are in a connection.".to_owned(),
                done: has_endpoint,
                parts: Vec::new(),
                ways: sandbox.into_iter().collect(),
            },
            StepRow {
                title: "Create the SP Connection".to_owned(),
                text: "Applications > SP Connections, with the template AWS SSO Cloud Connector. Its channel says who is provisioned; in its Attribute Mapping userName is usually mail.".to_owned(),
                done: tally.active_channels > 0,
                parts: vec![
                    part("A connection from a template", tally.connections > 0),
                    part("SCIM endpoint and access token", has_endpoint),
                    part("A channel", tally.channels > 0),
                    part("The channel is active, its connection enabled", tally.active_channels > 0),
                    part("People and groups have arrived", tally.provisioned > 0),
                ],
                ways: match aws {
                    Some(connection) if tally.active_channels == 0 => vec![connect(&connection.id)],
                    _ => ways(
                        tally.connections > 0,
                        post("Create Connection", Post::NewSpConnection.action()),
                        link("SP Connections", Page::SpConnections.href()),
                    ),
                },
            },
        ]
    }
}

fn link(label: &str, to: String) -> Way {
    Way { label: label.to_owned(), to, posts: false }
}

fn post(label: &str, to: String) -> Way {
    Way { label: label.to_owned(), to, posts: true }
}

/// To make the first, or to look at those there are.
fn ways(done: bool, make: Way, look: Way) -> Vec<Way> {
    vec![if done { look } else { make }]
}

/// How many channels are in which state; what wants to be looked at first.
fn standing(rows: &[ChannelRow]) -> Vec<(u32, StateView)> {
    let mut found: Vec<(u32, StateView)> = Vec::new();
    for row in rows {
        match found.iter_mut().find(|(_, state)| state.label == row.state.label && state.tone == row.state.tone) {
            Some((n, _)) => *n += 1,
            None => found.push((1, StateView { sentence: String::new(), ..row.state.clone() })),
        }
    }
    found.sort_by_key(|(_, state)| urgency(state.tone));
    found
}

fn attention(rows: Vec<ChannelRow>) -> Vec<Attention> {
    let mut rows: Vec<_> = rows.into_iter().filter(|row| urgency(row.state.tone) < 2).collect();
    rows.sort_by_key(|row| urgency(row.state.tone));
    rows.into_iter().take(ATTENTION).map(|row| Attention { id: row.id, name: row.name, state: row.state }).collect()
}

/// What wants to be looked at comes first.
pub(in crate::ports) fn urgency(tone: Tone) -> u8 {
    match tone {
        Tone::Bad => 0,
        Tone::Warning => 1,
        Tone::Busy => 2,
        Tone::Good => 3,
        Tone::Quiet => 4,
    }
}

fn warning(ending: &EndingSecret, now: i64) -> Warning {
    let EndingSecret { connection, connection_name, label, set_at, ends_at } = ending;
    let age = ago(now - set_at);
    let (tone, end) = match ends_at - now {
        left if left <= 0 => (Tone::Bad, format!("by its age it ended on {}, and AWS refuses what has ended", date(*ends_at))),
        left => (Tone::Warning, format!("it ends about {}, in {}", date(*ends_at), count(days(left), "day", "days"))),
    };
    Warning {
        tone,
        text: format!(
            "The {label} of ‘{connection_name}’ was entered {age}: {end}. Make a second one at the service, enter it here, test the \
             connection, save, and delete the old one there."
        ),
        way: post("Edit SP Connection", Post::EditSpConnection(connection.clone()).action()),
    }
}

/// How many days ago.
fn ago(ms: i64) -> String {
    match days(ms) {
        0 => "today".to_owned(),
        n => format!("{} ago", count(n, "day", "days")),
    }
}

fn days(ms: i64) -> u32 {
    u32::try_from(ms.max(0) / DAY_MS).unwrap_or(u32::MAX)
}

/// What AWS is told, and what it tells.
fn exchange(welcome: &Welcome, now: i64) -> (Vec<Exchange>, Vec<Exchange>) {
    let row = |label: &str, value: String, note: &str| Exchange { label: label.to_owned(), value, note: note.to_owned() };
    let federation = &welcome.federation;
    let metadata = match welcome.has_metadata {
        true => "The file at this address is what Change identity source > IdP SAML metadata asks for.",
        false => "Nothing is served there until the metadata was exported and saved (step 5).",
    };
    let to = vec![
        row("IdP SAML metadata", if welcome.has_metadata { federation.metadata_url() } else { String::new() }, metadata),
        row("IdP issuer URL", federation.entity_id.clone(), "The SAML 2.0 Entity ID of this server."),
        row("IdP sign-in URL", federation.sso_url(), ""),
    ];
    let aws = welcome.aws.as_ref();
    let connection = aws.map(|aws| &aws.connection);
    let sso = connection.filter(|c| c.browser_sso_profiles || c.metadata.taken.is_some());
    let acs =
        sso.and_then(|c| c.browser_sso.protocol.consumers.iter().find(|acs| acs.is_default).or(c.browser_sso.protocol.consumers.first()));
    let entity = sso.map_or_else(String::new, |c| c.general.entity_id.clone());
    let acs = acs.map_or_else(String::new, |acs| acs.url.clone());
    let from_metadata = "In AWS's metadata file, imported on the tab Connection Template.";
    let note = |value: &str, where_found: &'static str| if value.is_empty() { where_found } else { "" };
    let endpoint = connection.map_or_else(String::new, |c| c.provisioning.target.url().to_owned());
    let from = vec![
        row("IAM Identity Center issuer URL", entity.clone(), note(&entity, from_metadata)),
        row("IAM Identity Center Assertion Consumer Service (ACS) URL", acs.clone(), note(&acs, from_metadata)),
        row(
            "SCIM endpoint",
            endpoint.clone(),
            note(
                &endpoint,
                "Settings > Automatic provisioning > Enable; or Inbound automatic provisioning later. It goes to the tab Target.",
            ),
        ),
        row("Access token", String::new(), &token(aws, now)),
    ];
    (to, from)
}

/// A token is never shown; its age is.
fn token(aws: Option<&AwsSide>, now: i64) -> String {
    let missing = "Shown once beside the SCIM endpoint, valid for one year. It goes to the tab Target.";
    let Some(aws) = aws.filter(|aws| !aws.connection.provisioning.target.secrets.is_empty()) else { return missing.to_owned() };
    let lifetime = aws.token_days.map(|days| i64::from(days) * DAY_MS);
    match (aws.token_set_at, lifetime) {
        (Some(set), Some(lifetime)) => {
            format!("Entered {}, on {}. It ends about {}.", ago(now - set), date(set), date(set + lifetime))
        }
        _ => "Entered; since when is not known. AWS shows the end of each token under Settings > Automatic provisioning > Access tokens."
            .to_owned(),
    }
}
