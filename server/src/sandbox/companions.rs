//! The sample directory and the AWS emulator beside the console.

use super::pages::Notebook;
use super::{Counterparts, Ready, now};
use crate::ports::chain;
use anyhow::{Context, Result};
use domain::secret::Secret;
use sandbox::aws::portal::provider_of;
use sandbox::aws::{Aws, AwsServer, Config, Throttle};
use sandbox::directory::{Directory, DirectoryServer, sample};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Decides GUIDs and passwords of the sample company: the same in every sandbox, so that texts about it hold.
const SEED: u64 = 1;
/// How often changes are looked for to be saved.
const SAVE_EVERY: Duration = Duration::from_secs(2);

/// Both, running.
pub struct Companions {
    directory: DirectoryServer,
    aws: AwsServer,
    notebook: Notebook,
    files: Files,
}

#[derive(Clone)]
struct Files {
    directory: PathBuf,
    aws: PathBuf,
    notebook: PathBuf,
}

impl Companions {
    /// Starts both with what a directory keeps of them, on the ports they had, or on free ones.
    pub async fn start(dir: &Path, ports: Option<(u16, u16)>) -> Result<Self> {
        let files = Files { directory: dir.join("directory.json"), aws: dir.join("aws.json"), notebook: dir.join("sandbox-notes.json") };
        let mut directory = match files.directory.exists() {
            true => Directory::load(&files.directory)?,
            false => sample(SEED),
        };
        directory.set_clock(Arc::new(now));
        let (ldap_port, scim_port) = ports.unwrap_or_default();
        let address = |port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let taken =
            "the sandbox comes back on the ports it had, and another program uses one of them; end that, or choose another --data-dir";
        let directory = DirectoryServer::start(directory, address(ldap_port)).await.context(taken)?;
        let mut config = Config::new(now);
        // AWS counts memberships apart and does not say how many are allowed; a client should have met such a limit before.
        config.throttle = Some(Throttle::aws().with_memberships(Throttle::TRIAL_MEMBERSHIPS));
        let aws = Aws::load(config, &files.aws).await?;
        let aws = AwsServer::start(aws, address(scim_port)).await.context(taken)?;
        let notebook = Notebook::load(&files.notebook).await?;
        if let Some(former) = notebook.take_former() {
            let provider = former.identity_source.map(|source| provider_of(source.entity_id, source.sso_url, source.certificates));
            aws.adopt_store(&former.store_id, provider.and_then(Result::ok));
        }
        Ok(Self { directory, aws, notebook, files })
    }

    /// What the pages of the sandbox show and change.
    pub fn counterparts(&self) -> Counterparts {
        Counterparts {
            directory: self.directory.directory(),
            ldap: self.directory.addr(),
            aws: self.aws.aws().clone(),
            scim: self.aws.address(),
            notebook: self.notebook.clone(),
        }
    }

    /// Port of the directory.
    pub fn ldap_port(&self) -> u16 {
        self.directory.addr().port()
    }

    /// Port of the SCIM endpoint.
    pub fn scim_port(&self) -> u16 {
        self.aws.address().port()
    }

    /// Everything somebody needs to use them, with what is said about the console.
    pub fn ready(&self, console_url: String, admin_user: String, admin_password: Secret) -> Ready {
        let ldap_url = self.directory.url();
        let (scim_url, scim_token) = (self.aws.base_url(), Secret::new(self.aws.token()));
        self.directory.directory().read(|directory| Ready {
            console_url,
            admin_user,
            admin_password,
            ldap_url,
            bind_dn: directory.bind_dn(),
            bind_password: Secret::new(directory.bind_password()),
            base_dn: directory.base_dn(),
            users_group_dn: directory.users_group_dn(),
            groups_group_dn: directory.groups_group_dn(),
            person_username: directory.people().find_map(|person| person.value("mail")).unwrap_or_default(),
            person_password: Secret::new(directory.person_password()),
            scim_url,
            scim_token,
            portal_url: self.aws.portal_url().unwrap_or_default(),
        })
    }

    /// Saves everything soon after every change, for as long as the task runs.
    pub fn keep_saved(&self) -> JoinHandle<()> {
        let (at, files) = (self.counterparts(), self.files.clone());
        tokio::spawn(async move {
            let mut saved = None;
            loop {
                let seen = (at.directory.read(Directory::highest_usn), at.aws.revision(), at.notebook.revision());
                if saved != Some(seen) {
                    match save(&at, &files).await {
                        Ok(()) => saved = Some(seen),
                        Err(error) => tracing::error!(error = %chain(error.as_ref()), "the sandbox's state could not be saved"),
                    }
                }
                tokio::time::sleep(SAVE_EVERY).await;
            }
        })
    }

    /// Saves everything a last time and stops both.
    pub async fn stop(self) -> Result<()> {
        save(&self.counterparts(), &self.files).await?;
        self.directory.stop().await;
        self.aws.stop().await;
        Ok(())
    }
}

async fn save(at: &Counterparts, files: &Files) -> Result<()> {
    at.directory.read(|directory| directory.save(&files.directory))?;
    at.aws.save(&files.aws).await?;
    at.notebook.save(&files.notebook).await
}
