//! What an administrator does in the AWS console, past the SCIM endpoint.

/// Why the console refuses something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsoleError {
    /// Provisioning can be enabled once.
    #[error("Automatic provisioning is already enabled.")]
    AlreadyEnabled,
    /// There is no endpoint, and so no token.
    #[error("Automatic provisioning is not enabled; enable it first.")]
    NotEnabled,
    /// Two is the most.
    #[error("There are already two access tokens; delete one first.")]
    TooManyTokens,
    /// No token has this id.
    #[error("There is no access token {0}.")]
    NoToken(String),
}
