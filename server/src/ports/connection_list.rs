//! The list of SP Connections: its address, and its rows in words.

use super::words::{count, day, list};
use super::{Ports, as_u32, refuse};
use app::api::connections::DeleteConnection;
use app::error::AppError;
use app::routes::{Download, Page, Post};
use app::views::connections::{ConnectionList, ConnectionRow, FilterView, MenuAct, MenuItem, SortHead};
use domain::actor::Actor;
use domain::model::connection_list::{ConnectionQuery, Kind, Sort, Status};
use domain::model::sp_connection::SpConnection;
use leptos::server_fn::ServerFn as _;
use service::connections::ConnectionGlance;
use url::form_urlencoded;

/// Rows of a page.
const ROWS: u32 = 20;

/// What an address asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    query: ConnectionQuery,
    page: u32,
}

impl Asked {
    /// Reads the query of an address; what it does not know is as if it were not there.
    fn read(text: &str) -> Self {
        let mut asked = Self { query: ConnectionQuery::default(), page: 1 };
        for (name, value) in form_urlencoded::parse(text.trim_start_matches('?').as_bytes()) {
            match &*name {
                "q" => asked.query.text = value.trim().to_owned(),
                "status" => asked.query.status = Status::of(&value).unwrap_or_default(),
                "type" => asked.query.kind = Kind::of(&value).unwrap_or_default(),
                "sort" => asked.query.sort = Sort::of(&value).unwrap_or_default(),
                "order" => asked.query.descending = value == "descending",
                "page" => asked.page = value.parse().unwrap_or(1).max(1),
                _ => {}
            }
        }
        asked
    }

    /// Its parameters, those left out that say what goes without saying.
    fn pairs(query: &ConnectionQuery) -> Vec<(&'static str, &str)> {
        let mut pairs = vec![("q", query.text.as_str()), ("status", query.status.id()), ("type", query.kind.id())];
        pairs.extend(sorting(query));
        pairs.retain(|(_, value)| !value.is_empty());
        pairs
    }

    fn href(query: &ConnectionQuery, more: &[(&str, &str)]) -> String {
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(Self::pairs(query)).extend_pairs(more).finish();
        let page = Page::SpConnections.href();
        if text.is_empty() { page } else { format!("{page}?{text}") }
    }
}

fn sorting(query: &ConnectionQuery) -> Vec<(&'static str, &'static str)> {
    let sort = if query.sort == Sort::default() { "" } else { query.sort.id() };
    vec![("sort", sort), ("order", if query.descending { "descending" } else { "" })]
}

/// The heading of a column; pressed again it turns the list round.
fn head(sort: Sort, query: &ConnectionQuery) -> SortHead {
    let is_sorted = query.sort == sort;
    // The latest is what one looks for first.
    let descending = if is_sorted { !query.descending } else { matches!(sort, Sort::Created | Sort::Updated) };
    let sorted = match (is_sorted, query.descending) {
        (false, _) => "none",
        (true, false) => "ascending",
        (true, true) => "descending",
    };
    let href = Asked::href(&ConnectionQuery { sort, descending, ..query.clone() }, &[]);
    SortHead { label: sort.label().to_owned(), href, sorted: sorted.to_owned() }
}

