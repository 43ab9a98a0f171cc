//! Tests of what is being edited, before it is saved: Test Connection of a Data Store and of a Target, and Try of a mapping row.

use crate::{Result, Service, ServiceError, targets};
use domain::form::Fields;
use domain::id::ChannelId;
use domain::model::channel::Channel;
use domain::model::data_store::DataStore;
use domain::model::notifications::Way;
use domain::model::report::{Level, Report};
use domain::model::source::SourceEntry;
use domain::model::sp_connection::SpConnection;
use domain::secret::Secret;
use domain::wizard::draft::{Draft, DraftBody};
use domain::wizard::path::Path;
use ldap::{Directory, DnField};

impl Service {
    /// Runs the test of a tab with what is in the draft.
    pub(crate) async fn test(&self, draft: &Draft, path: &Path, fields: &Fields) -> Result<Report> {
        match (&draft.body, path.tab()) {
            (DraftBody::DataStore(store), "ldap-configuration") => {
                let password = self.password_of(store)?;
                let mut ldap = store.ldap.clone();
                let mut conn = self.store.read().await?;
                crate::trusted_cas::trust_chosen(&mut conn, ldap.trusted_ca_id.as_ref(), &mut ldap.trusted_ca).await?;
                drop(conn);
                Ok(ldap::test(&ldap, password.as_ref(), self.now() / 1000).await)
            }
            (DraftBody::Pcv(pcv), "summary") => {
                self.try_pcv(pcv, fields.get("try_username"), &Secret::new(fields.get("try_password"))).await
            }
            (DraftBody::Notifications(settings), "e-mail") => self.test_way(settings, Way::Email).await,
            (DraftBody::Notifications(settings), "webhook") => self.test_way(settings, Way::Webhook).await,
            (DraftBody::SpConnection(connection), "connection-template" | "import-metadata") => Ok(metadata_report(connection)),
            (DraftBody::SpConnection(connection), "target") => self.test_target(connection).await,
            (DraftBody::SpConnection(connection), "source-location") => {
                let keys: Vec<_> = path.tasks().map(|(_, key)| key).collect();
                let [_, channel] = keys[..] else { return Err(ServiceError::NotFound) };
                self.check_location(channel_of(connection, channel)?).await
            }
            (DraftBody::SpConnection(connection), "specify-attribute-mapping") => {
                let keys: Vec<_> = path.tasks().map(|(_, key)| key).collect();
                let [_, channel, field] = keys[..] else { return Err(ServiceError::NotFound) };
                self.try_mapping(connection, channel_of(connection, channel)?, field, fields.get("try_entry").trim()).await
            }
            _ => Err(ServiceError::refused("This tab has nothing to test.")),
        }
    }

    async fn test_target(&self, connection: &SpConnection) -> Result<Report> {
        let connector = self.connectors().used_by(connection).map_err(ServiceError::refused)?;
        let connector = connector.ok_or_else(|| ServiceError::refused("Choose a Connection Template first."))?;
        let secrets = self.target_secrets(connection)?;
        let mut connection = connection.clone();
        self.trust_for_target(&mut connection).await?;
        match targets::client(&connector, &connection.provisioning.target, &secrets) {
            Ok(client) => Ok(client.test_connection().await),
            Err(reason) => Ok(one(Level::Failed, "Settings", reason)),
        }
    }

    /// The directory a channel reads; the report says why there is none.
    async fn directory_of(&self, channel: &Channel) -> Result<Result<(DataStore, Directory), Report>> {
        let Some(store) = &channel.data_store else {
            return Ok(Err(one(Level::Failed, "Directory", "Choose the Active Data Store on the Source tab first.")));
        };
        let (store, password) = self.data_store_with_password(&mut self.store.read().await?, store).await?;
        Ok(match Directory::new(&store.ldap, password.as_ref()) {
            Ok(directory) => Ok((store, directory)),
            Err(error) => Err(one(Level::Failed, "Directory", error.to_string())),
        })
    }

    /// Whether the names of a Source Location are there, and are what their fields want.
    async fn check_location(&self, channel: &Channel) -> Result<Report> {
        let (_, directory) = match self.directory_of(channel).await? {
            Ok(found) => found,
            Err(report) => return Ok(report),
        };
        let location = &channel.location;
        let names = [
            ("Base DN", location.base_dn.as_str(), DnField::BaseDn),
            ("Users: Group DN", location.users.group_dn.as_str(), DnField::GroupDn),
            ("Groups: Group DN", location.groups.group_dn.as_str(), DnField::GroupDn),
        ];
        let mut report = Report::default();
        for (label, dn, field) in names.into_iter().filter(|(_, dn, _)| !dn.is_empty()) {
            match directory.check_dn(dn, field, &channel.source).await {
                Ok(check) => report.add(check.level, label, check.sentence),
                Err(error) => {
                    report.add(Level::Failed, label, error.to_string());
                    break;
                }
            }
        }
        Ok(report)
    }

