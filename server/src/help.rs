//! The help: one text a screen, in `docs/help`, made into HTML here. Of a wizard's task each tab has a section, found by the tab's id.
//!
//! The texts are this project's own; HTML in them is shown as text all the same.

use pulldown_cmark::{Event, Options, Parser, Tag, html};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../docs/help"]
struct Texts;

/// The page that leads to all others.
pub const CONTENTS: &str = "contents";

/// A place in the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// The text, by its file's name without the ending.
    pub text: String,
    /// The section of it; empty: the whole.
    pub section: String,
}

impl Topic {
    /// A whole text.
    pub fn whole(text: &str) -> Self {
        Self { text: text.to_owned(), section: String::new() }
    }

    /// Its address.
    pub fn href(&self) -> String {
        let page = app::routes::Page::Help(self.text.clone()).href();
        if self.section.is_empty() { page } else { format!("{page}#{}", self.section) }
    }
}

/// Where the help speaks of the page of a path; `kind` is that of the draft in it, if there is one.
pub fn topic_of(path: &str, kind: Option<&str>) -> Topic {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["wizard", _, tabs @ ..] => match kind {
            Some(kind) => topic_of_tab(kind, tabs),
            None => Topic::whole(CONTENTS),
        },
        [""] => Topic::whole("home"),
        ["channels", _] => Topic::whole("channel"),
        ["channels", _, "preview"] => Topic::whole("preview"),
        ["drafts", _, "preview", ..] => Topic::whole("preview"),
        ["channels", _, "cycles"] => Topic::whole("cycles"),
        ["cycles", ..] => Topic::whole("cycle"),
        ["signing-keys", ..] => Topic::whole("signing-keys"),
        ["trusted-cas", ..] => Topic::whole("trusted-cas"),
        ["sandbox", ..] => Topic::whole("sandbox"),
        ["help", topic @ ..] => Topic::whole(&topic.join("/")),
        ["sp-connections", _, "test"] => Topic::whole("test-assertion"),
        [_, _, "usage"] => Topic::whole("usage"),
        [screen, ..] => Topic::whole(screen),
        [] => Topic::whole(CONTENTS),
    }
}

/// Tabs and keys alternate. A task inside a tab has a text of its own, named for that tab.
fn topic_of_tab(kind: &str, tabs: &[&str]) -> Topic {
    let kind = kind.replace('_', "-");
    let (tab, above) = match tabs {
        [.., above, _, tab] => (*tab, Some(*above)),
        [tab] => (*tab, None),
        _ => return Topic::whole(CONTENTS),
    };
    let text = match above {
        Some(above) => format!("wizard/{kind}/{above}"),
        None => format!("wizard/{kind}"),
    };
    Topic { text, section: tab.to_owned() }
}

/// Every text, by name.
#[cfg(test)]
pub fn texts() -> Vec<String> {
    Texts::iter().filter_map(|name| name.strip_suffix(".md").map(str::to_owned)).collect()
}

/// A text as it is written; `None` where there is none.
pub fn source(text: &str) -> Option<String> {
    let file = Texts::get(&format!("{text}.md"))?;
    String::from_utf8(file.data.into_owned()).ok()
}

/// Its title, and the rest.
pub fn title(source: &str) -> (&str, &str) {
    let (first, rest) = source.split_once('\n').unwrap_or((source, ""));
    (first.trim_start_matches('#').trim(), rest)
}

/// A section by its id: its title, and what is in it. A section begins with `## Title {#id}`.
pub fn section<'a>(source: &'a str, id: &str) -> Option<(&'a str, &'a str)> {
    let mark = format!("{{#{id}}}");
    let mut from = 0;
    for line in source.split_inclusive('\n') {
        let end = from + line.len();
        if line.starts_with("## ") && line.trim_end().ends_with(&mark) {
            let rest = &source[end..];
            let until = rest.find("\n## ").unwrap_or(rest.len());
            return Some((line.trim_start_matches('#').trim().trim_end_matches(&mark).trim(), &rest[..until]));
        }
        from = end;
    }
    None
}

/// Markdown as HTML. What is HTML already becomes text, and links lead to pages of the console or its help only.
pub fn render(markdown: &str) -> String {
    let options = Options::ENABLE_HEADING_ATTRIBUTES | Options::ENABLE_TABLES;
    let events = Parser::new_ext(markdown, options).map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) if !(dest_url.starts_with('/') || dest_url.starts_with('#')) => {
            Event::Start(Tag::Link { link_type, dest_url: format!("#{}", dest_url.replace(':', "")).into(), title, id })
        }
        other => other,
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

#[cfg(test)]
mod tests;
