//! The list of people and groups: its address, and its rows in words.

use super::{href, tone};
use crate::ports::words::{count, day};
use crate::ports::{Ports, ops, refuse};
use app::error::AppError;
use app::routes::Page;
use app::views::connections::{FilterView, SortHead};
use app::views::people::{PeopleList, PersonRow};
use domain::actor::Actor;
use domain::id::{ChannelId, SourceId};
use domain::model::link::ObjectKind;
use domain::model::object_list::{ListedObject, ObjectQuery, ObjectState, Part, Place};
use service::people::PeopleFound;
use url::form_urlencoded;

/// Rows of a part.
const ROWS: u32 = 50;
/// Letters of a reason in a choice.
const REASON_SHOWN: usize = 80;

/// What an address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Asked {
    query: ObjectQuery,
    part: Part,
}

impl Asked {
    /// Reads the query of an address; what it does not know is as if it were not there.
    fn read(text: &str) -> Self {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(text.trim_start_matches('?').as_bytes()) {
            let query = &mut asked.query;
            match &*name {
                "q" => query.text = value.trim().to_owned(),
                "channel" => query.channel = ChannelId::parse(&value).ok(),
                "state" => query.state = ObjectState::of(&value),
                "kind" => query.kind = ObjectKind::of(&value),
                "reason" => query.reason = value.into_owned(),
                "order" => query.descending = value == "descending",
                "after" => asked.part = place(&value).map_or(Part::First, Part::After),
                "before" => asked.part = place(&value).map_or(Part::First, Part::Before),
                _ => {}
            }
        }
        asked
    }

    /// The parameters of a query, those left out that say what goes without saying.
    fn pairs(query: &ObjectQuery) -> Vec<(&'static str, String)> {
        let mut pairs = vec![
            ("q", query.text.clone()),
            ("channel", query.channel.as_ref().map_or_else(String::new, ToString::to_string)),
            ("state", query.state.map_or("", ObjectState::id).to_owned()),
            ("kind", query.kind.map_or("", ObjectKind::id).to_owned()),
            ("reason", query.reason.clone()),
            ("order", if query.descending { "descending" } else { "" }.to_owned()),
        ];
        pairs.retain(|(_, value)| !value.is_empty());
        pairs
    }

    fn href(query: &ObjectQuery, more: &[(&str, String)]) -> String {
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(Self::pairs(query)).extend_pairs(more).finish();
        let page = Page::People.href();
        if text.is_empty() { page } else { format!("{page}?{text}") }
    }
}

/// A place as it stands in an address.
fn place_text(place: &Place) -> String {
    serde_json::json!([place.name_key, place.kind.id(), place.source_id.0, place.channel.as_str()]).to_string()
}

fn place(text: &str) -> Option<Place> {
    let (name_key, kind, source_id, channel): (String, String, String, String) = serde_json::from_str(text).ok()?;
    Some(Place { name_key, kind: ObjectKind::of(&kind)?, source_id: SourceId(source_id), channel: ChannelId::parse(&channel).ok()? })
}

impl Ports {
    /// The part of the list that an address asks for.
    pub(super) async fn people_list(&self, actor: &Actor, address: &str) -> Result<PeopleList, AppError> {
        let Asked { query, part } = Asked::read(address);
        let found = self.service.list_people(actor, &query, &part, ROWS).await.map_err(refuse)?;
        let now = self.now();
        let name_of = |id: &ChannelId| found.channels.iter().find(|c| &c.id == id).map_or_else(String::new, |c| c.name.clone());
        let row = |object: &ListedObject| PersonRow {
            href: href(&object.place.channel, object.place.kind, &object.place.source_id),
            name: if object.name.is_empty() { object.place.source_id.0.clone() } else { object.name.clone() },
            kind: ops::kind(object.place.kind),
            dn: object.dn.clone(),
            channel: name_of(&object.place.channel),
            state: object.state.label().to_owned(),
            tone: tone(object.state),
            reason: object.reason.clone(),
            target_id: object.target_id.as_ref().map_or_else(String::new, ToString::to_string),
            at: object.at.map(|at| day(at, now)),
        };
        let page = &found.page;
        let turn = |name: &'static str, object: Option<&ListedObject>, there: bool| {
            object.filter(|_| there).map(|object| Asked::href(&query, &[(name, place_text(&object.place))]))
        };
        let narrow = query.channel.clone();
        let total: u32 = found.counts.iter().map(|(_, n)| n).sum();
        Ok(PeopleList {
            channel: narrow.as_ref().map(|id| (name_of(id), Page::Channel(id.clone()).href())),
            ways: narrow
                .as_ref()
                .map(|id| {
                    vec![
                        ("Explain".to_owned(), Page::ChannelExplain(id.clone()).href()),
                        ("Verify".to_owned(), Page::ChannelVerify(id.clone()).href()),
                    ]
                })
                .unwrap_or_default(),
            rows: page.rows.iter().map(row).collect(),
            is_empty: total == 0 && !query.is_narrow(),
            counted: counted(&found, &query, total),
            filters: filters(&found, &query),
            head: head(&query),
            kept: Asked::pairs(&query).into_iter().filter(|(name, _)| *name == "order").map(|(n, v)| (n.to_owned(), v)).collect(),
            all: Asked::href(&ObjectQuery { channel: narrow, ..ObjectQuery::default() }, &[]),
            before: turn("before", page.rows.first(), page.has_before),
            after: turn("after", page.rows.last(), page.has_after),
            text: query.text,
        })
    }
}

