//! What a saved object lacks because the rest of the world changed: said where the object is listed and summed up, and not only when
//! something runs or somebody signs on.

use crate::{Result, Service};
use domain::id::{DataStoreId, IdpAdapterId, PcvId, SigningKeyId};
use domain::model::pcv::{Pcv, PcvKind};
use domain::model::signing_key::WARNING_DAYS;
use domain::model::sp_connection::SpConnection;
use domain::wizard::draft::DraftBody;
use keys::CertificateFacts;
use store::Conn;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What there is besides an object, as far as its flaws hang on it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rest {
    stores: Vec<DataStoreId>,
    adapters: Vec<IdpAdapterId>,
    keys: Vec<(SigningKeyId, Option<CertificateFacts>)>,
}

impl Rest {
    /// Reads it; what concerns signing on only where somebody does.
    pub(crate) async fn read(conn: &mut Conn, with_sign_on: bool) -> Result<Self> {
        let mut rest = Self { stores: conn.list_data_store_names().await?.into_iter().map(|(id, _)| id).collect(), ..Self::default() };
        if with_sign_on {
            rest.adapters = conn.list_idp_adapters().await?.into_iter().map(|stored| stored.value.id).collect();
            let keys = conn.list_signing_keys().await?.into_iter().map(|stored| stored.value);
            rest.keys = keys.map(|key| (key.id, CertificateFacts::of_pem(&key.active.certificate))).collect();
        }
        Ok(rest)
    }
}

impl Service {
    /// What a connection lacks, in sentences.
    pub(crate) fn flaws_of_connection(&self, connection: &SpConnection, rest: &Rest) -> Vec<String> {
        let mut flaws = Vec::new();
        if connection.outbound_provisioning {
            self.flaws_of_provisioning(connection, rest, &mut flaws);
        }
        if connection.browser_sso_profiles {
            flaws_of_sign_on(connection, rest, self.now(), &mut flaws);
        }
        flaws
    }

    fn flaws_of_provisioning(&self, connection: &SpConnection, rest: &Rest, flaws: &mut Vec<String>) {
        if let Some(reference) = &connection.connector {
            let connectors = self.connectors();
            match (connectors.version(&reference.id, &reference.version), connectors.newest(&reference.id)) {
                (Some(_), _) => {}
                (None, Some(newest)) => flaws.push(format!(
                    "Version {} of its connector is not installed any more: version {} is used meanwhile.",
                    reference.version, newest.version
                )),
                (None, None) => flaws.push(format!("Its connector {} is not installed any more: its channels do not run.", reference.id)),
            }
        }
        for channel in &connection.provisioning.channels {
            if !channel.data_store.as_ref().is_some_and(|id| rest.stores.contains(id)) {
                flaws.push(format!("The Data Store of its channel ‘{}’ is not there any more. Choose another one.", channel.name));
            }
        }
    }

    /// What the saved object of a draft lacks, in sentences.
    pub(crate) async fn flaws_of_draft(&self, conn: &mut Conn, body: &DraftBody) -> Result<Vec<String>> {
        Ok(match body {
            DraftBody::SpConnection(connection) => {
                let rest = Rest::read(conn, connection.browser_sso_profiles).await?;
                self.flaws_of_connection(connection, &rest)
            }
            DraftBody::Pcv(pcv) => {
                let stores: Vec<_> = conn.list_data_store_names().await?.into_iter().map(|(id, _)| id).collect();
                let is_there = pcv.data_store().is_some_and(|id| stores.contains(id));
                flaw_of_pcv(pcv, is_there).map(str::to_owned).into_iter().collect()
            }
            DraftBody::IdpAdapter(adapter) => {
                let pcvs: Vec<PcvId> = conn.list_pcvs().await?.into_iter().map(|stored| stored.value.id).collect();
                let gone = adapter.validators.iter().filter(|id| !pcvs.contains(id)).count();
                flaw_of_adapter(gone, adapter.validators.len()).map(str::to_owned).into_iter().collect()
            }
            _ => Vec::new(),
        })
    }
}

/// Why nobody can sign on with a validator; `is_there`: its Data Store.
pub fn flaw_of_pcv(pcv: &Pcv, is_there: bool) -> Option<&'static str> {
    (pcv.kind == Some(PcvKind::Ldap) && !is_there)
        .then_some("Its Data Store is not there any more: nobody can sign on with it. Choose another one.")
}

