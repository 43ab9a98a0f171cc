//! Keys and certificates.

use super::usage;
use super::words::{self, expiry};
use super::{Ports, refuse, refuse_delete};
use app::backend::{FileView, Security, Then};
use app::error::{AppError, Used};
use app::routes::Page;
use app::views::{CertificateView, Listed, SigningKeyRow, TrustedCaRow, UsageView};
use async_trait::async_trait;
use domain::actor::Actor;
use domain::id::{SigningKeyId, TrustedCaId};
use domain::secret::Secret;
use service::signing_keys::SigningKeyGlance;
use service::{CertificateFacts, ServiceError};

fn certificate(facts: CertificateFacts, now: i64) -> CertificateView {
    let issuer = if facts.issuer == facts.subject { "Itself (self-signed)".to_owned() } else { facts.issuer };
    let (ends, state) = expiry(facts.not_before, facts.not_after, now);
    CertificateView {
        name: facts.name,
        issuer,
        algorithm: facts.algorithm,
        serial: facts.serial,
        fingerprint: facts.fingerprint,
        starts: words::date(facts.not_before),
        ends,
        state,
        subject: facts.subject,
    }
}

fn key(glance: SigningKeyGlance, now: i64) -> SigningKeyRow {
    SigningKeyRow {
        id: glance.id,
        active: certificate(glance.active, now),
        next: glance.next.map(|facts| certificate(facts, now)),
        uses: glance.uses.into_iter().map(usage::row).collect(),
    }
}

/// The name a certificate is saved under: of what it is for, in characters that every file system has.
pub(super) fn file_name(name: &str, end: &str) -> String {
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' }).take(60).collect();
    format!("{}{end}", name.trim_matches(['.', '-']))
}

const PEM: &str = "application/x-pem-file";

#[async_trait]
impl Security for Ports {
    async fn list_keys(&self, actor: &Actor) -> Result<Listed<SigningKeyRow>, AppError> {
        let now = self.now();
        let keys = self.service.list_signing_keys(actor).await.map_err(refuse)?;
        self.listed(actor, "signing_key", keys.into_iter().map(|glance| key(glance, now)).collect()).await
    }

    async fn show_key(&self, actor: &Actor, id: &SigningKeyId) -> Result<SigningKeyRow, AppError> {
        let glance = self.service.signing_key(actor, id).await.map_err(refuse)?;
        Ok(key(glance, self.now()))
    }

    async fn new_key(&self, actor: &Actor) -> Result<Then, AppError> {
        self.service.new_signing_key(actor).await.map(super::drafts::go).map_err(refuse)
    }

    async fn import_key(&self, actor: &Actor, file: Vec<u8>, password: Secret) -> Result<Then, AppError> {
        let id = self.service.import_signing_key(actor, file, password).await.map_err(refuse)?;
        Ok(Then::Go(Page::SigningKey(id).href()))
    }

    async fn key_file(&self, actor: &Actor, id: &SigningKeyId, file: &str) -> Result<FileView, AppError> {
        let (next, is_pem) = match file {
            "active.pem" => (false, true),
            "active.der" => (false, false),
            "next.pem" => (true, true),
            "next.der" => (true, false),
            _ => return Err(AppError::NotFound),
        };
        let pem = self.service.signing_certificate(actor, id, next).await.map_err(refuse)?;
        let name = CertificateFacts::of_pem(&pem).map(|facts| facts.name).unwrap_or_default();
        if is_pem {
            return Ok(FileView { name: file_name(&name, ".pem"), media_type: PEM, bytes: pem.into_bytes() });
        }
        let der = service::certificate_der(&pem).map_err(refuse)?;
        Ok(FileView { name: file_name(&name, ".der"), media_type: "application/pkix-cert", bytes: der })
    }

    async fn rotate_key(&self, actor: &Actor, id: &SigningKeyId) -> Result<(), AppError> {
        self.service.rotate_signing_key(actor, id).await.map_err(refuse)
    }

    async fn activate_key(&self, actor: &Actor, id: &SigningKeyId) -> Result<(), AppError> {
        self.service.activate_signing_key(actor, id).await.map_err(refuse)
    }

    async fn cancel_rotation(&self, actor: &Actor, id: &SigningKeyId) -> Result<(), AppError> {
        self.service.cancel_key_rotation(actor, id).await.map_err(refuse)
    }

    async fn delete_key(&self, actor: &Actor, id: &SigningKeyId) -> Result<(), AppError> {
        match self.service.delete_signing_key(actor, id).await {
            // It was deleted in another window, or this page was left open: gone is what was wanted.
            Err(ServiceError::NotFound) => Ok(()),
            other => other.map_err(|error| refuse_delete(error, Used::SigningKey(id.clone()))),
        }
    }

    async fn list_cas(&self, actor: &Actor) -> Result<Vec<TrustedCaRow>, AppError> {
        let now = self.now();
        let cas = self.service.list_trusted_cas(actor).await.map_err(refuse)?;
        let row = |ca: service::trusted_cas::TrustedCaGlance| TrustedCaRow {
            id: ca.id,
            certificate: certificate(ca.certificate, now),
            uses: ca.uses.into_iter().map(usage::row).collect(),
        };
        Ok(cas.into_iter().map(row).collect())
    }

    async fn import_cas(&self, actor: &Actor, file: &[u8]) -> Result<Then, AppError> {
        self.service.import_trusted_cas(actor, file).await.map_err(refuse)?;
        Ok(Then::Go(Page::TrustedCas.href()))
    }

    async fn ca_file(&self, actor: &Actor, id: &TrustedCaId) -> Result<FileView, AppError> {
        let pem = self.service.trusted_ca_certificate(actor, id).await.map_err(refuse)?;
        let name = CertificateFacts::of_pem(&pem).map(|facts| facts.name).unwrap_or_default();
        Ok(FileView { name: file_name(&name, ".pem"), media_type: PEM, bytes: pem.into_bytes() })
    }

    async fn ca_usage(&self, actor: &Actor, id: &TrustedCaId) -> Result<UsageView, AppError> {
        let (subject, users) = self.service.trusted_ca_usage(actor, id).await.map_err(refuse)?;
        Ok(usage::usage(subject, users))
    }

    async fn delete_ca(&self, actor: &Actor, id: &TrustedCaId) -> Result<(), AppError> {
        match self.service.delete_trusted_ca(actor, id).await {
            Err(ServiceError::NotFound) => Ok(()),
            other => other.map_err(|error| refuse_delete(error, Used::TrustedCa(id.clone()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn file_names_are_plain() {
        assert_eq!(file_name("sso.example.com", ".pem"), "sso.example.com.pem");
        assert_eq!(file_name("../Söhne & Co/\"x", ".der"), "S-hne---Co--x.der");
    }
}
