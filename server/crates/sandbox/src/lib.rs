//! The counterparts that Towpath needs to be tried and tested without anybody's permission: a sample directory that speaks LDAP
//! like Active Directory, and an emulator of the AWS IAM Identity Center SCIM endpoint.
//!
//! Both run in process, on loopback, keep their state, and fail on request. They are the project's only fakes: tests assert on what
//! their state became, not on calls. Nothing here is for production.

pub mod aws;
pub mod directory;
