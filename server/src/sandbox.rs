//! `towpath sandbox`: the console, a sample directory and an emulator of AWS IAM Identity Center in one process, on loopback, to try
//! everything out without anybody's permission.
//!
//! The sample objects are made through the same use cases as an administrator's, so that they are what the wizards would make. With
//! `--data-dir` all three keep their state, and come back on the same ports, since the saved objects name them.

mod companions;
mod pages;
mod sample;

pub use pages::{Counterparts, Pages};

use crate::config::Config;
use crate::{clock, serve, telemetry};
use anyhow::{Context, Result};
use clap::Args;
use companions::Companions;
use domain::secret::Secret;
use serde_json::{Value, json};
use service::accounts::FIRST_ADMIN;
use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Flags of `towpath sandbox`.
#[derive(Args, Clone, Debug, Default)]
pub struct Options {
    /// Configure nothing: no Data Store, no SP Connection, no Channel
    #[arg(long)]
    empty: bool,
    /// Print one line of JSON when ready
    #[arg(long)]
    json: bool,
    /// Address of the console [default: 127.0.0.1 on a free port]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Keep everything in this directory [default: a temporary one, removed at the end]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// What somebody needs to use the sandbox.
struct Ready {
    console_url: String,
    admin_user: String,
    admin_password: Secret,
    ldap_url: String,
    bind_dn: String,
    bind_password: Secret,
    base_dn: String,
    users_group_dn: String,
    groups_group_dn: String,
    person_username: String,
    person_password: Secret,
    scim_url: String,
    scim_token: Secret,
    portal_url: String,
}

impl Ready {
    /// What `--json` prints: these secrets are there to be told, and open nothing but the sandbox.
    fn line(&self) -> Value {
        json!({
            "console_url": self.console_url,
            "admin_user": self.admin_user,
            "admin_password": self.admin_password.expose(),
            "ldap_url": self.ldap_url,
            "bind_dn": self.bind_dn,
            "bind_password": self.bind_password.expose(),
            "base_dn": self.base_dn,
            "users_group_dn": self.users_group_dn,
            "groups_group_dn": self.groups_group_dn,
            "person_username": self.person_username,
            "person_password": self.person_password.expose(),
            "scim_url": self.scim_url,
            "scim_token": self.scim_token.expose(),
            "portal_url": self.portal_url,
        })
    }
}

/// What the next start on the same directory needs; in `sandbox.json`, for its owner only.
struct Kept {
    admin_password: Secret,
    ldap_port: u16,
    scim_port: u16,
    /// What an identity provider's metadata names; 0 before it was known.
    console_port: u16,
}

impl Kept {
    fn write(&self) -> Value {
        json!({
            "admin_password": self.admin_password.expose(),
            "ldap_port": self.ldap_port,
            "scim_port": self.scim_port,
            "console_port": self.console_port,
        })
    }

