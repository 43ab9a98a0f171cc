//! Channels and cycles.

use crate::error::AppError;
use crate::reading::Sent;
use crate::views::MadePage;
use domain::id::{ChannelId, CycleId, DraftId};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::enter;
#[cfg(feature = "ssr")]
use crate::backend::PreviewPart;
#[cfg(feature = "ssr")]
use crate::{pages, reading::html};

/// All channels, or those that the query of an address asks for, as HTML.
#[server(endpoint = "channels/list")]
pub async fn list_channels(#[server(default)] query: String) -> Result<Sent<String>, AppError> {
    let (actor, backend) = enter().await?;
    let dashboard = backend.channels.dashboard(&actor, &query).await?;
    Sent::new(&html(|| pages::channels::content::content(dashboard)))
}

/// One channel, with charts over a time.
#[server(endpoint = "channels/show")]
pub async fn show_channel(channel: ChannelId, #[server(default)] over: String) -> Result<Sent<MadePage>, AppError> {
    let (actor, backend) = enter().await?;
    let screen = backend.channels.screen(&actor, &channel, &over).await?;
    Sent::new(&MadePage { title: screen.page.row.name.clone(), html: html(|| pages::channel::content::content(screen)) })
}

/// One cycle, with those of its objects that the query of an address asks for.
#[server(endpoint = "channels/cycle")]
pub async fn show_cycle(cycle: CycleId, #[server(default)] query: String) -> Result<Sent<MadePage>, AppError> {
    let (actor, backend) = enter().await?;
    let page = backend.channels.cycle(&actor, &cycle, &query).await?;
    Sent::new(&MadePage { title: format!("Cycle of {}", page.channel_name), html: html(|| pages::cycle::content::content(page)) })
}

/// The cycles of a channel that the query of an address asks for.
#[server(endpoint = "channels/cycles")]
pub async fn list_cycles(channel: ChannelId, #[server(default)] query: String) -> Result<Sent<MadePage>, AppError> {
    let (actor, backend) = enter().await?;
    let page = backend.channels.cycles(&actor, &channel, &query).await?;
    Sent::new(&MadePage { title: format!("Cycles of {}", page.channel_name), html: html(|| pages::cycles::content::content(page)) })
}

/// What a cycle would do now; `page` of its operations counts from 1, of the preview with this name where it is still there.
#[server(endpoint = "channels/preview")]
pub async fn preview_channel(channel: ChannelId, #[server(default)] of: String, page: u32) -> Result<Sent<MadePage>, AppError> {
    let (actor, backend) = enter().await?;
    let preview = backend.channels.preview(&actor, &channel, &PreviewPart::Page { of, page }).await?;
    Sent::new(&crate::pages::preview::content::made(preview))
}

/// What a cycle would do with what is in a draft, asked from one of its tabs.
#[server(endpoint = "drafts/preview")]
pub async fn preview_draft(draft: DraftId, path: String, #[server(default)] of: String, page: u32) -> Result<Sent<MadePage>, AppError> {
    let (actor, backend) = enter().await?;
    let preview = backend.channels.preview_draft(&actor, &draft, &path, &PreviewPart::Page { of, page }).await?;
    Sent::new(&crate::pages::preview::content::made(preview))
}

/// Starts a cycle now; `full` compares everything.
#[server(endpoint = "channels/run")]
pub async fn run_channel(channel: ChannelId, #[server(default)] full: bool) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.channels.run(&actor, &channel, full).await
}

/// Pauses.
#[server(endpoint = "channels/pause")]
pub async fn pause_channel(channel: ChannelId) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.channels.pause(&actor, &channel).await
}

/// Resumes.
#[server(endpoint = "channels/resume")]
pub async fn resume_channel(channel: ChannelId) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.channels.resume(&actor, &channel).await
}

/// From now on `provisioner.log` has the channel at DEBUG for so many minutes; 0: no longer. Administrators only.
#[server(endpoint = "channels/log-level")]
pub async fn set_log_level(channel: ChannelId, debug_minutes: u32) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.channels.log_level(&actor, &channel, debug_minutes).await
}

/// Forgets the links: the next cycle matches everything anew.
#[server(endpoint = "channels/reset")]
pub async fn reset_channel(channel: ChannelId) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.channels.reset(&actor, &channel).await
}

/// Lets the removals held now happen once.
#[server(endpoint = "channels/approve")]
pub async fn approve_channel(channel: ChannelId) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.channels.approve(&actor, &channel).await
}

/// Keeps the removals held now from being asked about for a while.
#[server(endpoint = "channels/reject")]
pub async fn reject_channel(channel: ChannelId) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.channels.reject(&actor, &channel).await
}
