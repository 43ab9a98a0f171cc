//! The sample directory seen by a client that nobody here wrote: the `ldap3` crate, and once OpenLDAP's `ldapsearch`.

mod bin;
mod bind;
mod change;
mod client;
mod company;
mod fault;
mod filter;
mod limits;
mod peer;
