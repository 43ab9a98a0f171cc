//! People and groups of channels.

use crate::error::AppError;
use crate::reading::Sent;
use crate::views::MadePage;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::enter;

/// A page about people by its path below theirs; `query` is what its address says besides, as it says it.
#[server(endpoint = "people/show")]
pub async fn show_people(#[server(default)] path: String, #[server(default)] query: String) -> Result<Sent<MadePage>, AppError> {
    use crate::pages::people::content;
    use domain::id::ChannelId;
    use domain::model::link::ObjectKind;
    let of = |channel: &str| ChannelId::parse(channel).map_err(|_| AppError::NotFound);
    let (actor, backend) = enter().await?;
    let query = query.trim_start_matches('?');
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let page = match parts.as_slice() {
        [""] => content::list(backend.people.list(&actor, query).await?),
        [channel, "explain"] => content::explain(backend.people.explain(&actor, &of(channel)?, query).await?),
        [channel, "verify"] => content::verify(backend.people.verify(&actor, &of(channel)?).await?),
        [channel, kind] => {
            let kind = ObjectKind::of(kind).ok_or(AppError::NotFound)?;
            content::person(backend.people.person(&actor, &of(channel)?, kind, query).await?)
        }
        _ => return Err(AppError::NotFound),
    };
    Sent::new(&page)
}
