//! The tables of tabs, one file a task, in PingFederate's order and words.

pub mod browser_sso;
pub mod channel;
pub mod credentials;
pub mod data_store;
pub mod idp_adapter;
mod instance;
pub mod mapping_row;
pub mod metadata_export;
pub mod notifications;
pub mod pcv;
pub mod protocol_settings;
pub mod provisioning;
pub mod signing_key;
pub mod sp_connection;
