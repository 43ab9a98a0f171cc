//! Trusted CAs: imported, listed, exported, deleted. What uses one keeps it.

use crate::usage::{User, refuse_used};
use crate::{Result, Service, ServiceError, new_id};
use domain::actor::Actor;
use domain::id::TrustedCaId;
use domain::model::sp_connection::SpConnection;
use domain::model::trusted_ca::TrustedCa;
use keys::CertificateFacts;
use store::Conn;

/// A trusted CA for a person.
#[derive(Clone, Debug)]
pub struct TrustedCaGlance {
    /// Its id.
    pub id: TrustedCaId,
    /// What its certificate says.
    pub certificate: CertificateFacts,
    /// What uses it.
    pub uses: Vec<User>,
}

impl Service {
    /// The subject of a trusted CA, and what uses it.
    pub async fn trusted_ca_usage(&self, actor: &Actor, id: &TrustedCaId) -> Result<(String, Vec<User>)> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let subject = facts(&conn.find_trusted_ca(id).await?.ok_or(ServiceError::NotFound)?)?.subject;
        let users = self.users_of_trusted_ca(&mut conn, id).await?;
        Ok((subject, users))
    }

    /// All trusted CAs, oldest first.
    pub async fn list_trusted_cas(&self, actor: &Actor) -> Result<Vec<TrustedCaGlance>> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let cas = conn.list_trusted_cas().await?;
        let uses = self.users_of_trusted_cas(&mut conn, &cas.iter().map(|ca| &ca.id).collect::<Vec<_>>()).await?;
        cas.into_iter().zip(uses).map(|(ca, uses)| Ok(TrustedCaGlance { certificate: facts(&ca)?, id: ca.id, uses })).collect()
    }

    /// The certificate of one, in PEM.
    pub async fn trusted_ca_certificate(&self, actor: &Actor, id: &TrustedCaId) -> Result<String> {
        self.require(actor)?;
        Ok(self.store.read().await?.find_trusted_ca(id).await?.ok_or(ServiceError::NotFound)?.certificate)
    }

    /// Takes every certificate of a file or text; answers how many of them are new.
    pub async fn import_trusted_cas(&self, actor: &Actor, file: &[u8]) -> Result<usize> {
        self.require(actor)?;
        let certificates = keys::read_certificates(file).map_err(ServiceError::refused)?;
        let (by, now) = (actor.to_string(), self.now());
        let mut added = Vec::new();
        let mut tx = self.store.begin().await?;
        for der in certificates {
            let facts = CertificateFacts::of_der(&der).ok_or_else(|| ServiceError::broken("a certificate just read cannot be read"))?;
            let id = TrustedCaId::parse(&new_id()).map_err(ServiceError::broken)?;
            let ca = TrustedCa { id, fingerprint: facts.fingerprint_id(), certificate: keys::pem(&der) };
            if tx.insert_trusted_ca(&ca, &by, now).await? {
                added.push(facts.subject);
            }
        }
        tx.commit().await?;
        if added.is_empty() {
            return Err(ServiceError::refused("These certificates are trusted already."));
        }
        for subject in &added {
            tracing::info!(target: "admin", actor = %actor, kind = "trusted_ca", object = subject, "imported");
        }
        Ok(added.len())
    }

    /// Adds the CA that a target chose to those pasted there, for calls about to be made.
    pub async fn trust_for_target(&self, connection: &mut SpConnection) -> Result<()> {
        let target = &mut connection.provisioning.target;
        if let Some(id) = &target.trusted_ca_id {
            let mut conn = self.store.read().await?;
            let pasted = target.settings.entry("trusted_ca".to_owned()).or_default();
            trust_chosen(&mut conn, Some(id), pasted).await?;
        }
        Ok(())
    }

    /// Deletes a trusted CA that nothing uses.
    pub async fn delete_trusted_ca(&self, actor: &Actor, id: &TrustedCaId) -> Result<()> {
        self.require(actor)?;
        let mut tx = self.store.begin().await?;
        let subject = facts(&tx.find_trusted_ca(id).await?.ok_or(ServiceError::NotFound)?)?.subject;
        refuse_used(&subject, "Trusted CA", &self.users_of_trusted_ca(&mut tx, id).await?)?;
        tx.delete_trusted_ca(id).await?;
        tx.commit().await?;
        tracing::info!(target: "admin", actor = %actor, kind = "trusted_ca", object = subject, "deleted");
        Ok(())
    }
}

/// What a list of CAs to choose from shows of one.
pub(crate) fn label(ca: &TrustedCa) -> String {
    match CertificateFacts::of_pem(&ca.certificate) {
        Some(facts) => format!("{} (until {})", facts.subject, facts.ends_on()),
        None => ca.id.to_string(),
    }
}

/// Adds the chosen CA to the pasted ones, for a connection about to be made.
pub(crate) async fn trust_chosen(conn: &mut Conn, chosen: Option<&TrustedCaId>, pasted: &mut String) -> Result<()> {
    let Some(id) = chosen else { return Ok(()) };
    let gone = || ServiceError::refused("The chosen Trusted CA is not there any more. Choose another one, or paste its certificate.");
    let ca = conn.find_trusted_ca(id).await?.ok_or_else(gone)?;
    if !pasted.is_empty() && !pasted.ends_with('\n') {
        pasted.push('\n');
    }
    pasted.push_str(&ca.certificate);
    Ok(())
}

fn facts(ca: &TrustedCa) -> Result<CertificateFacts> {
    CertificateFacts::of_pem(&ca.certificate).ok_or_else(|| ServiceError::broken(format!("the trusted CA {} cannot be read", ca.id)))
}
