//! What a partner's metadata changes in a connection.
//!
//! What the partner alone can know (its name, addresses, certificates, what it signs) is as the metadata says. What a person may have
//! chosen (the connection's name, contacts, profiles, the subject's format) is filled where it is empty, and changed only where the
//! metadata excludes it.

use super::SpConnection;
use crate::model::browser_sso::{ConsumerUrl, IdentityMapping, SamlProfiles, SubjectFormat};
use crate::model::credentials::VerificationCertificate;
use crate::model::sp_metadata::{Binding, LogoutEndpoint, SpMetadata};
use serde::{Deserialize, Serialize};

/// From where a connection's metadata came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MetadataSource {
    /// Metadata URL, as typed.
    pub url: String,
    /// What was taken last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken: Option<TakenMetadata>,
}

impl MetadataSource {
    /// The URL was typed, and what is there was not read since.
    pub fn is_due(&self) -> bool {
        !self.url.is_empty() && self.taken.as_ref().is_none_or(|taken| taken.from != self.url)
    }
}

/// What is known of metadata that was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TakenMetadata {
    /// The URL it was fetched from; empty: a file.
    pub from: String,
    /// The entity it describes.
    pub entity_id: String,
    /// It has a signature, which was not verified.
    pub is_signed: bool,
    /// Not to be relied on after this (unix ms).
    pub valid_until: Option<i64>,
    /// What was left out, in sentences.
    pub notes: Vec<String>,
}

impl TakenMetadata {
    /// What a person should know of it.
    pub fn warnings(&self) -> Vec<String> {
        let signed = "It is signed, and the signature was not verified: make sure that it came from the partner.";
        self.notes.iter().cloned().chain(self.is_signed.then(|| signed.to_owned())).collect()
    }
}

/// One thing that metadata changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataChange {
    /// What, as on the screen.
    pub what: String,
    /// How it was; empty: it was not there.
    pub before: String,
    /// How it is; empty: it is not there any more.
    pub after: String,
}

impl SpConnection {
    /// Takes what a service provider says of itself. `from` is the URL it was fetched from; empty: a file. Answers what changed; taking
    /// the same again changes nothing.
    pub fn take_metadata(&mut self, metadata: &SpMetadata, from: &str) -> Vec<MetadataChange> {
        let before = self.as_metadata_sees_it();
        let is_first = self.metadata.taken.is_none();
        self.take_general(metadata);
        self.take_addresses(metadata);
        if is_first {
            let sso = SamlProfiles { idp_sso: true, sp_sso: true, ..SamlProfiles::default() };
            let has_logout = !self.browser_sso.protocol.logout.is_empty();
            let profiles = &mut self.browser_sso.profiles;
            if !profiles.has_sso() {
                *profiles = SamlProfiles { idp_slo: has_logout, sp_slo: has_logout, ..sso };
            }
        }
        self.take_subject_format(metadata, is_first);
        self.take_signatures(metadata);
        self.metadata.taken = Some(TakenMetadata {
            from: from.to_owned(),
            entity_id: metadata.entity_id.clone(),
            is_signed: metadata.is_signed,
            valid_until: metadata.valid_until,
            notes: metadata.notes.clone(),
        });
        if !from.is_empty() {
            from.clone_into(&mut self.metadata.url);
        }
        let after = self.as_metadata_sees_it();
        let changed = before.into_iter().zip(after).filter(|((_, before), (_, after))| before != after);
        changed.map(|((what, before), (_, after))| MetadataChange { what: what.to_owned(), before, after }).collect()
    }