    fn read(value: &Value) -> Option<Self> {
        let port = |name: &str| value[name].as_u64().and_then(|port| u16::try_from(port).ok());
        Some(Self {
            admin_password: Secret::new(value["admin_password"].as_str()?),
            ldap_port: port("ldap_port")?,
            scim_port: port("scim_port")?,
            console_port: port("console_port").unwrap_or_default(),
        })
    }
}

/// Starts everything and serves until the process is asked to end.
pub async fn run(options: Options) -> Result<ExitCode> {
    let asked = serve::asked_to_end();
    let temporary = match &options.data_dir {
        Some(_) => None,
        None => Some(tempfile::Builder::new().prefix("towpath-sandbox-").tempdir().context("no temporary directory can be made")?),
    };
    let dir = options.data_dir.clone().or_else(|| temporary.as_ref().map(|t| t.path().to_owned())).unwrap_or_default();
    let data_dir = serve::DataDir::take(&dir)?;
    let dir = data_dir.path().to_owned();
    // The terminal of somebody who tries things out shows what goes wrong; the files have everything.
    let _logs = telemetry::start(&dir, "info", if options.json { "info" } else { "warn" })?;
    let kept = read_kept(&dir)?;
    let companions = Companions::start(&dir, kept.as_ref().map(|k| (k.ldap_port, k.scim_port))).await?;

    let console_port = kept.as_ref().map_or(0, |kept| kept.console_port);
    let listen = options.listen.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, console_port).into());
    let mut config = Config::on(&dir, listen);
    config.environment = "Sandbox".to_owned();
    let server = serve::build_in(data_dir, config, clock::now, Some(companions.counterparts())).await?;
    let admin_password = match kept {
        Some(kept) => kept.admin_password,
        None => {
            let password = random_password()?;
            server.service.create_account(FIRST_ADMIN, &password, false).await.context("the sandbox's account could not be made")?;
            password
        }
    };
    let keep = |console_port| {
        let (ldap_port, scim_port) = (companions.ldap_port(), companions.scim_port());
        write_kept(&dir, &Kept { admin_password: admin_password.clone(), ldap_port, scim_port, console_port })
    };
    // Before anything is made that needs the password.
    keep(console_port)?;
    if !options.empty {
        sample::configure(&server.service, &companions).await?;
    }
    let listener = server.listen().await?;
    let address = listener.local_addr().context("the address listened on is not known")?;
    keep(address.port())?;
    let console_url = server.url(address);
    if !options.empty {
        server.service.set_address(&console_url);
        sample::trust(&server.service, &companions).await?;
    }
    let ready = companions.ready(console_url, FIRST_ADMIN.to_owned(), admin_password);
    if options.json {
        crate::cli::output::json(&ready.line())?;
    } else {
        crate::cli::output::print(&friendly(&ready, &options))?;
    }
    let saving = companions.keep_saved();
    server.run(listener, asked).await?;
    saving.abort();
    companions.stop().await?;
    Ok(ExitCode::SUCCESS)
}

fn friendly(ready: &Ready, options: &Options) -> String {
    let next = match options.empty {
        true => "Nothing is configured yet: begin with System > Data Stores.",
        false => "The sample people and groups are being provisioned: see Provisioning > Channels.",
    };
    let state = match &options.data_dir {
        Some(dir) => format!("Everything is kept in {}.", dir.display()),
        None => "Everything is forgotten when it ends; --data-dir DIR keeps it.".to_owned(),
    };
    format!(
        "\nTowpath sandbox is ready. {next}\n\n  \
         Console             {}\n  User name           {}\n  Password            {}\n\n  \
         Sample directory    {}   (Active Directory, no TLS)\n  User DN             {}\n  Password            {}\n  \
         Base DN             {}\n  Group DN, users     {}\n  Group DN, groups    {}\n  Somebody signs on   {}\n  Their password      {}\n\n  \
         SCIM URL            {}\n  Access token        {}\n  AWS access portal   {}\n\n{state} Ctrl-C ends it.\n\n",
        ready.console_url,
        ready.admin_user,
        ready.admin_password.expose(),
        ready.ldap_url,
        ready.bind_dn,
        ready.bind_password.expose(),
        ready.base_dn,
        ready.users_group_dn,
        ready.groups_group_dn,
        ready.person_username,
        ready.person_password.expose(),
        ready.scim_url,
        ready.scim_token.expose(),
        ready.portal_url,
    )
}

fn kept_file(dir: &Path) -> PathBuf {
    dir.join("sandbox.json")
}

fn read_kept(dir: &Path) -> Result<Option<Kept>> {
    let path = kept_file(dir);
    match std::fs::read(&path) {
        Ok(bytes) => {
            let kept = serde_json::from_slice(&bytes).ok().and_then(|value| Kept::read(&value));
            kept.map(Some).with_context(|| format!("{} is damaged; choose another --data-dir or remove this one", path.display()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound && dir.join("towpath.db").exists() => {
            anyhow::bail!("{} is the data directory of a server, not of a sandbox; choose another --data-dir", dir.display())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

fn write_kept(dir: &Path, kept: &Kept) -> Result<()> {
    let path = kept_file(dir);
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(&path);
    let written = file.and_then(|mut file| file.write_all(kept.write().to_string().as_bytes()));
    written.with_context(|| format!("{} cannot be written", path.display()))
}

fn random_password() -> Result<Secret> {
    let mut bytes = [0u8; 12];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("the system gives no random bytes: {error}"))?;
    Ok(Secret::new(hex::encode(bytes)))
}

/// Now, in the form the companions take.
fn now() -> i64 {
    clock::now()
}
