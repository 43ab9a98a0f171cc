//! A server of a test's own.

use crate::browser::Browser;
use domain::secret::Secret;
use server::config::{Config, ProvisionerMode};
use service::Service;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use store::Store;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const USER: &str = "admin";
pub const PASSWORD: &str = "correct horse battery";

pub struct House {
    pub address: SocketAddr,
    pub service: Service,
    pub store: Store,
    pub folder: TempDir,
    stop: oneshot::Sender<()>,
    task: JoinHandle<anyhow::Result<()>>,
}

impl House {
    /// With an account whose password needs no change.
    pub async fn open() -> Self {
        Self::open_as(|_| {}).await
    }

    pub async fn open_as(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::on(folder.path(), (Ipv4Addr::LOCALHOST, 0).into());
        change(&mut config);
        let server = server::build(config).await.unwrap();
        server.service.create_account(USER, &Secret::new(PASSWORD), false).await.unwrap();
        let listener = server.listen().await.unwrap();
        let address = listener.local_addr().unwrap();
        let (service, store) = (server.service.clone(), server.store.clone());
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server.run(listener, async {
            let _ = stopped.await;
        }));
        Self { address, service, store, folder, stop, task }
    }

    /// Without a worker.
    pub async fn open_without_worker() -> Self {
        Self::open_as(|config| config.provisioner_mode.value = ProvisionerMode::Off).await
    }

    pub fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    pub fn visitor(&self) -> Browser {
        Browser::at(self.address)
    }

    pub async fn administrator(&self) -> Browser {
        let mut browser = self.visitor();
        let answer = browser.post("/sign-in", &[("username", USER), ("password", PASSWORD)]).await;
        assert_eq!((answer.status, answer.location()), (303, "/"));
        browser
    }

    /// Stops as a signal does.
    pub async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap().unwrap();
    }
}
