//! Settings: who signs people on, and what AWS takes and gives out for it.

use super::page;
use crate::sandbox::Counterparts;
use crate::sandbox::pages::notebook::Said;
use crate::sandbox::pages::pieces::{fact, go, href, panel, press};
use crate::sandbox::pages::{Pages, field_views};
use app::views::sandbox::{Act, Fact, FormView, Part, SandboxPage};
use domain::form::{Check, FieldSpec, Fields, check};
use domain::problem::Problems;
use sandbox::aws::portal::{describe, provider_of, read_idp_metadata};
use sandbox::aws::{IdentityProvider, ServiceProvider};

/// Path of the page.
const HERE: &str = "aws";
/// The file that AWS gives out.
pub const FILE: &str = "aws-sp-metadata.xml";

/// The text of the file for the identity provider.
pub fn sp_metadata(at: &Counterparts) -> String {
    service_provider(at).write()
}

/// The emulator is served as long as there are pages about it.
fn service_provider(at: &Counterparts) -> ServiceProvider {
    at.aws.service_provider().unwrap_or(ServiceProvider { entity_id: String::new(), acs_urls: Vec::new() })
}

impl Pages {
    /// The page.
    pub(in crate::sandbox::pages) fn identity_source(&self, said: Option<&Said>) -> SandboxPage {
        let source = self.at.aws.identity_provider();
        let provisioning = if self.at.aws.tenant().is_empty() { "Manual" } else { "SCIM" };
        let how = match &source {
            Some(_) => "SAML 2.0",
            None => "None yet: upload the metadata of your identity provider",
        };
        let provider = service_provider(&self.at);
        let copy = |label: &str, value: &str, note: &str| Fact { copy: true, note: note.to_owned(), ..fact(label, value) };
        let portal = self.at.aws.portal_url().unwrap_or_default();
        let mut addresses: Vec<_> = provider.acs_urls.iter().map(|url| copy("Assertion Consumer Service (ACS) URL", url, "")).collect();
        if let [first, second, ..] = addresses.as_mut_slice() {
            first.note = "The default.".to_owned();
            second.note = "As AWS has one more for IPv6 and IPv4.".to_owned();
        }
        addresses.push(copy("Issuer URL", &provider.entity_id, "The entity ID, and the audience of assertions."));
        let mut parts = vec![
            panel(
                "source",
                "Identity source",
                "",
                vec![
                    Part::Facts(vec![
                        fact("Identity source", "External identity provider"),
                        fact("Authentication method", how),
                        fact("Provisioning method", provisioning),
                        fact("Identity store ID", self.at.aws.store_id()),
                        copy("AWS access portal URL", &portal, "Where people sign in."),
                    ]),
                    Part::Acts(vec![go("Automatic provisioning", href("aws/provisioning")), go("Open the access portal", portal)]),
                ],
            ),
            panel(
                "sp",
                "Service provider metadata",
                "What your identity provider must know of IAM Identity Center.",
                vec![Part::Facts(addresses), Part::Acts(vec![go("Download metadata file", href(&format!("files/{FILE}")))])],
            ),
        ];
        if let Some(source) = &source {
            parts.push(known(source));
        }
        parts.extend(forms(source.as_ref(), said));
        page(HERE, "Settings", "Where users come from, and how they sign on.", parts)
    }

    /// The file for the identity provider.
    pub(in crate::sandbox::pages) fn sp_metadata(&self, name: &str) -> Option<(String, String, String)> {
        (name == FILE).then(|| (FILE.to_owned(), "application/samlmetadata+xml".to_owned(), sp_metadata(&self.at)))
    }

    pub(super) fn upload_metadata(&self, fields: &Fields) -> (String, Said) {
        let said = match read_idp_metadata(fields.get("metadata")) {
            Ok(provider) => self.trust(provider),
            Err(why) => Said::refused(why),
        };
        (HERE.to_owned(), said)
    }

    pub(super) fn type_identity_source(&self, fields: Fields) -> (String, Said) {
        let mut problems = check(&typed_fields(), &fields);
        let certificate = fields.text("certificate");
        if problems.is_empty()
            && let Err(why) = describe(&certificate)
        {
            problems.add("certificate", why);
        }
        if !problems.is_empty() {
            return (HERE.to_owned(), Said::wrong(problems, fields));
        }
        let said = match provider_of(fields.text("entity_id"), fields.text("sso_url"), vec![certificate]) {
            Ok(provider) => self.trust(provider),
            Err(why) => Said::wrong(Problems::at("sso_url", why), fields),
        };
        (HERE.to_owned(), said)
    }

    pub(super) fn remove_identity_source(&self) -> (String, Said) {
        self.at.aws.set_identity_provider(None);
        (HERE.to_owned(), Said::done("The identity provider is forgotten."))
    }

    fn trust(&self, provider: IdentityProvider) -> Said {
        let text = format!("The identity provider {} is known now.", provider.entity_id);
        self.at.aws.set_identity_provider(Some(provider));
        Said::done(text)
    }
}

/// What is known of the identity provider.
fn known(source: &IdentityProvider) -> Part {
    let mut facts = vec![fact("IdP sign-in URL", source.sign_in_url()), fact("IdP issuer URL", &source.entity_id)];
    for certificate in &source.certificates {
        let (subject, until) = describe(certificate).unwrap_or_default();
        facts.push(Fact { note: format!("Valid until {until}."), ..fact("Certificate", subject) });
    }
    let remove = Act {
        question: Some((
            "Forget the identity provider?".to_owned(),
            "People cannot sign on until its metadata is uploaded again. Users and groups stay.".to_owned(),
        )),
        ..press("Remove", href("aws/identity-source/remove"))
    };
    panel("idp", "Identity provider metadata", "", vec![Part::Facts(facts), Part::Acts(vec![remove])])
}

fn typed_fields() -> Vec<FieldSpec> {
    vec![
        FieldSpec::text("sso_url", "IdP sign-in URL").required().checked(Check::Url),
        FieldSpec::text("entity_id", "IdP issuer URL").required().help("The entity ID of the identity provider."),
        FieldSpec::area("certificate", "IdP certificate", 6, Check::Pem).required().help("In PEM form."),
    ]
}

/// Uploading the metadata, or typing what it says.
fn forms(source: Option<&IdentityProvider>, said: Option<&Said>) -> [Part; 2] {
    let upload = FormView {
        action: href("aws/identity-source/upload"),
        file: Some(("metadata".to_owned(), "IdP SAML metadata".to_owned(), "The XML file that your identity provider exports.".to_owned())),
        button: "Upload metadata".to_owned(),
        ..FormView::default()
    };
    let typed = said.filter(|said| !said.problems.is_empty());
    let values = match (typed, source) {
        (Some(said), _) => said.typed.clone(),
        (None, Some(source)) => Fields::new()
            .with("sso_url", source.sign_in_url())
            .with("entity_id", &source.entity_id)
            .with("certificate", source.certificates.concat()),
        (None, None) => Fields::new(),
    };
    let values = FormView {
        action: href("aws/identity-source/values"),
        fields: field_views(&typed_fields(), &values),
        problems: typed.map(|said| said.problems.clone()).unwrap_or_default(),
        button: "Use these values".to_owned(),
        ..FormView::default()
    };
    [
        panel("upload", "Upload the identity provider’s metadata", "", vec![Part::Form(upload)]),
        panel("values", "Or enter its values", "", vec![Part::Form(values)]),
    ]
}