/// What an adapter lacks of which so many of all validators are gone.
pub fn flaw_of_adapter(gone: usize, all: usize) -> Option<&'static str> {
    match (gone, all) {
        (_, 0) => Some("It asks no validator: nobody can sign on with it."),
        (0, _) => None,
        (gone, all) if gone == all => Some("Its validators are not there any more: nobody can sign on with it. Choose others."),
        _ => Some("One of its validators is not there any more. Take it out of the list."),
    }
}

fn flaws_of_sign_on(connection: &SpConnection, rest: &Rest, now: i64, flaws: &mut Vec<String>) {
    let adapters = || connection.browser_sso.assertion.sources.iter().filter_map(|source| source.adapter.as_ref());
    if adapters().any(|id| !rest.adapters.contains(id)) {
        flaws.push("An IdP Adapter that it asks is not there any more. Choose another one under Authentication Source Mapping.".to_owned());
    }
    if let Some(id) = &connection.credentials.signing_key {
        match rest.keys.iter().find(|(known, _)| known == id) {
            None => flaws.push("Its Signing Certificate is not there any more: nobody can sign on. Choose another one.".to_owned()),
            Some((_, Some(facts))) if facts.not_after <= now => {
                flaws.push(format!(
                    "Its Signing Certificate ended on {}: the partner may refuse what it signs. Rotate the key.",
                    facts.ends_on()
                ));
            }
            Some((_, Some(facts))) if facts.not_after - now < WARNING_DAYS * DAY_MS => {
                flaws.push(format!(
                    "Its Signing Certificate ends on {}. Rotate the key and give the partner the next one in time.",
                    facts.ends_on()
                ));
            }
            Some(_) => {}
        }
    }
    let verification = &connection.credentials.verification;
    if let Some(last) = verification.iter().max_by_key(|certificate| certificate.not_after)
        && last.not_after <= now
    {
        flaws.push(format!("The partner's certificate ended on {}: ask for its newer metadata, and update with it.", last.ends_on));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::ConnectionId;
    use domain::model::browser_sso::AdapterMapping;
    use domain::model::credentials::VerificationCertificate;

    #[test]
    fn sign_on_warns_of_what_is_gone_or_has_ended() {
        let mut connection = SpConnection::new(ConnectionId::parse("c1").unwrap());
        let said = |connection: &SpConnection, rest: &Rest| {
            let mut flaws = Vec::new();
            flaws_of_sign_on(connection, rest, 1_000, &mut flaws);
            flaws.join(" ")
        };
        assert_eq!(said(&connection, &Rest::default()), "");
        let mut mapping = AdapterMapping::new("m1".into());
        mapping.adapter = Some(IdpAdapterId::parse("a1").unwrap());
        connection.browser_sso.assertion.sources = vec![mapping];
        connection.credentials.signing_key = Some(SigningKeyId::parse("k1").unwrap());
        let certificate =
            |not_after| VerificationCertificate { der: String::new(), subject: "CN=sp".into(), not_after, ends_on: "2020-01-01".into() };
        connection.credentials.verification = vec![certificate(900), certificate(1_000)];
        let all = said(&connection, &Rest::default());
        for part in ["An IdP Adapter that it asks is not there", "Its Signing Certificate is not there", "The partner's certificate ended"]
        {
            assert!(all.contains(part), "{part}: {all}");
        }
        // One that is still good is enough.
        connection.credentials.verification.push(certificate(2_000));
        let facts = |not_after| {
            let made = rcgen::generate_simple_self_signed(["x".to_owned()]).unwrap();
            CertificateFacts { not_after, ..CertificateFacts::of_der(made.cert.der()).unwrap() }
        };
        let rest = |not_after| Rest {
            adapters: vec![IdpAdapterId::parse("a1").unwrap()],
            keys: vec![(SigningKeyId::parse("k1").unwrap(), Some(facts(not_after)))],
            ..Rest::default()
        };
        assert!(said(&connection, &rest(999)).starts_with("Its Signing Certificate ended on 1970-01-01"));
        assert!(said(&connection, &rest(2_000)).starts_with("Its Signing Certificate ends on"));
        assert_eq!(said(&connection, &rest(1_000 + 61 * DAY_MS)), "");
    }
}
