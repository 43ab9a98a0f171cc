//! One file per word of the design: what is configured, what a cycle reads, decides and records.

pub mod around;
pub mod browser_sso;
pub mod channel;
pub mod connection_list;
pub mod connector;
pub mod credentials;
pub mod cycle;
pub mod data_store;
pub mod idp_adapter;
pub mod link;
pub mod mapping;
pub mod notifications;
pub mod object_list;
pub mod pcv;
pub mod plan;
pub mod report;
pub mod server_settings;
pub mod signing_key;
pub mod source;
pub mod sp_connection;
pub mod sp_metadata;
pub mod trusted_ca;
pub mod verification;
