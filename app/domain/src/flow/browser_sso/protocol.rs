//! Protocol Settings: Assertion Consumer Service URL, SLO Service URLs, Allowable SAML Bindings, Signature Policy, Summary.
//!
//! Answers go by HTTP-POST: artifacts are not offered, and no message is encrypted inside, so there is no Encryption Policy.

use super::configure;
use crate::flow::pcv::put;
use crate::form::{Check, Choice, FieldSpec, Fields};
use crate::model::browser_sso::{BrowserSso, ConsumerUrl, SsoProtocol};
use crate::model::sp_metadata::{Binding, LogoutEndpoint};
use crate::problem::Problems;
use crate::text::url::is_clear;
use crate::view::Body;
use crate::wizard::rows::{RowTable, TABLE};
use crate::wizard::{Catalog, Flow, Tab, no_create, no_delete, no_keys, no_nested};

/// The task.
pub const FLOW: Flow<SsoProtocol> = Flow {
    title: |_| "Protocol Settings".into(),
    tabs: &[
        Tab::plain("assertion-consumer-service-url", "Assertion Consumer Service URL", consumer_fields, |_| Fields::new(), consumer_write)
            .intro("Where people are sent with their assertion. A request may name one of these, by its address or index; nothing is sent anywhere else.")
            .rows(CONSUMERS)
            .holds(&["consumers"]),
        Tab::plain("slo-service-urls", "SLO Service URLs", |_, _| Vec::new(), |_| Fields::new(), logout_write)
            .when(|protocol| protocol.profiles.0.has_slo())
            .intro("Where the partner is told that somebody logged out.")
            .rows(LOGOUT)
            .holds(&["logout"]),
        Tab::plain("allowable-saml-bindings", "Allowable SAML Bindings", binding_fields, binding_read, binding_write)
            .when(|protocol| protocol.profiles.0.has_requests())
            .intro("How requests of the partner may come. Those that come another way are refused.")
            .holds(&["allow_post", "allow_redirect"]),
        Tab::plain("signature-policy", "Signature Policy", policy_fields, policy_read, policy_write)
            .intro("What is signed here, and what must be signed there. Credentials has the keys.")
            .holds(&["require_signed_requests", "sign_assertion", "sign_response"]),
        Tab::summary("summary", "Summary"),
    ],
    nested: no_nested,
    keys: no_keys,
    create: no_create,
    delete: no_delete,
};

/// What is told of it on the tab with its button.
pub fn body(sso: &BrowserSso, _: &Catalog) -> Body {
    let protocol = &sso.protocol;
    let signed = [(protocol.sign_assertion, "assertions"), (protocol.sign_response, "responses")];
    let signed: Vec<_> = signed.iter().filter(|(is, _)| *is).map(|(_, what)| *what).collect();
    configure(
        "Configure Protocol Settings",
        vec![
            ("Assertion Consumer Service URL", protocol.consumers.iter().map(ConsumerUrl::words).collect::<Vec<_>>().join(", ")),
            ("Signed", signed.join(" and ")),
        ],
    )
}

fn bindings(all: &[Binding]) -> Vec<Choice> {
    all.iter().map(|binding| Choice { value: binding.id().into(), label: binding.label().into() }).collect()
}

const CONSUMERS: RowTable<SsoProtocol> = RowTable {
    name: "Assertion Consumer Service URL",
    empty: "No address yet: there is nowhere to send people.",
    count: |protocol| protocol.consumers.len(),
    fields: |_, _, _| {
        vec![
            FieldSpec::checkbox("default", "Default"),
            FieldSpec::number("index", "Index", "", 0, u32::from(u16::MAX)).required(),
            FieldSpec::select("binding", "Binding", bindings(&[Binding::HttpPost])).required(),
            FieldSpec::text("url", "Endpoint URL").required().checked(Check::Address),
        ]
    },
    read: |protocol, at| match protocol.consumers.get(at) {
        Some(row) => Fields::new()
            .with_check("default", row.is_default)
            .with("index", row.index.to_string())
            .with("binding", row.binding.id())
            .with("url", &row.url),
        None => {
            let free = (0..=u16::MAX).find(|index| protocol.consumers.iter().all(|row| row.index != *index)).unwrap_or_default();
            Fields::new()
                .with_check("default", protocol.consumers.is_empty())
                .with("index", free.to_string())
                .with("binding", Binding::HttpPost.id())
        }
    },
    write: write_consumer,
    delete: |protocol, at| {
        let was_default = protocol.consumers.remove(at).is_default;
        if was_default {
            protocol.set_default(usize::MAX);
        }
    },
    swap: None,
    named_by: 3,
    is_below: false,
};

fn write_consumer(protocol: &mut SsoProtocol, at: usize, fields: &Fields, _: &Catalog) -> Problems {
    let Ok(index) = fields.get("index").trim().parse::<u16>() else { return Problems::none() };
    let url = fields.text("url");
    let mut others = protocol.consumers.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, row)| row);
    let mut problems = Problems::none();
    if others.clone().any(|row| row.index == index) {
        problems.add("index", format!("Another row has the index {index}; each must be unique."));
    }
    if others.any(|row| row.url == url) {
        problems.add("url", "This address is in the list already.");
    }
    let was_default = protocol.consumers.get(at).is_some_and(|row| row.is_default);
    let is_default = fields.is_checked("default");
    let binding = Binding::of(fields.get("binding")).unwrap_or(Binding::HttpPost);
    put(&mut protocol.consumers, at, ConsumerUrl { is_default, index, binding, url });
    if is_default {
        protocol.set_default(at);
    } else if was_default || protocol.consumers.iter().all(|row| !row.is_default) {
        // One of them is the default, whatever nobody said.
        protocol.set_default(usize::MAX);
    }
    problems
}

