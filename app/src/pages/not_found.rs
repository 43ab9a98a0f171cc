//! An address that leads nowhere.

use crate::error::AppError;
use crate::reading::failure;
use leptos::prelude::*;

/// Says so, and leads back.
#[component]
pub fn NotFound() -> impl IntoView {
    failure(&AppError::NotFound)
}
