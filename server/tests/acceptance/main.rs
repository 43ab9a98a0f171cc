//! The main job against counterparts: OpenLDAP and scim2-server, which nobody here wrote, and the sandbox, which fails on request.
//!
//! Channels are set up through the use cases that the wizard posts to, cycles are run as *Run now* does, and what is asserted is
//! what is at the target afterwards, computed from what the directory itself says.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

mod active_directory;
mod aws;
#[path = "../console/browser.rs"]
#[expect(dead_code, reason = "the console's tests use more of it")]
mod browser;
mod changes;
mod company;
mod comparisons;
mod credentials;
mod degraded;
#[path = "../../crates/saml/tests/saml/desk.rs"]
#[expect(dead_code, reason = "the tests of messages use more of it")]
mod desk;
mod dialects;
mod directory_failures;
mod disasters;
mod fault_matrix;
#[path = "../console/form.rs"]
mod form;
mod guards;
mod house;
mod kill;
mod large_group;
mod ldif;
mod openldap;
mod options;
mod ownership;
mod preflight;
mod previews;
mod random_faults;
mod references;
mod relay;
mod running;
mod samba;
mod scim_server;
mod scimmy;
mod sign_on;
mod sign_on_accounts;
mod sign_on_directories;
mod sign_on_hostile;
mod sign_on_house;
mod sign_on_logout;
mod sign_on_service_providers;
mod slapd;
mod stage;
mod target_failures;
mod towpath;
mod wire;
