//! Walking a collection, page by page, and finding objects in it.

use std::collections::HashSet;

use domain::model::connector::{OperationClass, Paging};
use serde_json::Value;

use crate::client::{Call, Client, encode};
use crate::path::{member, text};
use crate::{RemoteObject, ScimError};

/// More pages than any directory has; a guard against servers that never end.
const MAX_PAGES: u32 = 100_000;

/// One page.
pub(crate) struct Page {
    pub(crate) resources: Vec<Value>,
    total: Option<u64>,
    next_cursor: Option<String>,
    request_id: Option<String>,
}

/// Where a walk is.
#[derive(Default)]
struct Place {
    start_index: u64,
    cursor: Option<String>,
}

impl Client {
    /// The first page of a collection, tried once; for Test Connection.
    pub(crate) async fn first_page(&self, class: OperationClass, path: &str, what: &str) -> Result<Page, ScimError> {
        let call = Call { tries: Some(1), ..Call::read(class, self.page_path(path, &Place::default())) };
        let Some((body, request_id)) = self.read(call, what).await? else {
            return Err(ScimError::Rejected {
                what: what.to_owned(),
                status: 404,
                detail: format!("there is no {path} below the SCIM URL."),
                request_id: None,
            });
        };
        page(&body, what, request_id)
    }

    /// Gives every object of a collection to `each`, each id once.
    pub(crate) async fn walk(
        &self,
        class: OperationClass,
        path: &str,
        what: &str,
        each: &mut (dyn FnMut(&Value) + Send),
    ) -> Result<(), ScimError> {
        let paging = self.dialect().paging;
        let asked = u64::from(self.page_size());
        let mut seen_ids = HashSet::new();
        let mut seen_cursors = HashSet::new();
        let mut received = 0;
        let mut place = Place::default();
        for _ in 0..MAX_PAGES {
            let Some((body, request_id)) = self.read(Call::read(class, self.page_path(path, &place)), what).await? else {
                return Err(ScimError::Rejected {
                    what: what.to_owned(),
                    status: 404,
                    detail: format!("there is no {path} below the SCIM URL. Check the SCIM URL on the Target tab."),
                    request_id: None,
                });
            };
            let page = page(&body, what, request_id)?;
            let bad = |reason: String| Err(ScimError::Answer { what: what.to_owned(), reason, request_id: page.request_id.clone() });
            let count = page.resources.len() as u64;
            received += count;
            let mut is_new = false;
            for resource in &page.resources {
                match text(member(resource, "id")) {
                    Some(id) if seen_ids.insert(id.clone()) => {
                        is_new = true;
                        each(resource);
                    }
                    Some(_) => {}
                    None => tracing::warn!(what, "the target lists an object without an id; it is left out"),
                }
            }
            let is_short = page.total.is_some_and(|total| (seen_ids.len() as u64) < total);
            match paging {
                Paging::None if is_short => {
                    return bad(format!(
                        "it lists {} of {} objects. The Connector must set paging.",
                        seen_ids.len(),
                        page.total.unwrap_or(0)
                    ));
                }
                Paging::None => return Ok(()),
                Paging::Cursor => match page.next_cursor {
                    Some(cursor) if !seen_cursors.insert(cursor.clone()) => {
                        return bad("it repeats a page cursor, so the list would never end.".to_owned());
                    }
                    Some(cursor) => place.cursor = Some(cursor),
                    None if is_short => {
                        return bad(format!("it lists {} of {} objects and gives no nextCursor.", seen_ids.len(), page.total.unwrap_or(0)));
                    }
                    None => return Ok(()),
                },
                Paging::Index => {
                    // A page of nothing new ends the list, be it empty or the first one again, from a service that ignores
                    // startIndex. What is missing then must not count as not being there.
                    if !is_new {
                        return if is_short {
                            bad(format!("it announces {} objects and lists {}.", page.total.unwrap_or(0), seen_ids.len()))
                        } else {
                            Ok(())
                        };
                    }
                    // A total that equals a full page may be the page's own.
                    if !is_short && page.total.is_some() && count < asked {
                        return Ok(());
                    }
                    place.start_index = received + 1;
                }
            }
        }
        Err(ScimError::Answer { what: what.to_owned(), reason: "the list does not end.".to_owned(), request_id: None })
    }