    /// What one row makes of one entry: the one asked for, or the first person in scope.
    async fn try_mapping(&self, connection: &SpConnection, channel: &Channel, field: &str, which: &str) -> Result<Report> {
        let connector = self.connectors().used_by(connection).map_err(ServiceError::refused)?;
        let connector = connector.ok_or_else(|| ServiceError::refused("Choose a Connection Template first."))?;
        let Some(row) = channel.mapping.iter().find(|row| row.field == field) else { return Err(ServiceError::NotFound) };
        let (store, directory) = match self.directory_of(channel).await? {
            Ok(found) => found,
            Err(report) => return Ok(report),
        };
        let mut names = row.attributes.clone();
        if let Ok(expression) = expr::Expression::parse(&row.expression) {
            names.extend(expression.names().iter().cloned());
        }
        let base = channel.location.base_dn.as_str();
        let found = if which.is_empty() {
            let anybody = first_in_scope(channel);
            directory.find_entries(base, &anybody, &names, Some(&channel.source), 1).await.map(|found| found.into_iter().next())
        } else {
            directory.read_entry(base, which, &names, Some(&channel.source)).await
        };
        let found = match found {
            Ok(Some(found)) => found,
            Ok(None) if which.is_empty() => {
                return Ok(one(Level::Failed, "Entry", "Nobody was found in the Source Location. Name an entry under Try on."));
            }
            Ok(None) => return Ok(one(Level::Failed, "Entry", format!("No entry ‘{which}’ was found below {base}."))),
            Err(error) => return Ok(one(Level::Failed, "Entry", error.to_string())),
        };
        let mut report = one(Level::Info, "Entry", found.dn.clone());
        for name in &names {
            let values: Vec<_> = found.attributes.all(name).collect();
            let shown = match values.as_slice() {
                [] => "no value".to_owned(),
                _ if row.mask || store.mask_values => "••••••".to_owned(),
                values => values.join(", "),
            };
            report.add(Level::Info, name.clone(), shown);
        }
        let Some(id) = found.id else {
            report.add(Level::Warning, channel.source.guid_attribute.clone(), "This entry has no such attribute, so it would be left out.");
            return Ok(report);
        };
        let entry = SourceEntry { id, dn: found.dn, attributes: found.attributes };
        match engine::try_row(&connector, &channel.source, row, &entry) {
            Ok(trial) => {
                match trial.value {
                    Some(value) => report.add(Level::Ok, field, value),
                    None if trial.problems.is_empty() => report.add(Level::Info, field, "Nothing would be sent."),
                    None => {}
                }
                trial.problems.into_iter().for_each(|problem| report.add(Level::Warning, field, problem));
            }
            Err(message) => report.add(Level::Failed, field, message),
        }
        Ok(report)
    }
}

/// What the metadata that was just read says.
fn metadata_report(connection: &SpConnection) -> Report {
    let Some(taken) = &connection.metadata.taken else {
        return one(Level::Failed, "Metadata", "Choose a file or enter an address first.");
    };
    let mut report = one(Level::Ok, "Metadata", format!("The metadata of ‘{}’ was read.", taken.entity_id));
    for (what, value) in connection.metadata_facts() {
        report.add(Level::Info, what, value);
    }
    for note in taken.warnings() {
        report.add(Level::Warning, "Note", note);
    }
    report
}

fn channel_of<'a>(connection: &'a SpConnection, key: &str) -> Result<&'a Channel> {
    let id = ChannelId::parse(key).map_err(|_| ServiceError::NotFound)?;
    connection.provisioning.channels.iter().find(|c| c.id == id).ok_or(ServiceError::NotFound)
}

/// Whom to try a row on when nobody is named: somebody whom the User objectClass and the Source Location let through, as far as one
/// filter can say it. People who are in scope only through a nested group are not found by it.
fn first_in_scope(channel: &Channel) -> String {
    use domain::text::filter::{Filter, escape};
    let class = format!("(objectClass={})", escape(&channel.source.user_class));
    let (group, member_of) = (&channel.location.users.group_dn, &channel.source.member_of_attribute);
    let scope = match Filter::parse(&channel.location.users.filter) {
        Ok(filter) => filter.as_str().to_owned(),
        Err(_) if group.is_empty() || member_of.is_empty() => return class,
        Err(_) => format!("({member_of}={})", escape(group)),
    };
    format!("(&{class}{scope})")
}

pub(crate) fn one(level: Level, step: &str, found: impl Into<String>) -> Report {
    let mut report = Report::default();
    report.add(level, step, found);
    report
}
