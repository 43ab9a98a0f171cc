//! What would be said of somebody, for an administrator: the same code as a sign-on, stopped before anything is kept or sent. The
//! signatures are taken out, for whoever had them could sign on.

use super::answer::assertion_of;
use super::contract::Row;
use super::partner::{Partner, chosen};
use super::password::person;
use super::session::Proved;
use super::{Turned, Way, random_id};
use crate::{Result, Service, ServiceError};
use domain::actor::Actor;
use domain::id::ConnectionId;
use domain::model::sp_connection::SpConnection;
use domain::model::sp_metadata::EMAIL_NAME_ID;

/// A connection that may be tried, and what came of it.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The connection.
    pub connection: SpConnection,
    /// Its adapters: Instance ID and name.
    pub adapters: Vec<(String, String)>,
    /// What would be said, or why nothing would; none: nobody was named.
    pub outcome: Option<Result<Box<Said>, String>>,
}

/// What would be said of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The adapter that would ask.
    pub adapter: String,
    /// Who was found in the Data Store of the look-up; empty: nobody was looked for.
    pub found: String,
    /// The name there, and its format.
    pub name: String,
    /// The format of the name.
    pub format: String,
    /// Where the message would go.
    pub consumer: String,
    /// Each attribute of the contract.
    pub rows: Vec<Row>,
    /// What a person should look at.
    pub warnings: Vec<String>,
    /// The message without its signatures.
    pub xml: String,
}

impl Service {
    /// What the partner of a connection would be told of somebody who signs on with an adapter (by its Instance ID; none: the first).
    pub async fn try_assertion(&self, actor: &Actor, id: &ConnectionId, adapter: Option<&str>, username: &str) -> Result<Trial> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let connection = conn.find_connection(id).await?.ok_or(ServiceError::NotFound)?.value;
        let partner = Partner::new(connection.clone(), self.federation(&mut conn).await?);
        drop(conn);
        let ways = match self.ways(&partner).await {
            Ok(ways) => ways,
            Err(turned) => return Ok(Trial { connection, adapters: Vec::new(), outcome: Some(Err(why(turned)?)) }),
        };
        let adapters = ways.iter().map(|way| (way.adapter.instance_id.clone(), way.adapter.name.clone())).collect();
        let username = username.trim();
        let outcome = match chosen(ways, adapter).filter(|_| !username.is_empty()) {
            Some(way) => {
                tracing::info!(target: "admin", actor = %actor, kind = "sp_connection", object = connection.general.name, username, "tested an assertion");
                Some(match self.would_say(&partner, way, username).await {
                    Ok(said) => Ok(Box::new(said)),
                    Err(turned) => Err(why(turned)?),
                })
            }
            None => None,
        };
        Ok(Trial { connection, adapters, outcome })
    }

    async fn would_say(&self, partner: &Partner, way: &Way, username: &str) -> Result<Said, Turned> {
        let mut nobody = Vec::new();
        let mut given = None;
        for id in &way.adapter.validators {
            match self.given_of(id, username).await {
                Ok(Ok(found)) => {
                    given = Some(found);
                    break;
                }
                Ok(Err(why)) => nobody.push(why),
                Err(ServiceError::NotFound) => nobody.push("A validator of the adapter is not there any more.".to_owned()),
                Err(error) => return Err(error.into()),
            }
        }
        let Some(given) = given else { return Err(Turned::refused("sign-on-failed", nobody.join(" "))) };
        let sp = partner.service_provider();
        let no_consumer = || Turned::refused("saml-request", "The connection has no address for answers by HTTP-POST.");
        let consumer = sp.default_consumer().ok_or_else(no_consumer)?;
        let person = person(&way.adapter, &given);
        let told = self.tell(partner, way, &person).await?;
        let name = self.name_of(partner, &way.adapter, &person, told.subject.clone()).await?;
        let (rows, found) = (told.rows.clone(), told.found.as_ref().map(|found| found.dn.clone()).unwrap_or_default());
        let proved = Proved { username: username.to_owned(), given, at: self.now(), session: None };
        let context = sp.authn_contexts.first().cloned().unwrap_or_default();
        let assertion = assertion_of(partner, told, name.clone(), &proved, &context, random_id());
        let xml = self.write_response(partner, &consumer, None, &assertion).await?;
        let format = name.format.unwrap_or_default();
        let mut warnings = Vec::new();
        if format == EMAIL_NAME_ID && !name.value.contains('@') {
            warnings.push(format!("The NameID ‘{}’ is no e-mail address, and its format says that it is one.", name.value));
        }
        for row in &rows {
            if row.attribute.starts_with(saml::attribute::AWS_ACCESS_CONTROL) && row.values.len() > 1 {
                warnings.push(format!("‘{}’ has {} values, of which AWS takes one: the first is sent.", row.attribute, row.values.len()));
            }
        }
        if !partner.connection.enabled {
            warnings.push("The connection is turned off: nobody signs on through it.".to_owned());
        }
        let adapter = way.adapter.name.clone();
        Ok(Said { adapter, found, name: name.value, format, consumer: consumer.url, rows, warnings, xml: without_signatures(&xml) })
    }
}

/// Why nothing would be said; what should not happen is an error.
fn why(turned: Turned) -> Result<String> {
    match turned {
        Turned::Refused { why, .. } | Turned::Rejected { why, .. } => Ok(why),
        Turned::Failed(error) => Err(error),
    }
}

/// The message with nothing that proves it.
fn without_signatures(xml: &str) -> String {
    let mut out = String::with_capacity(xml.len());
    let mut rest = xml;
    while let Some((before, after)) = rest.split_once("<ds:SignatureValue") {
        out.push_str(before);
        out.push_str("<ds:SignatureValue>…");
        rest = after.find("</ds:SignatureValue>").map_or("", |end| &after[end..]);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_signature_is_left() {
        let signed =
            "<a><ds:SignatureValue>c2VjcmV0</ds:SignatureValue><b><ds:SignatureValue xmlns:ds=\"x\">dHdv</ds:SignatureValue></b></a>";
        let shown = "<a><ds:SignatureValue>…</ds:SignatureValue><b><ds:SignatureValue>…</ds:SignatureValue></b></a>";
        assert_eq!(without_signatures(signed), shown);
        assert_eq!(without_signatures("<a/>"), "<a/>");
        assert_eq!(without_signatures("<a><ds:SignatureValue>cut"), "<a><ds:SignatureValue>…");
    }
}
