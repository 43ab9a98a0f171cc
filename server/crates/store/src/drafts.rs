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
            "insert into drafts (id, kind, target_id, owner, base_version, kept, path, body, problems, version, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10)",
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
        )?;
        Ok(())
    }

    /// Writes a draft that was read at `draft.version`, and answers its new version. [`StoreError::Stale`] when another post
    /// came first (read it again and apply the post to that), [`StoreError::Gone`] when it was saved or thrown away.
    pub async fn update_draft(&mut self, draft: &Draft) -> Result<i64> {
        let touched = execute!(
            self,
            "save a draft",
            "update drafts set base_version = $3, kept = $4, path = $5, body = $6, problems = $7, version = version + 1, updated_at = $8 \
             where id = $1 and version = $2",
            draft.id.as_str(),
            draft.version,
            draft.base_version,
            i64::from(draft.kept),
            draft.path.as_str(),
            draft.body.as_str(),
            draft.problems.as_str(),
            draft.updated_at,
        )?;
        if touched > 0 {
            return Ok(draft.version + 1);
        }
        match self.find_draft(&draft.id).await? {
            Some(other) => Err(StoreError::Stale { by: other.owner }),
            None => Err(StoreError::Gone { doing: "save a draft" }),
        }
    }

    /// Throws a draft away.
    pub async fn delete_draft(&mut self, id: &DraftId) -> Result<()> {
        execute!(self, "delete a draft", "delete from drafts where id = $1", id.as_str())?;
        Ok(())
    }

    /// Throws away the drafts of every owner for an aggregate that is deleted.
    pub async fn delete_drafts_of(&mut self, kind: &str, target_id: &str) -> Result<u64> {
        execute!(self, "delete drafts", "delete from drafts where kind = $1 and target_id = $2", kind, target_id)
    }

    /// Throws away what nobody pressed *Save Draft* for and nobody touched since `before`.
    pub async fn delete_old_drafts(&mut self, before: i64) -> Result<u64> {
        execute!(self, "delete old drafts", "delete from drafts where kept = 0 and updated_at < $1", before)
    }
}
