//! A draft meets what somebody else saved or deleted after it was begun: who, when, what differs, and how the two become one.
//!
//! Looking changes nothing. What both sides agree on, and what only one of them changed, is merged without asking; for the rest a
//! person says which. The result passes every rule again and is saved over what was met.

use crate::drafts::{Next, write, write_body};
use crate::saving::{Saved, find_saved};
use crate::{Result, Service, ServiceError};
use domain::actor::Actor;
use domain::id::DraftId;
use domain::wizard::draft::{Chosen, Draft, DraftBody};
use domain::wizard::merge::{Merge, Side, Unit};
use std::collections::{BTreeMap, BTreeSet};
use store::Draft as Row;

/// A draft and what it meets.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// The draft.
    pub draft: DraftId,
    /// The tab it stands at.
    pub path: String,
    /// Kind of the object, as in [`DraftBody::kind`].
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What it meets.
    pub with: Met,
    /// What was chosen before about the version that it meets, by the path of the unit.
    pub chosen: BTreeMap<String, Side>,
}

/// What a draft meets.
#[derive(Clone, Debug)]
pub enum Met {
    /// Nothing: nobody saved after it was begun.
    Nothing,
    /// A save.
    Saved {
        /// Whose.
        by: String,
        /// When (unix ms).
        at: i64,
        /// The version that was looked at; a choice is about this one.
        version: i64,
        /// How often the object was saved since the draft was begun.
        saves: i64,
        /// What both began from is known.
        has_base: bool,
        /// What differs.
        units: Vec<Unit>,
    },
    /// The object is not there any more. Who deleted it and when (unix ms), where that is known.
    Deleted(Option<(String, i64)>),
}

/// What came of a person's choices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merged {
    /// It is saved, or leads to the tab with the first problem.
    Go(Next),
    /// These units want a choice.
    Missing(Vec<String>),
    /// Somebody saved again meanwhile: what was chosen was about something else.
    Moved,
}

impl Service {
    /// A draft and what it meets.
    pub async fn meeting(&self, actor: &Actor, id: &DraftId) -> Result<Meeting> {
        let (row, mut draft) = self.load(actor, id).await?;
        let chosen = std::mem::take(&mut draft.chosen);
        let mut conn = self.store.read().await?;
        let (kind, name) = (draft.body.kind(), draft.body.name().to_owned());
        let with = match find_saved(&mut conn, &draft.body).await? {
            Some(saved) if saved.version == row.base_version => Met::Nothing,
            None if row.base_version == 0 => Met::Nothing,
            None => Met::Deleted(row.gone.clone()),
            Some(saved) => {
                let catalog = self.catalog(&mut conn, &draft).await?;
                let (by, at, version) = (saved.updated_by.clone(), saved.updated_at, saved.version);
                let base = base_of(&row);
                let has_base = base.is_some();
                let units = Merge::new(base, draft.body, saved.value, &catalog).units();
                Met::Saved { by, at, version, saves: version - row.base_version, has_base, units }
            }
        };
        let is_about = matches!(with, Met::Saved { version, .. } if version == chosen.version);
        let chosen = if is_about { chosen.sides } else { BTreeMap::new() };
        Ok(Meeting { draft: row.id, path: row.path, kind, name, with, chosen })
    }

    /// Keeps what was chosen so far in the draft, for when its owner comes back.
    pub async fn keep_choices(&self, actor: &Actor, id: &DraftId, version: i64, sides: &BTreeMap<String, Side>) -> Result<()> {
        let chosen = Chosen { version, sides: sides.clone() };
        self.change_draft(actor, id, |draft| draft.chosen.clone_from(&chosen)).await.map(drop)
    }

    /// Makes one of the two: takes the chosen side of each unit that both changed, checks the result and saves it over `version`.
    pub async fn merge(&self, actor: &Actor, id: &DraftId, version: i64, chosen: &BTreeMap<String, Side>) -> Result<Merged> {
        let (row, mut draft) = self.load(actor, id).await?;
        let mut conn = self.store.read().await?;
        let saved = find_saved(&mut conn, &draft.body).await?;
        let Some(saved) = saved.filter(|saved| saved.version == version) else { return Ok(Merged::Moved) };
        let catalog = self.catalog(&mut conn, &draft).await?;
        drop(conn);
        let merge = || Merge::new(base_of(&row), draft.body.clone(), saved.value.clone(), &catalog);
        let side = |unit: &Unit| unit.settled().or_else(|| chosen.get(&unit.path).copied());
        let units = merge().units();
        let missing: Vec<_> = units.iter().filter(|unit| side(unit).is_none()).map(|unit| unit.path.clone()).collect();
        if !missing.is_empty() {
            return Ok(Merged::Missing(missing));
        }
        let body = merge().result(|unit| side(unit).unwrap_or(Side::Theirs));
        let theirs: BTreeSet<_> = units.iter().filter(|unit| side(unit) == Some(Side::Theirs)).map(|unit| unit.path.clone()).collect();
        draft.body = body;
        // What was typed and could not be held goes where theirs is taken, and stays elsewhere.
        draft.pending.retain(|path, _| !theirs.contains(path));
        draft.editing.retain(|path, _| !theirs.contains(path));
        self.save_on(actor, row, draft, Some(saved)).await
    }

    /// Saves a draft whose object was deleted as a new object.
    pub async fn save_anew(&self, actor: &Actor, id: &DraftId) -> Result<Merged> {
        let (row, mut draft) = self.load(actor, id).await?;
        if find_saved(&mut self.store.read().await?, &draft.body).await?.is_some() {
            return Ok(Merged::Moved);
        }
        draft.is_new = true;
        self.save_on(actor, row, draft, None).await
    }

    /// From now on the draft is one of what was met; saved, or shown with its first problem.
    async fn save_on(&self, actor: &Actor, mut row: Row, mut draft: Draft, met: Option<Saved>) -> Result<Merged> {
        row.base_version = met.as_ref().map_or(0, |saved| saved.version);
        row.base = met.map_or_else(|| Ok(String::new()), |saved| write_body(&saved.value))?;
        // Cancel in an open task would bring back what was there before the two met.
        draft.entered.clear();
        draft.reports.clear();
        draft.chosen = Chosen::default();
        let catalog = self.catalog(&mut self.store.read().await?, &draft).await?;
        let rules = self.rules(&draft);
        let problem = draft.all_problems(&catalog, &rules).into_iter().next().map(|(path, _)| path.to_string());
        if let Some(path) = &problem {
            draft.visited.insert(path.clone());
            row.path = path.clone();
        }
        (row.body, row.problems) = write(&draft)?;
        row.updated_at = self.now();
        let mut tx = self.store.begin().await?;
        row.version = match tx.update_draft(&row).await {
            Err(store::StoreError::Stale { .. }) => return Ok(Merged::Moved),
            Err(store::StoreError::Gone { .. }) => return Err(ServiceError::NotFound),
            version => version?,
        };
        tx.commit().await?;
        match problem {
            Some(path) => Ok(Merged::Go(Next::Tab(row.id, path))),
            None => self.save(actor, &row, draft).await.map(Merged::Go),
        }
    }
}

/// What a draft was begun from; `None` where that is not known, or not readable any more.
fn base_of(row: &Row) -> Option<DraftBody> {
    serde_json::from_str(&row.base).ok()
}
