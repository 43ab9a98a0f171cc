//! Buttons of the pages about people and groups.

use super::AppState;
use super::answer::{Way, page, refused};
use super::security::back_to_path;
use super::wizard::read;
use crate::auth::Administrator;
use crate::ports::people::href;
use app::error::AppError;
use app::routes::Page;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use domain::id::{ChannelId, SourceId};
use domain::model::link::ObjectKind;

const PEOPLE: Way<'_> = Way { href: "/people", label: "Back to People and Groups" };

/// `POST /people/{channel}/{what}`: of an object (`user`, `group`), or of Verify. The whole path, as the pages below it are one route.
pub async fn post(
    State(state): State<AppState>,
    Administrator(actor): Administrator,
    Path(path): Path<String>,
    request: Request,
) -> Response {
    let Some((Ok(channel), what)) = path.split_once('/').map(|(channel, what)| (ChannelId::parse(channel), what)) else {
        return refused(AppError::NotFound, &PEOPLE);
    };
    let fields = match read(request).await {
        Ok(fields) => fields,
        Err((status, sentence)) => return page(status, "Not understood", &[sentence], &PEOPLE),
    };
    let field = |name: &str| fields.get(name).to_owned();
    let people = &state.backend.people;
    match (what, ObjectKind::of(what)) {
        (_, Some(kind)) => {
            let id = SourceId(field("id"));
            let back = href(&channel, kind, &id);
            back_to_path(&back, people.act(&actor, &channel, kind, &id, &field("do")).await, &Way { href: &back, label: "Back" })
        }
        ("verify", _) => {
            let back = Page::ChannelVerify(channel.clone()).href();
            back_to_path(&back, people.act_on_drift(&actor, &channel, &field("do")).await, &Way { href: &back, label: "Back" })
        }
        _ => refused(AppError::NotFound, &PEOPLE),
    }
}
