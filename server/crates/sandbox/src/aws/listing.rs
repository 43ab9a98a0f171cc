//! Query parameters, pages and cursors.
//!
//! Without `cursor` AWS answers one page, and its `totalResults` is the number on that page: a client that trusts it loses everything
//! behind the first 100. With `cursor` (empty at first) there are pages, a `nextCursor` on all but the last, and no `totalResults`.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::config::{Config, FilterText, Paging};
use super::error::Refusal;
use super::{filter, schema};

/// Most objects on a page, and the default.
const MAX_COUNT: usize = 100;

/// The same before there were cursors.
const OLDER_COUNT: usize = 50;

/// Bytes that make every cursor begin with `++//`, so that a client which does not encode it is found out.
const CURSOR_MARK: [u8; 3] = [0xfb, 0xef, 0xff];

/// What `ListUsers` or `ListGroups` was asked for. `startIndex`, `attributes` and `excludedAttributes` are ignored, as AWS does.
#[derive(Debug, Default)]
pub(super) struct Query {
    pub filter: Option<String>,
    count: Option<usize>,
    cursor: Option<String>,
    /// Most objects on a page with a cursor.
    page_limit: Option<usize>,
}

/// Where a page starts and how long it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// Only objects with a greater key.
    pub after: u64,
    pub count: usize,
}

/// What was found for a [`Window`].
pub(super) struct Page {
    pub resources: Vec<Value>,
    /// The last key on the page, when there are more objects behind it.
    pub more_after: Option<u64>,
}

impl Query {
    pub fn parse(query: &str, config: &Config) -> Result<Self, Refusal> {
        let mut parsed = Self { page_limit: config.page_limit, ..Self::default() };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decode = |text: &str| form_decode(text).ok_or_else(|| Refusal::invalid("The query is not percent-encoded UTF-8."));
            let value = decode(value)?;
            match decode(name)?.as_str() {
                "filter" => parsed.filter = Some(value),
                "cursor" => parsed.cursor = Some(value),
                "count" => parsed.count = Some(parse_count(&value)?),
                _ => {}
            }
        }
        if config.paging == Paging::OnePage {
            parsed.cursor = None;
            parsed.count = Some(parsed.count.unwrap_or(OLDER_COUNT).min(OLDER_COUNT));
        }
        let is_plain = |c: char| c.is_ascii_alphanumeric() || " \"@._-".contains(c);
        if config.filter_text == FilterText::Plain && !parsed.filter.iter().all(|filter| filter.chars().all(is_plain)) {
            return Err(filter::invalid());
        }
        Ok(parsed)
    }

    /// The window asked for. `kind` and the filter are bound into the cursor: a changed filter is refused.
    pub fn window(&self, kind: &str) -> Result<Window, Refusal> {
        let count = self.count.unwrap_or(MAX_COUNT);
        match self.cursor.as_deref() {
            None => Ok(Window { after: 0, count }),
            Some(cursor) => {
                let after = if cursor.is_empty() { 0 } else { self.read_cursor(kind, cursor)? };
                Ok(Window { after, count: count.min(self.page_limit.unwrap_or(MAX_COUNT)).max(1) })
            }
        }
    }

    /// The `ListResponse`.
    pub fn answer(&self, kind: &str, page: Page) -> Value {
        let count = page.resources.len();
        let mut body = json!({ "schemas": [schema::LIST], "itemsPerPage": count, "Resources": page.resources });
        if self.cursor.is_none() {
            body["totalResults"] = json!(count);
            body["startIndex"] = json!(1);
        } else if let Some(key) = page.more_after {
            body["nextCursor"] = json!(self.write_cursor(kind, key));
        }
        body
    }

    fn write_cursor(&self, kind: &str, key: u64) -> String {
        let mut bytes = CURSOR_MARK.to_vec();
        bytes.extend(key.to_be_bytes());
        bytes.extend(self.binding(kind).to_be_bytes());
        STANDARD.encode(bytes)
    }

    fn read_cursor(&self, kind: &str, cursor: &str) -> Result<u64, Refusal> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-+=/:_".contains(c);
        if !cursor.chars().all(is_allowed) {
            return Err(Refusal::constraint("cursor", "satisfy regular expression pattern: [-a-zA-Z0-9+=/:_]*"));
        }
        let parts = STANDARD.decode(cursor).ok().and_then(|bytes| {
            let rest = bytes.strip_prefix(&CURSOR_MARK)?;
            let (key, binding) = rest.split_first_chunk::<8>()?;
            Some((u64::from_be_bytes(*key), u64::from_be_bytes(binding.try_into().ok()?)))
        });
        match parts {
            None => Err(Refusal::invalid("The cursor is not valid.")),
            Some((_, binding)) if binding != self.binding(kind) => Err(Refusal::invalid("The filter must not change between pages.")),
            Some((key, _)) => Ok(key),
        }
    }

    fn binding(&self, kind: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        (kind, &self.filter).hash(&mut hasher);
        hasher.finish()
    }
}

impl Page {
    /// Takes the window's share of `found`, which is in the order of its keys and starts behind `window.after`.
    pub fn take<T>(found: impl Iterator<Item = (u64, T)>, window: Window, render: impl Fn(T) -> Value) -> Self {
        let mut found = found.filter(|(key, _)| *key > window.after).peekable();
        let mut page = Self { resources: Vec::new(), more_after: None };
        let mut last = window.after;
        for (key, item) in found.by_ref().take(window.count) {
            last = key;
            page.resources.push(render(item));
        }
        page.more_after = found.peek().is_some().then_some(last);
        page
    }
}

fn parse_count(text: &str) -> Result<usize, Refusal> {
    match text.parse::<usize>() {
        Ok(count) if (1..=MAX_COUNT).contains(&count) => Ok(count),
        _ => Err(Refusal::invalid(format!("count must be a number from 1 to {MAX_COUNT}, not {text:?}."))),
    }
}

/// Percent-decoding of a query, where `+` is a space: clients in use send filters so, and it makes an unencoded cursor fail as at AWS.
fn form_decode(text: &str) -> Option<String> {
    percent_decode(&text.replace('+', " "))
}

/// Percent-decoding to UTF-8; `None` for a broken escape, an unescaped character outside ASCII, or bytes that are no UTF-8.
pub(super) fn percent_decode(text: &str) -> Option<String> {
    if !text.is_ascii() {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'%' {
            let (digits, after) = after.split_first_chunk::<2>()?;
            bytes.push(hex::decode(digits).ok()?[0]);
            rest = after;
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}
