//! Home, the search and the help.

use crate::error::AppError;
use crate::reading::Sent;
use crate::views::guide::{HelpView, HomeView, SearchView};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::enter;

/// Home.
#[server(endpoint = "home/show")]
pub async fn show_home() -> Result<Sent<HomeView>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.guide.home(&actor).await?)
}

/// Screens and objects by a piece of their name; few of each kind, unless all that a page can show are wanted.
#[server(endpoint = "search/find")]
pub async fn find(#[server(default)] text: String, #[server(default)] all: bool) -> Result<Sent<SearchView>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.guide.find(&actor, &text, all).await?)
}

/// A page of the help.
#[server(endpoint = "help/page")]
pub async fn show_help(topic: String) -> Result<Sent<HelpView>, AppError> {
    let (_, backend) = enter().await?;
    Sent::new(&backend.guide.help_page(&topic).await?)
}

/// The help for the page of a path.
#[server(endpoint = "help/for")]
pub async fn help_for(path: String) -> Result<HelpView, AppError> {
    let (actor, backend) = enter().await?;
    backend.guide.help_for(&actor, &path).await
}
