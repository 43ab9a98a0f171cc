//! Drafts: aggregates being edited. A post, a reload, a second tab and a restart lose nothing.

use crate::{Conn, Result, StoreError, Tx};
use domain::id::DraftId;
use sqlx::FromRow;

/// A draft. `body` and `problems` are the service's JSON; secrets in them are sealed before they get here.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Its id, part of its address.
    pub id: DraftId,
    /// What is being edited.
    pub kind: String,
    /// The aggregate's id, also of one that is not saved yet.
    pub target_id: String,
    /// Who edits.
    pub owner: String,
    /// The aggregate's version when editing began; 0 for a new one.
    pub base_version: i64,
    /// *Save Draft* was pressed: kept until it is saved or thrown away.
    pub kept: bool,
    /// The open task and tab.
    pub path: String,
    /// The aggregate as far as it is typed.
    pub body: String,
    /// What is wrong with it, and what was typed there.
    pub problems: String,
    /// Counts the posts; given by the store.
    pub version: i64,
    /// Last post (unix ms).
    pub updated_at: i64,
    /// What it was begun from, as the service's JSON; empty for a new object, and where it is not known.
    pub base: String,
    /// Who deleted the object while the draft was open, and when (unix ms).
    pub gone: Option<(String, i64)>,
}

/// A draft that was saved or thrown away. Another window may still show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedDraft {
    /// Its id.
    pub id: DraftId,
    /// Whose it was.
    pub owner: String,
    /// What was edited.
    pub kind: String,
    /// The aggregate's id.
    pub target_id: String,
    /// The aggregate's name.
    pub name: String,
    /// It was saved; else it was thrown away.
    pub saved: bool,
    /// When (unix ms).
    pub closed_at: i64,
}

#[derive(FromRow)]
struct DraftRow {
    id: String,
    kind: String,
    target_id: String,
    owner: String,
    base_version: i64,
    kept: i64,
    path: String,
    body: String,
    problems: String,
    version: i64,
    updated_at: i64,
    base: String,
    gone_by: String,
    gone_at: i64,
}

#[derive(FromRow)]
struct ClosedRow {
    id: String,
    owner: String,
    kind: String,
    target_id: String,
    name: String,
    saved: i64,
    closed_at: i64,
}

impl TryFrom<DraftRow> for Draft {
    type Error = StoreError;
    fn try_from(row: DraftRow) -> Result<Self> {
        Ok(Self {
            id: DraftId::parse(&row.id).map_err(|e| StoreError::corrupt("drafts", &row.id, e))?,
            kind: row.kind,
            target_id: row.target_id,
            owner: row.owner,
            base_version: row.base_version,
            kept: row.kept != 0,
            path: row.path,
            body: row.body,
            problems: row.problems,
            version: row.version,
            updated_at: row.updated_at,
            base: row.base,
            gone: (row.gone_at != 0).then_some((row.gone_by, row.gone_at)),
        })
    }
}

impl Conn {
    /// The draft of an id.
    pub async fn find_draft(&mut self, id: &DraftId) -> Result<Option<Draft>> {
        fetch_optional!(self, "read a draft", DraftRow, "select * from drafts where id = $1", id.as_str())?.map(Draft::try_from).transpose()
    }

    /// The open draft of one owner for one aggregate: it is resumed, not begun anew.
    pub async fn find_draft_of(&mut self, owner: &str, kind: &str, target_id: &str) -> Result<Option<Draft>> {
        fetch_optional!(
            self,
            "read a draft",
            DraftRow,
            "select * from drafts where owner = $1 and kind = $2 and target_id = $3",
            owner,
            kind,
            target_id
        )?
        .map(Draft::try_from)
        .transpose()
    }

    /// What is remembered of a draft that is not there any more.
    pub async fn find_closed_draft(&mut self, id: &DraftId) -> Result<Option<ClosedDraft>> {
        let row = fetch_optional!(self, "read a closed draft", ClosedRow, "select * from closed_drafts where id = $1", id.as_str())?;
        let closed = |row: ClosedRow| {
            Ok(ClosedDraft {
                id: DraftId::parse(&row.id).map_err(|e| StoreError::corrupt("closed_drafts", &row.id, e))?,
                owner: row.owner,
                kind: row.kind,
                target_id: row.target_id,
                name: row.name,
                saved: row.saved != 0,
                closed_at: row.closed_at,
            })
        };
        row.map(closed).transpose()
    }