impl Ports {
    /// The page of the list that an address asks for.
    pub(super) async fn connection_list(&self, actor: &Actor, address: &str) -> Result<ConnectionList, AppError> {
        let Asked { query, page } = Asked::read(address);
        let read = |page: u32| {
            self.service.list_connection_page(actor, &query, store::Page { offset: (page - 1).saturating_mul(ROWS), limit: ROWS })
        };
        let (mut rows, total) = read(page).await.map_err(refuse)?;
        let total = u32::try_from(total).unwrap_or(u32::MAX);
        let pages = total.div_ceil(ROWS).max(1);
        // An address of a page that is not there any more shows the last.
        let page = page.min(pages);
        if rows.is_empty() && total > 0 {
            rows = read(page).await.map_err(refuse)?.0;
        }
        let listed = self.listed(actor, "sp_connection", Vec::<()>::new()).await?;
        let now = self.now();
        let filter = |name: &str, label: &str, choices: Vec<(&str, &str)>, chosen: &str| FilterView {
            name: name.to_owned(),
            label: label.to_owned(),
            choices: choices.into_iter().map(|(id, label)| (id.to_owned(), label.to_owned())).collect(),
            chosen: chosen.to_owned(),
        };
        let kept = sorting(&query).into_iter().filter(|(_, value)| !value.is_empty());
        let base = Asked::href(&query, &[("page", "")]);
        Ok(ConnectionList {
            drafts: listed.drafts,
            waiting: listed.waiting,
            is_empty: total == 0 && !query.is_narrow(),
            counted: counted(page, as_u32(rows.len()), total),
            filters: vec![
                filter("status", "Status", Status::ALL.iter().map(|s| (s.id(), s.label())).collect(), query.status.id()),
                filter("type", "Type", Kind::ALL.iter().map(|k| (k.id(), k.label())).collect(), query.kind.id()),
            ],
            heads: Sort::ALL.iter().map(|sort| head(*sort, &query)).collect(),
            kept: kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            page,
            pages,
            base,
            rows: rows.into_iter().map(|glance| self.connection_row(glance, now)).collect(),
            text: query.text,
        })
    }

    fn connection_row(&self, glance: ConnectionGlance, now: i64) -> ConnectionRow {
        let ConnectionGlance { connection, flaws, created_at, updated_at } = glance;
        let reference = connection.connector.as_ref();
        let connectors = self.service.connectors();
        let connector = reference.and_then(|r| connectors.find(r)).map_or_else(String::new, |found| found.template.clone());
        ConnectionRow {
            menu: menu(&connection),
            is_for: is_for(&connection, &connector),
            off_consequence: off_consequence(&connection),
            warnings: flaws,
            created: day(created_at, now),
            updated: day(updated_at, now),
            enabled: connection.enabled,
            name: connection.general.name,
            entity_id: connection.general.entity_id,
            id: connection.id,
        }
    }
}

/// Which rows of how many.
fn counted(page: u32, rows: u32, total: u32) -> String {
    let first = (page - 1) * ROWS + 1;
    match total {
        0 => "0 connections".to_owned(),
        _ if total <= ROWS => count(total, "connection", "connections"),
        _ => format!("{first} to {} of {}", first + rows.saturating_sub(1), count(total, "connection", "connections")),
    }
}

/// What a connection is for, and the template it was made from.
fn is_for(connection: &SpConnection, template: &str) -> String {
    let mut parts = Vec::new();
    if connection.browser_sso_profiles {
        parts.push("Browser SSO".to_owned());
    }
    if connection.outbound_provisioning {
        parts.push(match as_u32(connection.provisioning.channels.len()) {
            0 => "Outbound Provisioning".to_owned(),
            n => format!("Outbound Provisioning, {}", count(n, "channel", "channels")),
        });
    }
    if !template.is_empty() {
        parts.push(template.to_owned());
    }
    parts.join(" · ")
}

/// What stops when it is turned off, and what does not.
fn off_consequence(connection: &SpConnection) -> String {
    let running: Vec<_> =
        connection.provisioning.channels.iter().filter(|channel| channel.active).map(|channel| format!("‘{}’", channel.name)).collect();
    let shown = running.iter().take(3).cloned().collect::<Vec<_>>();
    let channels = match running.len() {
        n if !connection.outbound_provisioning || n == 0 => "No channel runs through it.".to_owned(),
        1 => format!("Its channel {} stops: nobody is created, changed or disabled through it until it is turned on again.", running[0]),
        n if n <= 3 => {
            format!("Its channels {} stop: nobody is created, changed or disabled through them until it is turned on again.", list(&shown))
        }
        n => format!("Its {n} channels stop: nobody is created, changed or disabled through them until it is turned on again."),
    };
    let sign_on = if connection.browser_sso_profiles { "People can no longer sign on to it through Towpath. " } else { "" };
    format!("{sign_on}{channels} People and groups at the service stay as they are.")
}

