//! IdP Adapters: how a person signs on. The HTML Form IdP Adapter shows a form and asks its validators.

use crate::id::{IdpAdapterId, PcvId};
use crate::model::data_store::choices;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An IdP Adapter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdpAdapter {
    /// Given when the draft is begun.
    pub id: IdpAdapterId,
    /// Instance Name: unique over all adapters.
    pub name: String,
    /// Instance ID: unique over all adapters, chosen once.
    pub instance_id: String,
    /// Its type; `None` until it is chosen.
    pub kind: Option<AdapterKind>,
    /// Credential Validators, asked in this order until one accepts.
    #[serde(default)]
    pub validators: Vec<PcvId>,
    /// What the form does.
    #[serde(default)]
    pub form: HtmlForm,
    /// Attributes of its contract besides `username`.
    #[serde(default)]
    pub extended: Vec<String>,
    /// Unique User Key Attribute; empty: none.
    #[serde(default)]
    pub unique_user_key: String,
    /// Attributes from which a pseudonym is made.
    #[serde(default)]
    pub pseudonym: BTreeSet<String>,
    /// Attributes whose values do not appear in logs.
    #[serde(default)]
    pub masked: BTreeSet<String>,
}

impl IdpAdapter {
    /// The attribute every adapter has.
    pub const CORE: &'static str = "username";

    /// A new one.
    pub fn new(id: IdpAdapterId) -> Self {
        Self {
            id,
            name: String::new(),
            instance_id: String::new(),
            kind: None,
            validators: Vec::new(),
            form: HtmlForm::default(),
            extended: Vec::new(),
            unique_user_key: String::new(),
            pseudonym: BTreeSet::new(),
            masked: BTreeSet::new(),
        }
    }
    /// Every attribute of its contract.
    pub fn contract(&self) -> Vec<&str> {
        std::iter::once(Self::CORE).chain(self.extended.iter().map(String::as_str)).collect()
    }
    /// Forgets what was said about attributes that are not in the contract any more.
    pub fn forget_gone_attributes(&mut self) {
        let contract: BTreeSet<String> = self.contract().into_iter().map(str::to_owned).collect();
        self.pseudonym.retain(|name| contract.contains(name));
        self.masked.retain(|name| contract.contains(name));
        if !contract.contains(&self.unique_user_key) {
            self.unique_user_key.clear();
        }
    }
}

choices! {
    /// Types of adapters.
    AdapterKind {
        /// Shows a form for username and password.
        HtmlForm = "html_form", "HTML Form IdP Adapter";
    }
}

/// What the form does. Its texts are shown on the sign-on page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HtmlForm {
    /// Challenge Retries: attempts before the adapter gives up.
    pub challenge_retries: u32,
    /// For whom a sign-on is remembered.
    pub session_state: SessionState,
    /// Minutes without use after which it is forgotten.
    pub session_timeout_mins: u32,
    /// Minutes after which it is forgotten in any case.
    pub session_max_timeout_mins: u32,
    /// Offers to remember the username in a cookie.
    pub remember_username: bool,
    /// Days for which it is remembered.
    pub remember_username_days: u32,
    /// Heading of the sign-on page.
    pub login_title: String,
    /// A text above its fields.
    pub login_text: String,
    /// As typed, with or without a slash before it: see [`HtmlForm::logout_path`].
    pub logout_path: String,
    /// Where a logout leads; empty: to a page that says so.
    pub logout_redirect: String,
    /// What that page says.
    pub logout_text: String,
}

impl Default for HtmlForm {
    fn default() -> Self {
        Self {
            challenge_retries: 3,
            session_state: SessionState::None,
            session_timeout_mins: 60,
            session_max_timeout_mins: 480,
            remember_username: false,
            remember_username_days: 30,
            login_title: "Sign On".into(),
            login_text: String::new(),
            logout_path: String::new(),
            logout_redirect: String::new(),
            logout_text: "You have signed off.".into(),
        }
    }
}

impl HtmlForm {
    /// Logout Path, below `/ext/`; empty: none.
    pub fn logout_path(&self) -> &str {
        self.logout_path.trim_matches('/')
    }
}

choices! {
    /// For whom a sign-on is remembered.
    SessionState {
        /// For every adapter.
        Globally = "globally", "Globally";
        /// For this adapter.
        PerAdapter = "per_adapter", "Per Adapter";
        /// Everybody signs on every time.
        None = "none", "None";
    }
}
