//! The main job against counterparts: OpenLDAP and scim2-server, which nobody here wrote, and the sandbox, which fails on request.
//!
//! Channels are set up through the use cases that the wizard posts to, cycles are run as *Run now* does, and what is asserted is
//! what is at the target afterwards, computed from what the directory itself says.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

mod active_directory;
mod aws;
mod changes;
mod company;
mod credentials;
mod degraded;
mod dialects;
mod directory_failures;
mod disasters;
mod fault_matrix;
mod guards;
mod house;
mod kill;
mod large_group;
mod ldif;
mod openldap;
mod options;
mod preflight;
mod previews;
mod random_faults;
mod relay;
mod running;
mod samba;
mod scim_server;
mod sign_on;
mod slapd;
mod stage;
mod target_failures;
mod towpath;
mod wire;