    /// The objects of a collection whose match value is this one, compared without case. `filter` finds them where filters are taken; `read`
    /// makes objects of resources.
    pub(crate) async fn find(
        &self,
        class: OperationClass,
        path: &str,
        filter: &str,
        value: &str,
        what: &str,
        read: &(dyn Fn(&Value) -> Option<RemoteObject> + Sync),
    ) -> Result<Vec<RemoteObject>, ScimError> {
        let is_match = |object: &RemoteObject| object.match_value.to_lowercase() == value.to_lowercase();
        if self.dialect().filter_supported {
            match self.read(Call::read(class, format!("{path}?filter={}", encode(filter))), what).await {
                // Some services answer 404 when nothing is found (RFC 7644 section 3.4.2.1 wants 200).
                Ok(None) => return Ok(Vec::new()),
                Ok(Some((body, request_id))) => {
                    let page = page(&body, what, request_id)?;
                    let found: Vec<_> = page.resources.iter().filter_map(read).filter(is_match).collect();
                    if !found.is_empty() || page.resources.is_empty() {
                        return Ok(found);
                    }
                    // Others came back, so the filter was not understood: look through all of them.
                }
                // AWS has refused filters with characters outside ASCII; others have no filters at all.
                Err(ScimError::Rejected { status: 400 | 501, .. }) => {}
                Err(error) => return Err(error),
            }
            tracing::debug!(what, "the target does not filter; its whole list is read");
        }
        let mut found = Vec::new();
        self.walk(class, path, what, &mut |resource| found.extend(read(resource).filter(is_match))).await?;
        Ok(found)
    }

    fn page_size(&self) -> u32 {
        self.dialect().page_size.max(1)
    }

    fn page_path(&self, path: &str, place: &Place) -> String {
        let count = self.page_size();
        match (self.dialect().paging, &place.cursor) {
            (Paging::None, _) => path.to_owned(),
            (Paging::Index, _) => format!("{path}?startIndex={}&count={count}", place.start_index.max(1)),
            // RFC 9865: the first request carries the parameter without a value.
            (Paging::Cursor, None) => format!("{path}?cursor&count={count}"),
            (Paging::Cursor, Some(cursor)) => format!("{path}?cursor={}&count={count}", encode(cursor)),
        }
    }
}

fn page(body: &Value, what: &str, request_id: Option<String>) -> Result<Page, ScimError> {
    let total = text(member(body, "totalResults")).and_then(|t| t.parse().ok());
    let resources = match member(body, "Resources") {
        Some(Value::Array(items)) => items.clone(),
        Some(Value::Null) | None if total == Some(0) => Vec::new(),
        // A page beyond the end may leave the list out (RFC 7644 section 3.4.2: "REQUIRED if totalResults is non-zero").
        None if total.is_some() => Vec::new(),
        _ => {
            return Err(ScimError::Answer { what: what.to_owned(), reason: "it has no list of Resources.".to_owned(), request_id });
        }
    };
    let next_cursor = text(member(body, "nextCursor")).filter(|cursor| !cursor.is_empty());
    Ok(Page { resources, total, next_cursor, request_id })
}

impl Page {
    /// How many there are in all, as far as the page tells; `noun` is the singular.
    pub(crate) fn describe(&self, noun: &str) -> String {
        let shown = self.resources.len() as u64;
        let counted = |n: u64| if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") };
        match (self.total, &self.next_cursor) {
            (Some(total), _) if total > shown => format!("{}, {shown} of them on the first page.", counted(total)),
            (_, Some(_)) => format!("{} on the first page, more follow.", counted(shown)),
            _ => format!("{}.", counted(shown)),
        }
    }
}