    fn take_general(&mut self, metadata: &SpMetadata) {
        let general = &mut self.general;
        metadata.entity_id.clone_into(&mut general.entity_id);
        let contact = metadata.contact.clone().unwrap_or_default();
        let company = if contact.company.is_empty() { &metadata.organization } else { &contact.company };
        let name = if metadata.organization.is_empty() { &metadata.entity_id } else { &metadata.organization };
        for (field, stated, most) in [
            (&mut general.name, name, 128),
            (&mut general.company, company, 1024),
            (&mut general.contact_name, &contact.name, 1024),
            (&mut general.contact_number, &contact.phone, 1024),
        ] {
            if field.is_empty() {
                *field = stated.chars().filter(|c| !c.is_control()).take(most).collect();
            }
        }
        if general.contact_email.is_empty() && crate::text::email::is_email(&contact.email) {
            general.contact_email = contact.email;
        }
    }

    fn take_addresses(&mut self, metadata: &SpMetadata) {
        let protocol = &mut self.browser_sso.protocol;
        let default = metadata.default_consumer().map(|consumer| consumer.index);
        // Answers go by HTTP-POST only.
        let posted = metadata.assertion_consumers.iter().filter(|consumer| consumer.binding == Binding::HttpPost);
        let posted = posted.map(|consumer| ConsumerUrl { is_default: Some(consumer.index) == default, ..ConsumerUrl::from(consumer) });
        protocol.consumers = posted.collect();
        let is_spoken = |endpoint: &&LogoutEndpoint| matches!(endpoint.binding, Binding::HttpPost | Binding::HttpRedirect);
        protocol.logout = metadata.logout.iter().filter(is_spoken).cloned().collect();
        if protocol.logout.is_empty() {
            let profiles = &mut self.browser_sso.profiles;
            (profiles.idp_slo, profiles.sp_slo) = (false, false);
        }
    }

    /// Changed only the first time, and when the partner does not take the present one.
    fn take_subject_format(&mut self, metadata: &SpMetadata, is_first: bool) {
        let stated = &metadata.name_id_formats;
        let assertion = &mut self.browser_sso.assertion;
        let present = assertion.name_id_format();
        let is_chosen = !is_first || !assertion.sources.is_empty();
        let is_taken = stated.is_empty() || stated.iter().any(|format| format == present);
        if is_taken && (is_chosen || assertion.subject_format != SubjectFormat::Unspecified) {
            return;
        }
        let known = stated.iter().find_map(|format| match format.as_str() {
            "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" => Some((IdentityMapping::Pseudonym, None)),
            "urn:oasis:names:tc:SAML:2.0:nameid-format:transient" => Some((IdentityMapping::Transient, None)),
            other => SubjectFormat::of(other).map(|format| (IdentityMapping::Standard, Some(format))),
        });
        if let Some((identity, format)) = known {
            assertion.identity = identity;
            assertion.subject_format = format.unwrap_or(assertion.subject_format);
            assertion.align();
        }
    }

    fn take_signatures(&mut self, metadata: &SpMetadata) {
        let stated: Vec<_> = metadata
            .signing_certificates()
            .map(|certificate| VerificationCertificate {
                der: certificate.der.clone(),
                subject: certificate.subject.clone(),
                not_after: certificate.not_after,
                ends_on: certificate.ends_on.clone(),
            })
            .collect();
        // A file without any says nothing of those that came another way.
        if !stated.is_empty() {
            self.credentials.verification = stated;
            self.credentials.verification.dedup_by(|one, other| one.der == other.der);
        }
        let protocol = &mut self.browser_sso.protocol;
        protocol.require_signed_requests |= metadata.authn_requests_signed && !self.credentials.verification.is_empty();
        protocol.sign_assertion |= metadata.want_assertions_signed;
    }

