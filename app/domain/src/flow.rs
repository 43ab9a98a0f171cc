//! The tables of tabs, one file a task, in PingFederate's order and words.

pub mod channel;
pub mod data_store;
pub mod idp_adapter;
mod instance;
pub mod mapping_row;
pub mod pcv;
pub mod provisioning;
pub mod sp_connection;