fn consumer_fields(protocol: &SsoProtocol, _: &Catalog) -> Vec<FieldSpec> {
    let clear: Vec<_> = protocol.consumers.iter().filter(|row| is_clear(&row.url)).map(|row| row.url.as_str()).collect();
    if clear.is_empty() {
        return Vec::new();
    }
    let warning = format!(
        "What is sent to {} crosses the network in clear text: whoever reads it can sign on as the person. Ask the partner for an https address.",
        clear.join(", ")
    );
    vec![FieldSpec::fixed("clear", "Plain http").warning(warning)]
}

fn consumer_write(protocol: &mut SsoProtocol, _: &Fields, _: &Catalog) -> Problems {
    match protocol.consumers.is_empty() {
        true => Problems::at(
            TABLE,
            "Add a row to 'Assertion Consumer Service URL', or import the partner's metadata: there is nowhere to send people.",
        ),
        false => Problems::none(),
    }
}

const LOGOUT: RowTable<SsoProtocol> = RowTable {
    name: "SLO Service URLs",
    empty: "No address yet: the partner cannot be told of a logout.",
    count: |protocol| protocol.logout.len(),
    fields: |_, _, _| {
        vec![
            FieldSpec::select("binding", "Binding", bindings(&[Binding::HttpPost, Binding::HttpRedirect])).required(),
            FieldSpec::text("url", "Endpoint URL").required().checked(Check::Address),
            FieldSpec::text("response_url", "Response URL").checked(Check::Address).help("If answers go elsewhere."),
        ]
    },
    read: |protocol, at| match protocol.logout.get(at) {
        Some(row) => Fields::new()
            .with("binding", row.binding.id())
            .with("url", &row.url)
            .with("response_url", row.response_url.as_deref().unwrap_or_default()),
        None => Fields::new().with("binding", Binding::HttpPost.id()),
    },
    write: |protocol, at, fields, _| {
        let Some(binding) = Binding::of(fields.get("binding")) else { return Problems::none() };
        let (url, response_url) = (fields.text("url"), Some(fields.text("response_url")).filter(|url| !url.is_empty()));
        let row = LogoutEndpoint { binding, url, response_url };
        if protocol.logout.iter().enumerate().any(|(other, known)| other != at && known.binding == row.binding) {
            return Problems::at("binding", format!("There is an address for {} already.", binding.label()));
        }
        put(&mut protocol.logout, at, row);
        Problems::none()
    },
    delete: |protocol, at| drop(protocol.logout.remove(at)),
    swap: None,
    named_by: 1,
    is_below: false,
};

fn logout_write(protocol: &mut SsoProtocol, _: &Fields, _: &Catalog) -> Problems {
    match protocol.logout.is_empty() {
        true => Problems::at(TABLE, "Add a row to 'SLO Service URLs', or take the logout profiles off under SAML Profiles."),
        false => Problems::none(),
    }
}

fn binding_fields(_: &SsoProtocol, _: &Catalog) -> Vec<FieldSpec> {
    vec![
        FieldSpec::checkbox("allow_post", "POST").help("In a form that the browser posts."),
        FieldSpec::checkbox("allow_redirect", "Redirect").help("In the address."),
    ]
}

fn binding_read(protocol: &SsoProtocol) -> Fields {
    Fields::new().with_check("allow_post", protocol.allow_post).with_check("allow_redirect", protocol.allow_redirect)
}

fn binding_write(protocol: &mut SsoProtocol, fields: &Fields, _: &Catalog) -> Problems {
    protocol.allow_post = fields.is_checked("allow_post");
    protocol.allow_redirect = fields.is_checked("allow_redirect");
    match protocol.allow_post || protocol.allow_redirect {
        true => Problems::none(),
        false => Problems::at("allow_post", "Tick POST, Redirect or both: the partner's requests must come somehow."),
    }
}

fn policy_fields(protocol: &SsoProtocol, _: &Catalog) -> Vec<FieldSpec> {
    let require = FieldSpec::checkbox(
        "require_signed_requests",
        "Require AuthN requests to be signed when received via the POST or Redirect bindings",
    )
    .help("Then Credentials must have a certificate of the partner to verify them with.");
    let mut fields = Vec::new();
    if protocol.profiles.0.sp_sso || protocol.require_signed_requests {
        fields.push(require);
    }
    fields.extend([
        FieldSpec::checkbox("sign_assertion", "Always Sign Assertion").help("The part that says who somebody is."),
        FieldSpec::checkbox("sign_response", "Sign Response As Required")
            .help("The message around the assertion. Both together cost little and are taken by every service."),
    ]);
    fields
}

fn policy_read(protocol: &SsoProtocol) -> Fields {
    Fields::new()
        .with_check("require_signed_requests", protocol.require_signed_requests)
        .with_check("sign_assertion", protocol.sign_assertion)
        .with_check("sign_response", protocol.sign_response)
}

fn policy_write(protocol: &mut SsoProtocol, fields: &Fields, _: &Catalog) -> Problems {
    protocol.require_signed_requests = fields.is_checked("require_signed_requests");
    protocol.sign_assertion = fields.is_checked("sign_assertion");
    protocol.sign_response = fields.is_checked("sign_response");
    match protocol.sign_assertion || protocol.sign_response {
        true => Problems::none(),
        false => Problems::at("sign_assertion", "Tick one of the two or both: nobody takes an assertion that nothing signs."),
    }
}
