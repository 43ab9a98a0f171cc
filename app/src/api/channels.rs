//! Channels and cycles.

use crate::error::AppError;
use crate::reading::Sent;
use crate::views::{ChannelPage, ChannelRow, CyclePage, PreviewPage};
use domain::id::{ChannelId, CycleId};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::enter;

/// All channels.
#[server(endpoint = "channels/list")]
pub async fn list_channels() -> Result<Sent<Vec<ChannelRow>>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.channels.list(&actor).await?)
}

/// One channel.
#[server(endpoint = "channels/show")]
pub async fn show_channel(channel: ChannelId) -> Result<Sent<ChannelPage>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.channels.show(&actor, &channel).await?)
}

/// One cycle; an empty `outcome` shows all, `page` counts from 1.
#[server(endpoint = "channels/cycle")]
pub async fn show_cycle(cycle: CycleId, #[server(default)] outcome: String, page: u32) -> Result<Sent<CyclePage>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.channels.cycle(&actor, &cycle, &outcome, page).await?)
}

/// What a cycle would do now.
#[server(endpoint = "channels/preview")]
pub async fn preview_channel(channel: ChannelId) -> Result<Sent<PreviewPage>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.channels.preview(&actor, &channel).await?)
}

/// Starts a cycle now.
#[server(endpoint = "channels/run")]
pub async fn run_channel(channel: ChannelId) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.channels.run(&actor, &channel).await
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
