//! Home, the search and the help.

use crate::error::AppError;
use crate::reading::Sent;
use crate::views::MadePage;
use crate::views::guide::{HelpView, HomePage};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::enter;
#[cfg(feature = "ssr")]
use crate::reading::html;

/// Home.
#[server(endpoint = "home/show")]
pub async fn show_home() -> Result<Sent<HomePage>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&crate::pages::home::content::page(backend.guide.home(&actor).await?))
}

/// The page of screens and objects that have this in their name.
#[server(endpoint = "search/find")]
pub async fn search(#[server(default)] text: String) -> Result<Sent<MadePage>, AppError> {
    let (actor, backend) = enter().await?;
    let found = backend.guide.find(&actor, &text, true).await?;
    let title = if found.text.is_empty() { "Search".to_owned() } else { format!("Search: {}", found.text) };
    Sent::new(&MadePage { title, html: html(|| crate::pages::search::content::content(found)) })
}

/// A few of each kind, to stand below the field while one types.
#[server(endpoint = "search/suggest")]
pub async fn suggest(#[server(default)] text: String) -> Result<String, AppError> {
    let (actor, backend) = enter().await?;
    let found = backend.guide.find(&actor, &text, false).await?;
    Ok(html(|| crate::pages::search::content::suggestions(found)))
}

/// A page of the help.
#[server(endpoint = "help/page")]
pub async fn show_help(topic: String) -> Result<Sent<HelpView>, AppError> {
    let (_, backend) = enter().await?;
    Sent::new(&backend.guide.help_page(&topic).await?)
}

/// The help for the page of a path.
#[server(endpoint = "help/for")]
pub async fn help_for(path: String) -> Result<Sent<HelpView>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.guide.help_for(&actor, &path).await?)
}
