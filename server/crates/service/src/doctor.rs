//! What is wrong with an installation, looked for in one go: database, disk, clock, directories, services, credentials, channels.

use crate::testing::one;
use crate::{Result, Service, Trouble, targets};
use domain::actor::Actor;
use domain::model::data_store::DataStore;
use domain::model::report::{Level, Report};
use domain::model::sp_connection::SpConnection;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Examined {
    /// What: `Data Store Corporate AD`.
    pub subject: String,
    /// What was found, and what to do.
    pub report: Report,
}

/// A directory or service that does not answer within this is reported as that.
const PATIENCE: Duration = Duration::from_secs(60);

impl Service {
    /// Looks at everything that can be looked at from inside, one after the other.
    pub async fn examine(&self, actor: &Actor) -> Result<Vec<Examined>> {
        self.require(actor)?;
        let mut found = vec![Examined { subject: "Database".into(), report: self.examine_database().await }];
        found.push(Examined { subject: "Clock".into(), report: self.examine_clock() });
        let (stores, connections) = {
            let mut conn = self.store.read().await?;
            (conn.list_data_stores().await?, conn.list_connections().await?)
        };
        for store in stores {
            let subject = format!("Data Store {}", store.value.name);
            found.push(Examined { subject, report: in_time(self.examine_store(store.value)).await });
        }
        for connection in
            connections.into_iter().map(|stored| stored.value).filter(|connection| !connection.provisioning.channels.is_empty())
        {
            let subject = format!("Target of {}", connection.general.name);
            let report = match connection.enabled {
                true => in_time(self.examine_target(connection)).await,
                false => one(Level::Info, "Not enabled", "The connection is not enabled, so its service was not called."),
            };
            found.push(Examined { subject, report });
        }
        let ending = self.ending_conditions().await?;
        let mut report = Report::default();
        if ending.is_empty() {
            report.add(Level::Ok, "Ends", "No token, signing key or trusted CA is near its end.");
        }
        ending.into_iter().for_each(|condition| report.add(Level::Warning, condition.title, condition.text));
        found.push(Examined { subject: "Tokens, keys and trusted CAs".into(), report });
        Ok(found)
    }

    async fn examine_database(&self) -> Report {
        let answers = async { self.store.read().await?.ping().await };
        let mut report = Report::default();
        match (answers.await, self.trouble()) {
            (Err(error), _) => report.add(Level::Failed, "Answers", format!("The database does not answer: {error}.")),
            (Ok(()), Some(Trouble::Database(sentence))) => report.add(Level::Failed, "Takes what is written", sentence),
            (Ok(()), _) => report.add(Level::Ok, "Answers", "It can be read, and the last cycle could be recorded."),
        }
        if !self.is_worker_alive() {
            report.add(
                Level::Failed,
                "Worker",
                "The worker ended by a fault, so nothing is provisioned. Restart the server and look at server.log.",
            );
        }
        report
    }

    fn examine_clock(&self) -> Report {
        match self.trouble() {
            Some(Trouble::Clock(sentence)) => one(Level::Warning, "Jumped", sentence),
            _ => one(Level::Ok, "Runs", "It has not jumped since the server began."),
        }
    }

    async fn examine_store(&self, store: DataStore) -> Result<Report> {
        let password = self.password_of(&store)?;
        let mut ldap = store.ldap;
        let mut conn = self.store.read().await?;
        crate::trusted_cas::trust_chosen(&mut conn, ldap.trusted_ca_id.as_ref(), &mut ldap.trusted_ca).await?;
        drop(conn);
        Ok(ldap::test(&ldap, password.as_ref(), self.now() / 1000).await)
    }

    async fn examine_target(&self, mut connection: SpConnection) -> Result<Report> {
        let connectors = self.connectors();
        let Some(connector) = connection.connector.as_ref().and_then(|reference| connectors.find(reference)) else {
            return Ok(one(
                Level::Failed,
                "Connector",
                "The connector of this connection is not installed. Add it under System > Connectors.",
            ));
        };
        let secrets = self.target_secrets(&connection)?;
        self.trust_for_target(&mut connection).await?;
        Ok(match targets::client(connector, &connection.provisioning.target, &secrets) {
            Ok(client) => client.test_connection().await,
            Err(reason) => one(Level::Failed, "Settings", reason),
        })
    }
}

/// A look whose failure is a finding, and that ends.
async fn in_time(look: impl Future<Output = Result<Report>>) -> Report {
    match tokio::time::timeout(PATIENCE, look).await {
        Ok(Ok(report)) => report,
        Ok(Err(error)) => one(Level::Failed, "Look", error.to_string()),
        Err(_) => one(Level::Failed, "Answers", format!("It did not answer within {} seconds.", PATIENCE.as_secs())),
    }
}