    /// The drafts of one owner, the latest first.
    pub async fn list_drafts(&mut self, owner: &str) -> Result<Vec<Draft>> {
        fetch_all!(self, "list drafts", DraftRow, "select * from drafts where owner = $1 order by updated_at desc, id", owner)?
            .into_iter()
            .map(Draft::try_from)
            .collect()
    }
}

impl Tx {
    /// A new draft, at version 1; [`StoreError::Taken`] `draft` when its owner already edits that aggregate.
    pub async fn insert_draft(&mut self, draft: &Draft) -> Result<()> {
        execute!(
            self,
            "begin a draft",
            "insert into drafts (id, kind, target_id, owner, base_version, kept, path, body, problems, version, updated_at, base) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11)",
            draft.id.as_str(),
            draft.kind.as_str(),
            draft.target_id.as_str(),
            draft.owner.as_str(),
            draft.base_version,
            i64::from(draft.kept),
            draft.path.as_str(),
            draft.body.as_str(),
            draft.problems.as_str(),
            draft.updated_at,
            draft.base.as_str(),
        )?;
        Ok(())
    }

    /// Writes a draft that was read at `draft.version`, and answers its new version. [`StoreError::Stale`] when another post
    /// came first (read it again and apply the post to that), [`StoreError::Gone`] when it was saved or thrown away.
    pub async fn update_draft(&mut self, draft: &Draft) -> Result<i64> {
        let touched = execute!(
            self,
            "save a draft",
            "update drafts set base_version = $3, kept = $4, path = $5, body = $6, problems = $7, version = version + 1, \
             updated_at = $8, base = $9 where id = $1 and version = $2",
            draft.id.as_str(),
            draft.version,
            draft.base_version,
            i64::from(draft.kept),
            draft.path.as_str(),
            draft.body.as_str(),
            draft.problems.as_str(),
            draft.updated_at,
            draft.base.as_str(),
        )?;
        if touched > 0 {
            return Ok(draft.version + 1);
        }
        match self.find_draft(&draft.id).await? {
            Some(other) => Err(StoreError::Stale { by: other.owner }),
            None => Err(StoreError::Gone { doing: "save a draft" }),
        }
    }

    /// Throws a draft away that nobody typed into.
    pub async fn delete_draft(&mut self, id: &DraftId) -> Result<()> {
        execute!(self, "delete a draft", "delete from drafts where id = $1", id.as_str())?;
        Ok(())
    }

    /// Takes a draft away, and remembers for a while that it was there.
    pub async fn close_draft(&mut self, draft: &Draft, name: &str, saved: bool, now: i64) -> Result<()> {
        self.delete_draft(&draft.id).await?;
        execute!(
            self,
            "remember a draft",
            "insert into closed_drafts (id, owner, kind, target_id, name, saved, closed_at) values ($1, $2, $3, $4, $5, $6, $7) \
             on conflict (id) do nothing",
            draft.id.as_str(),
            draft.owner.as_str(),
            draft.kind.as_str(),
            draft.target_id.as_str(),
            name,
            i64::from(saved),
            now
        )?;
        Ok(())
    }

    /// An aggregate is deleted by `by`: their own draft of it goes, and those of others learn of it, so that what they typed is not lost.
    pub async fn note_deleted(&mut self, kind: &str, target_id: &str, by: &str, now: i64) -> Result<u64> {
        execute!(self, "delete a draft", "delete from drafts where kind = $1 and target_id = $2 and owner = $3", kind, target_id, by)?;
        execute!(
            self,
            "note in drafts that their object was deleted",
            "update drafts set gone_by = $3, gone_at = $4 where kind = $1 and target_id = $2",
            kind,
            target_id,
            by,
            now
        )
    }

    /// Forgets drafts that were closed before a time.
    pub async fn delete_old_closed_drafts(&mut self, before: i64) -> Result<u64> {
        execute!(self, "forget closed drafts", "delete from closed_drafts where closed_at < $1", before)
    }

    /// Throws away what nobody pressed *Save Draft* for and nobody touched since `before`.
    pub async fn delete_old_drafts(&mut self, before: i64) -> Result<u64> {
        execute!(self, "delete old drafts", "delete from drafts where kept = 0 and updated_at < $1", before)
    }
}
