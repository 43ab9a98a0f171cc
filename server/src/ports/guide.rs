//! What leads through the console: Home, the search, the help.

use super::{Ports, as_u32, refuse};
use crate::help::{self, Topic};
use app::areas::areas;
use app::backend::Guide;
use app::error::AppError;
use app::routes::{Page, Post};
use app::views::guide::{HelpView, Hit, HitGroup, HomeView, SearchView, Way};
use async_trait::async_trait;
use domain::actor::Actor;
use domain::id::{ChannelId, ConnectionId, DataStoreId, DraftId, IdpAdapterId, PcvId, SigningKeyId};
use store::Found;

mod home;

pub(super) use home::urgency;

/// Of each kind, while one types.
const SUGGESTED: usize = 5;
/// Of each kind, on the page.
const SHOWN: usize = 50;

/// Kinds in the order shown, with what they are called.
const KINDS: [(&str, &str); 7] = [
    ("sp_connection", "SP Connections"),
    ("channel", "Channels"),
    ("data_store", "Data Stores"),
    ("pcv", "Password Credential Validators"),
    ("idp_adapter", "IdP Adapters"),
    ("signing_key", "Signing & Decryption Keys & Certificates"),
    ("trusted_ca", "Trusted CAs"),
];

#[async_trait]
impl Guide for Ports {
    async fn home(&self, actor: &Actor) -> Result<HomeView, AppError> {
        self.home_view(actor).await
    }

    async fn find(&self, actor: &Actor, text: &str, all: bool) -> Result<SearchView, AppError> {
        let text = text.trim();
        let most = if all { SHOWN } else { SUGGESTED };
        // One more than is shown tells whether there are more.
        let found = self.service.search(actor, text, as_u32(most + 1)).await.map_err(refuse)?;
        let mut groups = Vec::new();
        let screens = if text.is_empty() { Vec::new() } else { screens(text, self.is_sandbox) };
        push(&mut groups, "Screens", screens, most);
        for (kind, title) in KINDS {
            let hits = found.iter().filter(|found| found.kind == kind).filter_map(hit).collect();
            push(&mut groups, title, hits, most);
        }
        Ok(SearchView { text: text.to_owned(), groups })
    }

    async fn help_page(&self, topic: &str) -> Result<HelpView, AppError> {
        let source = help::source(topic).ok_or(AppError::NotFound)?;
        let (title, rest) = help::title(&source);
        Ok(HelpView { title: title.to_owned(), html: help::render(rest), href: Topic::whole(topic).href() })
    }

    async fn help_for(&self, actor: &Actor, path: &str) -> Result<HelpView, AppError> {
        let draft = path.strip_prefix("/wizard/").and_then(|rest| rest.split('/').next()).map(DraftId::parse);
        let kind = match draft {
            Some(Ok(draft)) => self.service.draft_kind(actor, &draft).await.map_err(refuse)?,
            _ => None,
        };
        let topic = help::topic_of(path, kind.as_deref());
        let Some(source) = help::source(&topic.text) else { return self.help_page(help::CONTENTS).await };
        let (title, rest) = help::title(&source);
        let (title, part) = help::section(&source, &topic.section).unwrap_or((title, rest));
        Ok(HelpView { title: title.to_owned(), html: help::render(part), href: topic.href() })
    }
}

fn push(groups: &mut Vec<HitGroup>, title: &str, mut hits: Vec<Hit>, most: usize) {
    let more = hits.len() > most;
    hits.truncate(most);
    if !hits.is_empty() {
        groups.push(HitGroup { title: title.to_owned(), hits, more });
    }
}

/// What else screens are called, in the guide and in the head of who comes from another product.
const ALSO_CALLED: [(&str, &str); 2] = [
    ("Connectors", "Helpful Links Resource Downloads Add-ons SaaS Connectors AWS IAM Identity Center Provisioner"),
    ("Protocol Settings", "provisioner.mode run.properties Federation Info Base URL SAML 2.0 Entity ID Outbound Provisioning"),
];

/// Screens in whose names, headings or areas every word stands.
fn screens(text: &str, is_sandbox: bool) -> Vec<Hit> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let holds = |told: String| words.iter().all(|word| told.to_lowercase().contains(word));
    let link = |label: &str, to: String| Way { label: label.to_owned(), to, posts: false };
    let mut hits: Vec<Hit> = Vec::new();
    for area in areas(is_sandbox) {
        for group in area.groups {
            let also = |screen: &str| ALSO_CALLED.iter().find(|(title, _)| *title == screen).map_or("", |(_, names)| names);
            let told = |screen: &str| format!("{} {} {screen} {}", area.title, group.title, also(screen));
            let found = group.screens.iter().filter(|screen| holds(told(screen.title)));
            let detail = format!("{} › {}", area.title, group.title);
            hits.extend(found.map(|screen| Hit { way: link(screen.title, screen.page.href()), detail: detail.clone() }));
        }
    }
    for (title, page) in [("Home", Page::Home), ("Change Password", Page::Password), ("Help", Page::Help(help::CONTENTS.to_owned()))] {
        if holds(title.to_owned()) {
            hits.push(Hit { way: link(title, page.href()), detail: String::new() });
        }
    }
    // What the text is the name of comes before what only stands under such a heading.
    let is_named = |hit: &Hit| words.iter().all(|word| hit.way.label.to_lowercase().contains(word));
    hits.sort_by_key(|hit| !is_named(hit));
    hits
}

/// An object that was found, with the way to it; `None` for one that cannot be opened.
fn hit(found: &Found) -> Option<Hit> {
    let id = found.id.as_str();
    let (to, posts) = match found.kind.as_str() {
        "sp_connection" => (Post::EditSpConnection(ConnectionId::parse(id).ok()?).action(), true),
        "data_store" => (Post::EditDataStore(DataStoreId::parse(id).ok()?).action(), true),
        "pcv" => (Post::EditPcv(PcvId::parse(id).ok()?).action(), true),
        "idp_adapter" => (Post::EditIdpAdapter(IdpAdapterId::parse(id).ok()?).action(), true),
        "channel" => (Page::Channel(ChannelId::parse(id).ok()?).href(), false),
        "signing_key" => (Page::SigningKey(SigningKeyId::parse(id).ok()?).href(), false),
        "trusted_ca" => (Page::TrustedCas.href(), false),
        _ => return None,
    };
    Some(Hit { way: Way { label: found.name.clone(), to, posts }, detail: found.detail.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn screens_are_found_by_their_names_and_headings() {
        let names = |text: &str| screens(text, false).into_iter().map(|hit| hit.way.label).collect::<Vec<_>>();
        assert_eq!(names("pass cred"), ["Password Credential Validators"]);
        assert_eq!(names("metadata"), ["Metadata Export"]);
        assert_eq!(names("data")[0], "Data Stores");
        assert!(names("data").contains(&"Password Credential Validators".to_owned()), "it stands under Data & Credential Stores");
        assert_eq!(names("resource downloads"), ["Connectors"], "as the guide calls it");
        assert_eq!(names("provisioner.mode"), ["Protocol Settings"]);
        assert_eq!(names("company"), Vec::<String>::new());
        assert_eq!(screens("company", true)[0].way.to, "/sandbox/company");
    }
}