fn menu(connection: &SpConnection) -> Vec<MenuItem> {
    let (id, name) = (&connection.id, &connection.general.name);
    let item = |label: &str, does: MenuAct| MenuItem { label: label.to_owned(), does };
    let copy = MenuAct::Ask {
        question: format!("Copy the SP Connection ‘{name}’ with its channels?"),
        consequence: "A draft opens. Its channels are inactive, so that nothing runs twice, and its secrets are asked for: none is copied."
            .to_owned(),
        button: "Copy SP Connection".to_owned(),
        to: Post::CopySpConnection.action(),
        id: id.to_string(),
        danger: false,
    };
    let delete = MenuAct::Ask {
        question: format!("Delete the SP Connection ‘{name}’?"),
        consequence: "Its channels, their history and the memory of what was provisioned are removed. People and groups at the service \
                      stay as they are."
            .to_owned(),
        button: "Delete SP Connection".to_owned(),
        to: DeleteConnection::PATH.to_owned(),
        id: id.to_string(),
        danger: true,
    };
    let update = item("Update with Metadata", MenuAct::Go(Page::UpdateSpConnection(id.clone()).href()));
    let mut items = vec![
        item("Copy", copy),
        item("Export", MenuAct::Download(Download::SpConnection(id.clone()).href())),
        item("Export Metadata", MenuAct::Download(Download::SpConnectionMetadata(id.clone()).href())),
        item("Check Usage", MenuAct::Go(Page::SpConnectionUsage(id.clone()).href())),
        item("Delete", delete),
    ];
    if connection.browser_sso_profiles {
        items.insert(3, update);
        items.insert(4, item("Test Assertion", MenuAct::Go(Page::TryAssertion(id.clone()).href())));
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_asked_and_what_is_asked_says_the_address() {
        for address in [
            "/sp-connections",
            "/sp-connections?q=a%26b+c",
            "/sp-connections?q=x&status=disabled&type=browser-sso&sort=created&order=descending",
            "/sp-connections?order=descending",
        ] {
            let asked = Asked::read(address.split_once('?').map_or("", |(_, query)| query));
            assert_eq!(Asked::href(&asked.query, &[]), address);
        }
        let odd = Asked::read("?status=maybe&type=&sort=size&order=up&page=-3&__err=x");
        assert_eq!((odd.query, odd.page), (ConnectionQuery::default(), 1));
        assert_eq!(Asked::read("page=7").page, 7);
    }

    #[test]
    fn a_heading_turns_the_list_round() {
        let query = ConnectionQuery { text: "x".into(), ..ConnectionQuery::default() };
        assert_eq!(head(Sort::Name, &query).href, "/sp-connections?q=x&order=descending");
        assert_eq!(head(Sort::Name, &query).sorted, "ascending");
        assert_eq!(head(Sort::Updated, &query).href, "/sp-connections?q=x&sort=updated&order=descending");
        assert_eq!(head(Sort::Updated, &query).sorted, "none");
        let back = ConnectionQuery { descending: true, ..query };
        assert_eq!((head(Sort::Name, &back).href.as_str(), head(Sort::Name, &back).sorted.as_str()), ("/sp-connections?q=x", "descending"));
    }

    #[test]
    fn rows_are_counted_in_words() {
        assert_eq!(counted(1, 0, 0), "0 connections");
        assert_eq!(counted(1, 1, 1), "1 connection");
        assert_eq!(counted(1, 20, 2000), "1 to 20 of 2000 connections");
        assert_eq!(counted(100, 20, 2000), "1981 to 2000 of 2000 connections");
    }
}
