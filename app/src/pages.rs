//! The pages besides the wizard, one file a screen.

mod certificate;
pub mod channel;
pub mod channels;
pub mod connections;
pub mod connectors;
pub mod cycle;
pub mod cycles;
pub mod data_stores;
mod drafts;
pub mod help;
pub mod home;
pub mod idp_adapters;
pub mod logs;
pub mod metadata_export;
pub mod not_found;
#[cfg(feature = "ssr")]
mod ops;
pub mod password;
pub mod pcvs;
pub mod preview;
pub mod protocol_settings;
pub mod sandbox;
pub mod search;
pub mod sign_in;
pub mod sign_ons;
pub mod signing_key;
pub mod signing_keys;
pub mod trusted_cas;
mod usage;