fn filters(found: &PeopleFound, query: &ObjectQuery) -> Vec<FilterView> {
    let filter = |name: &str, label: &str, choices: Vec<(String, String)>, chosen: String| {
        let any = (String::new(), "Any".to_owned());
        FilterView { name: name.to_owned(), label: label.to_owned(), choices: std::iter::once(any).chain(choices).collect(), chosen }
    };
    let of_state = |state: &ObjectState| found.counts.iter().find(|(of, _)| of == state).map_or(0, |(_, n)| *n);
    let states = ObjectState::ALL.iter().map(|s| (s.id().to_owned(), format!("{} ({})", s.label(), of_state(s)))).collect();
    let kinds = [(ObjectKind::User, "People"), (ObjectKind::Group, "Groups")].map(|(kind, label)| (kind.id().to_owned(), label.to_owned()));
    let mut filters = vec![
        filter("state", "Status", states, query.state.map_or_else(String::new, |s| s.id().to_owned())),
        filter("kind", "Kind", kinds.into(), query.kind.map_or_else(String::new, |k| k.id().to_owned())),
    ];
    let mut reasons: Vec<_> = found.reasons.iter().map(|r| (r.reason.clone(), format!("{} ({})", short(&r.reason), r.count))).collect();
    // Who comes by an old address sees what it asks for.
    if !query.reason.is_empty() && !reasons.iter().any(|(reason, _)| *reason == query.reason) {
        reasons.push((query.reason.clone(), short(&query.reason)));
    }
    if !reasons.is_empty() {
        filters.push(filter("reason", "Reason", reasons, query.reason.clone()));
    }
    if found.channels.len() > 1 || query.channel.is_some() {
        let named = |channel: &store::ChannelRow| format!("{} ({})", channel.name, channel.connection_name);
        let channels = found.channels.iter().map(|channel| (channel.id.to_string(), named(channel))).collect();
        filters.push(filter("channel", "Channel", channels, query.channel.as_ref().map_or_else(String::new, ToString::to_string)));
    }
    filters
}

fn short(reason: &str) -> String {
    match reason.char_indices().nth(REASON_SHOWN) {
        Some((at, _)) => format!("{}…", &reason[..at]),
        None => reason.to_owned(),
    }
}

/// How many there are: where all of a state are shown it is known, and a search counts what it shows.
fn counted(found: &PeopleFound, query: &ObjectQuery, total: u32) -> String {
    let objects = |n| count(n, "person or group", "people and groups");
    let searched = !query.text.is_empty() || query.kind.is_some() || !query.reason.is_empty();
    let shown = super::super::as_u32(found.page.rows.len());
    match query.state {
        _ if searched && !found.page.has_after && !found.page.has_before => format!("{} found", objects(shown)),
        _ if searched => format!("{shown} shown, and more"),
        None => objects(total),
        Some(state) => objects(found.counts.iter().find(|(of, _)| *of == state).map_or(0, |(_, n)| *n)),
    }
}

/// The heading of the name; pressed again it turns the list round.
fn head(query: &ObjectQuery) -> SortHead {
    let sorted = if query.descending { "descending" } else { "ascending" };
    let href = Asked::href(&ObjectQuery { descending: !query.descending, ..query.clone() }, &[]);
    SortHead { label: "Name".to_owned(), href, sorted: sorted.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_asked_and_what_is_asked_says_the_address() {
        for address in [
            "/people",
            "/people?q=a%26b+c",
            "/people?q=x&channel=c1&state=failed&kind=group&reason=no+%E2%80%98%E2%80%A6%E2%80%99&order=descending",
        ] {
            let asked = Asked::read(address.split_once('?').map_or("", |(_, query)| query));
            assert_eq!(Asked::href(&asked.query, &[]), address);
        }
        let odd = Asked::read("?state=maybe&kind=&channel=../x&after=[1]&before=&__err=x&order=up");
        assert_eq!(odd, Asked::default());
    }

    #[test]
    fn a_place_comes_back_from_an_address() {
        let place = Place {
            name_key: "o'neil \"&\" ünal\n".into(),
            kind: ObjectKind::Group,
            source_id: SourceId("cn=a+b,dc=x".into()),
            channel: ChannelId::parse("c1").unwrap(),
        };
        let address = Asked::href(&ObjectQuery::default(), &[("after", place_text(&place))]);
        assert_eq!(Asked::read(address.split_once('?').unwrap().1).part, Part::After(place));
    }
}
