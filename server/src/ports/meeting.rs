//! Where a draft meets what somebody else saved, as a page; and drafts that another window closed.

use super::drafts::go;
use super::words::past;
use super::{Ports, refuse};
use app::areas::list_of;
use app::backend::Then;
use app::error::AppError;
use app::routes::{KEEP, Page, Post};
use app::views::MadePage;
use app::wizard::meeting::{MeetingView, With, html, title};
use domain::actor::Actor;
use domain::form::Fields;
use domain::id::{ConnectionId, DataStoreId, DraftId, IdpAdapterId, PcvId};
use domain::wizard::merge::Side;
use service::drafts::Next;
use service::meeting::{Merged, Met};
use std::collections::BTreeMap;
use store::ClosedDraft;
use url::form_urlencoded::{Serializer, parse};

/// What a choice about a unit is named; its path follows.
const TAKE: &str = "take.";
/// In the address: a choice was missing.
const MISSING: &str = "missing";
/// In the address: somebody saved again meanwhile.
const MOVED: &str = "moved";

impl Ports {
    /// The page.
    pub(super) async fn meeting_page(&self, actor: &Actor, id: &DraftId, query: &str) -> Result<MadePage, AppError> {
        let meeting = self.service.meeting(actor, id).await.map_err(refuse)?;
        let now = self.now();
        let said: Vec<(String, String)> = parse(query.trim_start_matches('?').as_bytes()).into_owned().collect();
        let with = match meeting.with {
            Met::Nothing => With::Nothing,
            Met::Deleted(by) => With::Deleted(by.map(|(who, at)| (who, past(at, now)))),
            Met::Saved { by, at, version, saves, has_base, units } => {
                let by = Some(by).filter(|by| *by != actor.to_string());
                With::Saved { by, at: past(at, now), version, saves, has_base, units }
            }
        };
        let view = MeetingView {
            draft: meeting.draft,
            path: meeting.path,
            kind: kind(meeting.kind).to_owned(),
            list: list_of(meeting.kind).map(|screen| (screen.title.to_owned(), screen.page.href())),
            name: meeting.name,
            with,
            is_incomplete: said.iter().any(|(name, _)| name == MISSING),
            has_moved: said.iter().any(|(name, _)| name == MOVED),
            chosen: meeting.chosen.into_iter().chain(choices(said.iter().map(|(name, value)| (name.as_str(), value.as_str())))).collect(),
        };
        Ok(MadePage { title: title(&view), html: html(view) })
    }

    /// What a person chose. What is missing leads back to the page, with what was chosen in its address.
    pub(super) async fn take_choices(&self, actor: &Actor, id: &DraftId, fields: Fields) -> Result<Then, AppError> {
        let page = Page::Meeting(id.clone()).href();
        let again = |query: &[(&str, &str)]| {
            let query = Serializer::new(String::new()).extend_pairs(query).finish();
            Ok(Then::Go(format!("{page}?{query}")))
        };
        let version = fields.get("version").parse().unwrap_or_default();
        let merged = match fields.get("nav") {
            nav @ ("leave" | KEEP) => {
                self.service.keep_choices(actor, id, version, &choices(fields.iter())).await.map_err(refuse)?;
                let tab = self.service.meeting(actor, id).await.map_err(refuse)?.path;
                return Ok(if nav == KEEP { Then::Go(page) } else { go(Next::Tab(id.clone(), tab)) });
            }
            "drop" => {
                let kind = self.service.meeting(actor, id).await.map_err(refuse)?.kind;
                self.service.delete_draft(actor, id).await.map_err(refuse)?;
                Ok(Merged::Go(Next::List(kind)))
            }
            "anew" => self.service.save_anew(actor, id).await,
            _ => self.service.merge(actor, id, version, &choices(fields.iter())).await,
        };
        match merged.map_err(refuse)? {
            Merged::Go(next) => Ok(go(next)),
            Merged::Moved => again(&[(MOVED, "1")]),
            Merged::Missing(_) => {
                let kept = fields.iter().filter(|(name, _)| name.starts_with(TAKE));
                again(&[(MISSING, "1")].into_iter().chain(kept).collect::<Vec<_>>())
            }
        }
    }
}

fn choices<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, Side> {
    let choice = |(name, value): (&str, &str)| {
        let side = match value {
            "mine" => Side::Mine,
            "theirs" => Side::Theirs,
            _ => return None,
        };
        Some((name.strip_prefix(TAKE)?.to_owned(), side))
    };
    pairs.filter_map(choice).collect()
}

/// A kind of object as people say it.
fn kind(id: &str) -> &'static str {
    match id {
        "data_store" => "Data Store",
        "pcv" => "Password Credential Validator",
        "idp_adapter" => "IdP Adapter",
        "signing_key" => "signing key",
        "protocol_settings" => "Protocol Settings",
        "metadata_export" => "Metadata Export",
        "notifications" => "Notifications",
        _ => "SP Connection",
    }
}

/// A draft that was saved or thrown away: when, and where to go on.
pub(super) fn closed(draft: &ClosedDraft, kept: Option<Next>) -> AppError {
    let id = draft.target_id.as_str();
    let edit = match draft.kind.as_str() {
        "data_store" => DataStoreId::parse(id).ok().map(Post::EditDataStore),
        "pcv" => PcvId::parse(id).ok().map(Post::EditPcv),
        "idp_adapter" => IdpAdapterId::parse(id).ok().map(Post::EditIdpAdapter),
        "sp_connection" => ConnectionId::parse(id).ok().map(Post::EditSpConnection),
        "protocol_settings" => Some(Post::EditProtocolSettings),
        "metadata_export" => Some(Post::EditMetadataExport),
        "notifications" => Some(Post::EditNotifications),
        _ => None,
    };
    let kept = kept.map(|next| {
        let Then::Go(to) = go(next);
        to
    });
    let when = past(draft.closed_at, crate::clock::now()).words;
    AppError::Closed { saved: draft.saved, when, edit: edit.filter(|_| draft.saved).map(|post| post.action()), kept }
}
