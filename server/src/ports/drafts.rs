//! Drafts and the wizard.

use super::words::{past, time};
use super::{Ports, refuse};
use app::backend::{Drafts, Then};
use app::error::AppError;
use app::routes::Page;
use app::views::{DraftRow, Listed, MadePage, WaitingRow};
use async_trait::async_trait;
use domain::actor::Actor;
use domain::form::Fields;
use domain::id::{ConnectionId, DataStoreId, DraftId, IdpAdapterId, PcvId};
use domain::model::report::Report;
use domain::view::StepView;
use service::drafts::Next;

impl Ports {
    /// A list of saved objects of a kind, with this actor's drafts.
    pub(super) async fn listed<T>(&self, actor: &Actor, kind: &str, rows: Vec<T>) -> Result<Listed<T>, AppError> {
        let waiting = self.service.list_waiting_drafts(actor, kind).await.map_err(refuse)?;
        let waiting = waiting.into_iter().map(|(id, title)| WaitingRow { id, title }).collect();
        Ok(Listed { rows, drafts: self.draft_rows(actor, kind).await?, waiting })
    }

    /// This actor's open drafts of a kind.
    pub(super) async fn draft_rows(&self, actor: &Actor, kind: &str) -> Result<Vec<DraftRow>, AppError> {
        let now = self.now();
        let lines = self.service.list_drafts(actor, kind).await.map_err(refuse)?;
        let row = |line: service::drafts::DraftLine| DraftRow {
            id: line.id,
            name: line.name,
            is_new: line.is_new,
            updated: time(line.updated_at, now),
        };
        Ok(lines.into_iter().map(row).collect())
    }
}

pub(super) fn go(next: Next) -> Then {
    let page = match next {
        Next::Tab(draft, path) => Page::Wizard(draft, path),
        Next::Meeting(draft) => Page::Meeting(draft),
        Next::Preview(draft, path) => Page::DraftPreview(draft, path),
        Next::List(kind) => Page::list_of(kind).unwrap_or(Page::Home),
    };
    Then::Go(page.href())
}

#[async_trait]
impl Drafts for Ports {
    async fn new_data_store(&self, actor: &Actor) -> Result<Then, AppError> {
        self.service.new_data_store(actor).await.map(go).map_err(refuse)
    }

    async fn edit_data_store(&self, actor: &Actor, id: &DataStoreId) -> Result<Then, AppError> {
        self.service.edit_data_store(actor, id).await.map(go).map_err(refuse)
    }

    async fn new_pcv(&self, actor: &Actor) -> Result<Then, AppError> {
        self.service.new_pcv(actor).await.map(go).map_err(refuse)
    }

    async fn edit_pcv(&self, actor: &Actor, id: &PcvId) -> Result<Then, AppError> {
        self.service.edit_pcv(actor, id).await.map(go).map_err(refuse)
    }

    async fn new_idp_adapter(&self, actor: &Actor) -> Result<Then, AppError> {
        self.service.new_idp_adapter(actor).await.map(go).map_err(refuse)
    }

    async fn edit_idp_adapter(&self, actor: &Actor, id: &IdpAdapterId) -> Result<Then, AppError> {
        self.service.edit_idp_adapter(actor, id).await.map(go).map_err(refuse)
    }

    async fn new_connection(&self, actor: &Actor) -> Result<Then, AppError> {
        self.service.new_connection(actor).await.map(go).map_err(refuse)
    }

    async fn edit_connection(&self, actor: &Actor, id: &ConnectionId) -> Result<Then, AppError> {
        self.service.edit_connection(actor, id).await.map(go).map_err(refuse)
    }

    async fn resume(&self, actor: &Actor, id: &DraftId) -> Result<Then, AppError> {
        self.service.resume_draft(actor, id).await.map(go).map_err(refuse)
    }

    async fn delete(&self, actor: &Actor, id: &DraftId) -> Result<(), AppError> {
        self.service.delete_draft(actor, id).await.map_err(refuse)
    }

    async fn view(&self, actor: &Actor, id: &DraftId, path: &str) -> Result<StepView, AppError> {
        let mut view = self.service.view_draft(actor, id, path).await.map_err(refuse)?;
        if let Some(last) = &mut view.last_save {
            last.when = past(last.at, self.now()).words;
        }
        Ok(view)
    }

    async fn meeting(&self, actor: &Actor, id: &DraftId, query: &str) -> Result<MadePage, AppError> {
        self.meeting_page(actor, id, query).await
    }

    async fn merge(&self, actor: &Actor, id: &DraftId, fields: Fields) -> Result<Then, AppError> {
        self.take_choices(actor, id, fields).await
    }

    async fn post(&self, actor: &Actor, id: &DraftId, path: &str, nav: &str, fields: Fields) -> Result<Then, AppError> {
        self.service.post_draft(actor, id, path, nav, fields).await.map(go).map_err(refuse)
    }

    async fn test(&self, actor: &Actor, id: &DraftId, path: &str, fields: Fields) -> Result<Report, AppError> {
        self.service.test_draft(actor, id, path, fields).await.map_err(refuse)
    }
}
