//! The server functions: what pages read, small actions, and Test Connection. One file a port; each asks who acts, makes one call
//! of the port and answers. No status is set here: without JavaScript a form that posts to one of these would then show raw JSON.
#![expect(missing_docs, reason = "the macro makes a struct of each function's arguments, whose fields cannot be documented")]

pub mod channels;
pub mod connections;
pub mod connectors;
pub mod data_stores;
pub mod drafts;
pub mod guide;
pub mod idp_adapters;
pub mod logs;
pub mod pcvs;
pub mod people;
pub mod sandbox;
pub mod security;
pub mod session;
pub mod settings;
pub mod sign_ons;

#[cfg(feature = "ssr")]
mod entrance {
    use crate::backend::{Backend, context};
    use crate::error::AppError;
    use crate::routes::Page;
    use domain::actor::Actor;
    use leptos::prelude::use_context;

    /// Who acts, and the ports. Whoever is not signed on, or owes a new password, is led to where that is mended.
    pub async fn enter() -> Result<(Actor, Backend), AppError> {
        let entered = context().await;
        match &entered {
            Err(AppError::SignIn) => leptos_axum::redirect(&sign_in()),
            Err(AppError::Forbidden) => leptos_axum::redirect(&Page::Password.href()),
            _ => {}
        }
        entered
    }

    /// The sign-in page, which leads back to the page that was asked for.
    fn sign_in() -> String {
        let page = Page::SignIn.href();
        let parts = use_context::<http::request::Parts>().filter(|parts| parts.method == http::Method::GET);
        match parts {
            Some(parts) => format!("{page}?return_to={}", parts.uri.path()),
            None => page,
        }
    }
}
#[cfg(feature = "ssr")]
use entrance::enter;
