//! The pages besides the wizard, one file a screen.

pub mod channel;
pub mod channels;
pub mod connections;
pub mod cycle;
pub mod data_stores;
mod drafts;
pub mod idp_adapters;
pub mod not_found;
mod ops;
pub mod password;
pub mod pcvs;
pub mod preview;
pub mod sandbox;
pub mod sign_in;
mod usage;