    /// What metadata can say, as it is in this connection now: label and value of what is there.
    pub fn metadata_facts(&self) -> Vec<(&'static str, String)> {
        self.as_metadata_sees_it().into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    /// What metadata may change, in words, in the order of the tabs.
    fn as_metadata_sees_it(&self) -> Vec<(&'static str, String)> {
        let (general, sso) = (&self.general, &self.browser_sso);
        let (profiles, protocol) = (sso.profiles, &sso.protocol);
        let yes = |is: bool| if is { "Yes" } else { "No" }.to_owned();
        let lines = |lines: Vec<String>| lines.join(", ");
        let format = sso.assertion.name_id_format().rsplit(':').next().unwrap_or_default().to_owned();
        vec![
            ("Partner's Entity ID (Connection ID)", general.entity_id.clone()),
            ("Connection Name", general.name.clone()),
            ("Company", general.company.clone()),
            ("Contact Name", general.contact_name.clone()),
            ("Contact Number", general.contact_number.clone()),
            ("Contact Email", general.contact_email.clone()),
            ("SAML Profiles", profiles.words()),
            ("Subject Name Format", format),
            ("Assertion Consumer Service URL", lines(protocol.consumers.iter().map(ConsumerUrl::words).collect())),
            ("SLO Service URLs", lines(protocol.logout.iter().map(|e| format!("{} ({})", e.url, e.binding.label())).collect())),
            ("Require signed AuthN requests", yes(protocol.require_signed_requests)),
            ("Always Sign Assertion", yes(protocol.sign_assertion)),
            ("Signature Verification", lines(self.credentials.verification.iter().map(VerificationCertificate::words).collect())),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ConnectionId;
    use crate::model::sp_metadata::{AssertionConsumer, EMAIL_NAME_ID, KeyUsage, SpCertificate, SpContact};

    fn consumer(index: u16, url: &str, is_default: Option<bool>) -> AssertionConsumer {
        AssertionConsumer { binding: Binding::HttpPost, url: url.into(), index, is_default }
    }

    /// The shape of the file that AWS gives out.
    fn aws() -> SpMetadata {
        SpMetadata {
            entity_id: "https://us-east-1.signin.aws.amazon.com/platform/saml/d-1234567890".into(),
            assertion_consumers: vec![
                consumer(0, "https://us-east-1.signin.aws/platform/saml/acs/1111", None),
                consumer(1, "https://us-east-1.sso.signin.aws/platform/saml/acs/1111", Some(true)),
            ],
            name_id_formats: vec![EMAIL_NAME_ID.into()],
            want_assertions_signed: true,
            ..SpMetadata::default()
        }
    }

    fn full() -> SpMetadata {
        let certificate = |der: &str, usage| SpCertificate {
            usage,
            der: der.into(),
            subject: "CN=sp".into(),
            not_after: 1,
            ends_on: "2030-01-01".into(),
        };
        let logout = |binding| LogoutEndpoint { binding, url: "https://sp.example/slo".into(), response_url: None };
        SpMetadata {
            entity_id: "urn:sp".into(),
            assertion_consumers: vec![
                AssertionConsumer { binding: Binding::HttpArtifact, ..consumer(0, "https://sp.example/artifact", Some(true)) },
                consumer(4, "https://sp.example/acs", None),
            ],
            logout: vec![logout(Binding::Soap), logout(Binding::HttpRedirect)],
            name_id_formats: vec!["urn:other".into(), "urn:oasis:names:tc:SAML:2.0:nameid-format:transient".into()],
            certificates: vec![
                certificate("AA", KeyUsage::Encryption),
                certificate("AB", KeyUsage::Any),
                certificate("AB", KeyUsage::Signing),
                certificate("AC", KeyUsage::Signing),
            ],
            authn_requests_signed: true,
            organization: "Canal Works".into(),
            contact: Some(SpContact { name: "Ann".into(), email: "ann@canal.example".into(), ..SpContact::default() }),
            valid_until: Some(7),
            is_signed: true,
            ..SpMetadata::default()
        }
    }

    fn connection() -> SpConnection {
        SpConnection::new(ConnectionId::parse("c1").unwrap())
    }

    #[test]
    fn the_file_of_aws_fills_everything_it_can() {
        let mut made = connection();
        made.general.name = "AWS".into();
        let changes = made.take_metadata(&aws(), "");
        assert_eq!(made.general.entity_id, aws().entity_id);
        assert_eq!(made.general.name, "AWS", "a name that is there stays");
        let rows: Vec<_> = made.browser_sso.protocol.consumers.iter().map(|c| (c.index, c.is_default)).collect();
        assert_eq!(rows, [(0, false), (1, true)]);
        assert_eq!(made.browser_sso.assertion.subject_format, SubjectFormat::EmailAddress);
        let profiles = made.browser_sso.profiles;
        assert!(profiles.idp_sso && profiles.sp_sso && !profiles.has_slo());
        assert!(made.browser_sso.protocol.sign_assertion && !made.browser_sso.protocol.require_signed_requests);
        assert!(changes.iter().any(|change| change.what == "Assertion Consumer Service URL" && change.after.contains("index 0), https")));
        assert!(made.take_metadata(&aws(), "").is_empty(), "the same again changes nothing");
    }

    #[test]
    fn a_full_file_fills_contacts_logout_and_certificates() {
        let mut made = connection();
        made.take_metadata(&full(), "https://sp.example/metadata");
        assert_eq!((made.general.name.as_str(), made.general.company.as_str()), ("Canal Works", "Canal Works"));
        assert_eq!((made.general.contact_name.as_str(), made.general.contact_email.as_str()), ("Ann", "ann@canal.example"));
        let sso = &made.browser_sso;
        assert_eq!(sso.protocol.consumers.len(), 1, "no artifacts");
        assert!(sso.protocol.consumers[0].is_default);
        assert_eq!(sso.protocol.logout.len(), 1, "no SOAP");
        assert!(sso.profiles.idp_slo && sso.profiles.sp_slo);
        assert_eq!(sso.assertion.identity, IdentityMapping::Transient);
        let ders: Vec<_> = made.credentials.verification.iter().map(|c| c.der.as_str()).collect();
        assert_eq!(ders, ["AB", "AC"], "two to rotate, and none that encrypts");
        assert!(sso.protocol.require_signed_requests);
        assert_eq!(made.metadata.url, "https://sp.example/metadata");
        assert!(!made.metadata.is_due());
        assert_eq!(made.metadata.taken.as_ref().unwrap().valid_until, Some(7));
        assert!(made.take_metadata(&full(), "https://sp.example/metadata").is_empty());
    }

    #[test]
    fn an_update_leaves_what_a_person_chose() {
        let mut made = connection();
        made.take_metadata(&full(), "");
        made.browser_sso.profiles = SamlProfiles { sp_sso: true, ..SamlProfiles::default() };
        made.general.contact_name = "Bob".into();
        made.browser_sso.protocol.sign_response = false;
        let mut newer = full();
        newer.assertion_consumers.push(consumer(5, "https://sp.example/second", Some(true)));
        newer.certificates.clear();
        newer.authn_requests_signed = false;
        let changes = made.take_metadata(&newer, "");
        assert_eq!(changes.iter().map(|change| change.what.as_str()).collect::<Vec<_>>(), ["Assertion Consumer Service URL"]);
        assert!(changes[0].after.contains("https://sp.example/second (index 5, default)"), "{}", changes[0].after);
        assert_eq!(made.general.contact_name, "Bob");
        assert!(!made.browser_sso.profiles.idp_sso && !made.browser_sso.protocol.sign_response);
        assert_eq!(made.credentials.verification.len(), 2, "a file without certificates takes none away");
        assert!(made.browser_sso.protocol.require_signed_requests, "once required, a person lifts it");
        // A format that the partner takes no more is changed.
        newer.name_id_formats = vec![EMAIL_NAME_ID.into()];
        let changes = made.take_metadata(&newer, "");
        assert_eq!((changes[0].before.as_str(), changes[0].after.as_str()), ("transient", "emailAddress"));
    }
}
