//! Browser SSO of an SP Connection: how people are sent to the service provider, and what is said of them there.
//!
//! Only what this identity provider does is here: SAML 2.0, answers by HTTP-POST, nothing encrypted. Artifacts, WS-Federation and XML
//! encryption have no place in it.

mod assertion;

pub use assertion::{
    AdapterMapping, AssertionCreation, AttributeLookup, AttributeNameFormat, ContractAttribute, CriterionCondition, CriterionSource,
    Fulfillment, IdentityMapping, IssuanceCriterion, MappingMethod, SAML_SUBJECT, SubjectFormat, ValueSource,
};

use super::around::Around;
use super::sp_metadata::{AssertionConsumer, Binding, LogoutEndpoint};
use serde::{Deserialize, Serialize};

/// What *Configure Browser SSO* holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BrowserSso {
    /// SAML Profiles.
    pub profiles: SamlProfiles,
    /// Assertion Lifetime.
    pub lifetime: AssertionLifetime,
    /// Assertion Creation.
    pub assertion: AssertionCreation,
    /// Protocol Settings.
    pub protocol: SsoProtocol,
}

impl BrowserSso {
    /// Messages of the partner without a good signature are refused: where the policy says so, and every logout.
    pub fn wants_signatures(&self) -> bool {
        (self.profiles.sp_sso && self.protocol.require_signed_requests) || self.profiles.has_slo()
    }
}

/// SAML Profiles: who may begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SamlProfiles {
    /// IdP-Initiated SSO.
    pub idp_sso: bool,
    /// SP-Initiated SSO.
    pub sp_sso: bool,
    /// IdP-Initiated SLO.
    pub idp_slo: bool,
    /// SP-Initiated SLO.
    pub sp_slo: bool,
}

impl SamlProfiles {
    /// Those that are on, in words.
    pub fn words(self) -> String {
        let all = [
            (self.idp_sso, "IdP-Initiated SSO"),
            (self.sp_sso, "SP-Initiated SSO"),
            (self.idp_slo, "IdP-Initiated SLO"),
            (self.sp_slo, "SP-Initiated SLO"),
        ];
        all.iter().filter(|(is, _)| *is).map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
    }
    /// Whether anybody may begin a sign-on.
    pub fn has_sso(self) -> bool {
        self.idp_sso || self.sp_sso
    }
    /// Whether anybody may begin a logout.
    pub fn has_slo(self) -> bool {
        self.idp_slo || self.sp_slo
    }
    /// Whether the partner sends requests.
    pub fn has_requests(self) -> bool {
        self.sp_sso || self.has_slo()
    }
}

/// Assertion Lifetime: clocks differ, and browsers take their time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AssertionLifetime {
    /// Valid this long before it is issued.
    pub minutes_before: u32,
    /// Valid this long after it is issued.
    pub minutes_after: u32,
}

impl Default for AssertionLifetime {
    fn default() -> Self {
        Self { minutes_before: 5, minutes_after: 5 }
    }
}

/// Protocol Settings: addresses, bindings and signatures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SsoProtocol {
    /// Assertion Consumer Service URLs. Nothing is ever sent to an address that is not here.
    pub consumers: Vec<ConsumerUrl>,
    /// SLO Service URLs.
    pub logout: Vec<LogoutEndpoint>,
    /// Requests may come in a form that the browser posts.
    pub allow_post: bool,
    /// Requests may come in the address.
    pub allow_redirect: bool,
    /// Require `AuthN` requests to be signed when received via the POST or Redirect bindings.
    pub require_signed_requests: bool,
    /// Always Sign Assertion.
    pub sign_assertion: bool,
    /// Sign Response As Required: the Response is signed.
    pub sign_response: bool,
    /// The SAML Profiles, which decide what is asked.
    #[serde(skip)]
    pub profiles: Around<SamlProfiles>,
}

impl Default for SsoProtocol {
    fn default() -> Self {
        Self {
            consumers: Vec::new(),
            logout: Vec::new(),
            allow_post: true,
            allow_redirect: true,
            require_signed_requests: false,
            // Both cost little and leave no room for what is wrapped around a signed part.
            sign_assertion: true,
            sign_response: true,
            profiles: Around::default(),
        }
    }
}

/// One Assertion Consumer Service URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsumerUrl {
    /// Where a request that names no address is answered; exactly one row is.
    pub is_default: bool,
    /// What a request may name instead of the address; unique.
    pub index: u16,
    /// How the answer travels.
    pub binding: Binding,
    /// Compared with what a request says letter by letter.
    pub url: String,
}

impl ConsumerUrl {
    /// Address, index and whether it is the default, on one line.
    pub fn words(&self) -> String {
        format!("{} (index {}{})", self.url, self.index, if self.is_default { ", default" } else { "" })
    }
}

impl From<&AssertionConsumer> for ConsumerUrl {
    fn from(consumer: &AssertionConsumer) -> Self {
        Self { is_default: false, index: consumer.index, binding: consumer.binding, url: consumer.url.clone() }
    }
}

impl SsoProtocol {
    /// Where answers go that no request named an address for.
    pub fn default_consumer(&self) -> Option<&ConsumerUrl> {
        self.consumers.iter().find(|consumer| consumer.is_default).or_else(|| self.consumers.iter().min_by_key(|consumer| consumer.index))
    }
    /// Where a request wants its answer: by address, else by index, else the default. `None` for an address that is not stored.
    pub fn consumer_for(&self, url: Option<&str>, index: Option<u16>) -> Option<&ConsumerUrl> {
        match (url, index) {
            (Some(url), _) => self.consumers.iter().find(|consumer| consumer.url == url),
            (None, Some(index)) => self.consumers.iter().find(|consumer| consumer.index == index),
            (None, None) => self.default_consumer(),
        }
    }
    /// Makes one row the default and no other; the one of the lowest index where the row is not there.
    pub fn set_default(&mut self, at: usize) {
        let lowest = (0..self.consumers.len()).min_by_key(|&at| self.consumers[at].index);
        let at = if at < self.consumers.len() { Some(at) } else { lowest };
        for (row, consumer) in self.consumers.iter_mut().enumerate() {
            consumer.is_default = Some(row) == at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn protocol(indexes: &[u16]) -> SsoProtocol {
        let consumer = |&index: &u16| ConsumerUrl {
            is_default: false,
            index,
            binding: Binding::HttpPost,
            url: format!("https://sp.example.com/{index}"),
        };
        SsoProtocol { consumers: indexes.iter().map(consumer).collect(), ..SsoProtocol::default() }
    }

    #[test]
    fn answers_go_to_stored_addresses_only() {
        let mut sso = protocol(&[3, 1]);
        let found = |sso: &SsoProtocol, url: Option<&str>, index| sso.consumer_for(url, index).map(|consumer| consumer.index);
        assert_eq!(found(&sso, None, None), Some(1));
        sso.set_default(0);
        assert_eq!(found(&sso, None, None), Some(3));
        assert_eq!(found(&sso, Some("https://sp.example.com/1"), Some(3)), Some(1));
        assert_eq!(found(&sso, Some("https://sp.example.com/1/"), Some(3)), None, "another address, whatever the index says");
        assert_eq!(found(&sso, None, Some(7)), None);
        sso.set_default(usize::MAX);
        assert_eq!(found(&sso, None, None), Some(1));
        assert_eq!(found(&protocol(&[]), None, None), None);
    }
}
