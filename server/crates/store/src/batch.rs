//! Many rows in one statement: as a JSON array in one parameter, unpacked by the engine.
//!
//! One statement per row would cost a round trip (PostgreSQL) or a hop to the engine's thread (SQLite) for each.

use crate::{Result, StoreError};
use domain::id::SourceId;
use domain::model::link::ObjectKind;
use serde::Serialize;
use std::borrow::Cow;

/// Most rows in one statement.
const ROWS: usize = 1_000;
/// A statement is closed above this size, so that a few huge groups do not need their sum in memory.
const BYTES: usize = 1 << 20;

/// Packs rows into JSON arrays of a bounded size.
///
/// All at once and not as they are wanted: a lazy iterator over borrowed rows, kept over an await, makes a future that cannot
/// move between threads. Callers with much to write come in parts.
pub(crate) fn batches<T: Serialize>(rows: impl IntoIterator<Item = T>) -> Result<Vec<String>> {
    let mut out = Vec::new();
    let (mut json, mut count) = (Vec::new(), 0);
    let mut rows = rows.into_iter().peekable();
    while let Some(row) = rows.next() {
        json.push(if count == 0 { b'[' } else { b',' });
        serde_json::to_writer(&mut json, &row).map_err(StoreError::encode)?;
        count += 1;
        if count == ROWS || json.len() > BYTES || rows.peek().is_none() {
            json.push(b']');
            // serde_json writes UTF-8 only.
            out.push(String::from_utf8_lossy(&std::mem::take(&mut json)).into_owned());
            count = 0;
        }
    }
    Ok(out)
}

/// A text as both engines can keep it: PostgreSQL has no NUL in text.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// The key of an object, as a row of a batch.
#[derive(Serialize)]
pub(crate) struct Key<'a> {
    kind: &'static str,
    source_id: Cow<'a, str>,
}

/// Keys as rows.
pub(crate) fn keys(objects: &[(ObjectKind, SourceId)]) -> impl Iterator<Item = Key<'_>> {
    objects.iter().map(|(kind, id)| Key { kind: kind.id(), source_id: text(&id.0) })
}

/// Ids of one kind as rows.
pub(crate) fn keys_of(kind: ObjectKind, ids: &[SourceId]) -> impl Iterator<Item = Key<'_>> {
    ids.iter().map(move |id| Key { kind: kind.id(), source_id: text(&id.0) })
}

/// The last of the rows with the same key, in the order of the first: an upsert may not meet a row twice in one statement.
pub(crate) fn last_of_each<'a, T, K: Eq + std::hash::Hash>(rows: &'a [T], key: impl Fn(&'a T) -> K) -> Vec<&'a T> {
    let mut at = std::collections::HashMap::with_capacity(rows.len());
    let mut out: Vec<&T> = Vec::with_capacity(rows.len());
    for row in rows {
        match at.entry(key(row)) {
            std::collections::hash_map::Entry::Occupied(seen) => out[*seen.get()] = row,
            std::collections::hash_map::Entry::Vacant(new) => {
                new.insert(out.len());
                out.push(row);
            }
        }
    }
    out
}

/// JSON of a value for a TEXT column.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(StoreError::encode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_packed_within_bounds() {
        let sizes: Vec<usize> = batches(0..2_500).unwrap().iter().map(|b| serde_json::from_str::<Vec<u32>>(b).unwrap().len()).collect();
        assert_eq!(sizes, [1_000, 1_000, 500]);
        let long = "x".repeat(BYTES / 2);
        assert_eq!(batches([&long, &long, &long]).unwrap().len(), 2);
        assert_eq!(batches(Vec::<u32>::new()).unwrap().len(), 0);
    }

    #[test]
    fn the_last_row_of_a_key_wins() {
        assert_eq!(last_of_each(&[(1, 'a'), (2, 'b'), (1, 'c')], |r| r.0), [&(1, 'c'), &(2, 'b')]);
    }
}
