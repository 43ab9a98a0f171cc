//! Keys and certificates.

use crate::error::AppError;
use crate::reading::Sent;
use crate::views::{Listed, SigningKeyRow, TrustedCaRow, UsageView};
use domain::id::{SigningKeyId, TrustedCaId};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::enter;

/// All signing keys, with this administrator's drafts.
#[server(endpoint = "signing-keys/list")]
pub async fn list_signing_keys() -> Result<Sent<Listed<SigningKeyRow>>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.security.list_keys(&actor).await?)
}

/// One signing key.
#[server(endpoint = "signing-keys/show")]
pub async fn show_signing_key(id: SigningKeyId) -> Result<Sent<SigningKeyRow>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.security.show_key(&actor, &id).await?)
}

/// Makes the next key of one.
#[server(endpoint = "signing-keys/rotate")]
pub async fn rotate_signing_key(id: SigningKeyId) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.security.rotate_key(&actor, &id).await
}

/// Lets the next key sign.
#[server(endpoint = "signing-keys/activate")]
pub async fn activate_signing_key(id: SigningKeyId) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.security.activate_key(&actor, &id).await
}

/// Drops the next key.
#[server(endpoint = "signing-keys/cancel-rotation")]
pub async fn cancel_key_rotation(id: SigningKeyId) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.security.cancel_rotation(&actor, &id).await
}

/// Deletes one that is not used.
#[server(endpoint = "signing-keys/delete")]
pub async fn delete_signing_key(id: SigningKeyId) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.security.delete_key(&actor, &id).await
}

/// All trusted CAs.
#[server(endpoint = "trusted-cas/list")]
pub async fn list_trusted_cas() -> Result<Sent<Vec<TrustedCaRow>>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.security.list_cas(&actor).await?)
}

/// Deletes one that is not used.
#[server(endpoint = "trusted-cas/delete")]
pub async fn delete_trusted_ca(id: TrustedCaId) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.security.delete_ca(&actor, &id).await
}

/// Who uses a trusted CA.
#[server(endpoint = "trusted-cas/usage")]
pub async fn trusted_ca_usage(id: TrustedCaId) -> Result<Sent<UsageView>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.security.ca_usage(&actor, &id).await?)
}
