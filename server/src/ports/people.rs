//! People and groups of channels.

mod list;
mod person;
mod verify;

use super::Ports;
use app::backend::{People, Then};
use app::error::AppError;
use app::routes::Page;
use app::views::Tone;
use app::views::people::{ExplainFound, ExplainPage, PeopleList, PersonPage, VerifyFound, VerifyPage};
use async_trait::async_trait;
use domain::actor::Actor;
use domain::id::{ChannelId, SourceId};
use domain::model::link::ObjectKind;
use domain::model::object_list::ObjectState;
use url::form_urlencoded::Serializer;

/// The page of one person or group.
pub fn href(channel: &ChannelId, kind: ObjectKind, id: &SourceId) -> String {
    let query = Serializer::new(String::new()).append_pair("id", &id.0).finish();
    format!("{}/{channel}/{}?{query}", Page::People.href(), kind.id())
}

/// The colour of a state.
fn tone(state: ObjectState) -> Tone {
    match state {
        ObjectState::InSync => Tone::Good,
        ObjectState::Pending => Tone::Busy,
        ObjectState::Failed => Tone::Bad,
        ObjectState::Skipped | ObjectState::Held => Tone::Warning,
        ObjectState::Disabled => Tone::Quiet,
    }
}

#[async_trait]
impl People for Ports {
    async fn list(&self, actor: &Actor, query: &str) -> Result<PeopleList, AppError> {
        self.people_list(actor, query).await
    }

    async fn person(&self, actor: &Actor, channel: &ChannelId, kind: ObjectKind, query: &str) -> Result<PersonPage, AppError> {
        self.person_page(actor, channel, kind, query).await
    }

    async fn act(&self, actor: &Actor, channel: &ChannelId, kind: ObjectKind, id: &SourceId, what: &str) -> Result<Then, AppError> {
        self.person_act(actor, channel, kind, id, what).await
    }

    async fn explain(&self, actor: &Actor, channel: &ChannelId, query: &str) -> Result<ExplainPage, AppError> {
        self.explain_page(actor, channel, query).await
    }

    async fn explain_name(&self, actor: &Actor, channel: &ChannelId, name: &str) -> Result<ExplainFound, AppError> {
        Ok(self.explained(actor, channel, name).await?.1)
    }

    async fn verify(&self, actor: &Actor, channel: &ChannelId) -> Result<VerifyPage, AppError> {
        self.verify_page(actor, channel).await
    }

    async fn verify_now(&self, actor: &Actor, channel: &ChannelId, repair: bool) -> Result<VerifyFound, AppError> {
        self.verified(actor, channel, repair).await
    }

    async fn act_on_drift(&self, actor: &Actor, channel: &ChannelId, what: &str) -> Result<Then, AppError> {
        self.verify_act(actor, channel, what).await
    }
}
