//! People sign on at service providers: a request comes in, a form asks who it is, and a signed answer goes out.
//!
//! Nobody here is an [`Actor`](domain::actor::Actor) yet: whoever asks is a stranger until a validator has accepted a password, and
//! then has a name at one service provider and no rights in the console. So every text that comes in is a stranger's, what is said back
//! to the browser tells nothing that the log has to tell, and what strangers can make the server keep is bounded.
//!
//! The way of a sign-on: [`Service::receive_sign_on`] or [`Service::start_sign_on`] makes a [`Flow`], which travels sealed through the
//! browser; [`Service::begin_flow`] says what to show for it; [`Service::try_password`] takes what was typed. A [`Turned`] is a
//! sign-on that ends with a page instead of an answer to the service provider.

mod answer;
mod attempts;
mod contract;
mod criteria;
mod flow;
mod known;
mod logout;
mod names;
mod partner;
mod password;
mod receive;
mod record;
mod session;
mod trial;

pub(crate) use attempts::Attempts;
pub use contract::Row;
pub use flow::{Flow, Wanted};
pub(crate) use known::Known;
pub use logout::{Farewell, Leave};
pub use password::Typed;
pub use receive::{Arrived, Start};
pub(crate) use record::Notes;
pub use record::{AUDIT, Event};
pub use trial::{Said, Trial};

use crate::ServiceError;
use domain::model::browser_sso::AdapterMapping;
use domain::model::idp_adapter::IdpAdapter;
use saml::Refusal;
use saml::send::PostForm;
use tokio::time::Instant;

/// By how much the clocks of partners may differ from this one.
const SKEW_MS: i64 = 3 * 60_000;
/// For how long after it was made a message is good: browsers take their time.
const MESSAGE_MS: i64 = 5 * 60_000;

/// A sign-on that ends with a page. The page shows the code and no more; the sentence is for the log.
#[derive(Debug, thiserror::Error)]
pub enum Turned {
    /// It is not done.
    #[error("{why}")]
    Refused {
        /// A word for the page.
        code: &'static str,
        /// Why, for an administrator.
        why: String,
        /// What the person may read; none: nothing but that it is not done.
        told: Option<String>,
    },
    /// The person was rejected, which is noted already.
    #[error("{why}")]
    Rejected {
        /// Why, for an administrator.
        why: String,
        /// What the person may read.
        told: &'static str,
    },
    /// It could not be found out.
    #[error("a sign-on failed")]
    Failed(#[source] ServiceError),
}

impl Turned {
    fn refused(code: &'static str, why: impl Into<String>) -> Self {
        Self::Refused { code, why: why.into(), told: None }
    }
}

impl From<Refusal> for Turned {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal.to_string())
    }
}

impl From<ServiceError> for Turned {
    fn from(error: ServiceError) -> Self {
        Self::Failed(error)
    }
}

impl From<store::StoreError> for Turned {
    fn from(error: store::StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// What comes next in a sign-on.
#[derive(Debug)]
pub enum Next {
    /// A form is shown.
    Ask(Box<Asking>),
    /// The browser takes an answer to the service provider.
    Answer(Answered),
}

/// An answer to the service provider.
#[derive(Debug)]
pub struct Answered {
    /// What the browser posts.
    pub form: PostForm,
    /// The browser's new cookie, where a session began.
    pub browser: Option<String>,
    /// For how many days the username may be remembered, where one was typed and the adapter offers it.
    pub remember_days: Option<u32>,
}

impl From<PostForm> for Answered {
    fn from(form: PostForm) -> Self {
        Self { form, browser: None, remember_days: None }
    }
}

/// Who is at the other end, as far as that is known.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// From where.
    pub address: String,
    /// The cookie by which their sessions are found.
    pub browser: Option<String>,
    /// When what is done now began.
    pub begun: Instant,
}

impl Visitor {
    /// Who asks now.
    pub fn new(address: String, browser: Option<String>) -> Self {
        Self { address, browser, begun: Instant::now() }
    }
}

/// A form to be shown.
#[derive(Debug)]
pub struct Asking {
    /// The sign-on it belongs to.
    pub flow: Flow,
    /// What the form looks like and does.
    pub adapter: IdpAdapter,
    /// Where it leads, for people to read.
    pub partner: String,
    /// Adapters that may be used instead: Instance ID and name.
    pub others: Vec<(String, String)>,
    /// What was wrong with what was typed.
    pub problem: Option<&'static str>,
}

/// Somebody who signed on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Person {
    /// The adapter's attributes, in the order of its contract.
    pub attributes: Vec<(String, Vec<String>)>,
}

impl Person {
    /// The values of an attribute of the adapter.
    pub fn all(&self, name: &str) -> &[String] {
        self.attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or(&[], |(_, values)| values)
    }

    /// The first value of one.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.all(name).first().map(String::as_str)
    }
}

/// An adapter that may be used at a service provider, with how it is mapped there.
pub(crate) struct Way {
    pub adapter: IdpAdapter,
    pub mapping: AdapterMapping,
}

/// A new ID for a message, an assertion or a session: letters, digits and an underscore before them, random.
pub(crate) fn random_id() -> String {
    format!("_{}", uuid::Uuid::new_v4().simple())
}
