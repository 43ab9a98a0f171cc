//! A page of the help.

use crate::api::guide::show_help;
use crate::reading::{Sent, loaded, read};
use crate::ui::PageHeader;
use crate::views::guide::HelpView;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// A page of the help, by its topic.
#[component]
pub fn HelpPage() -> impl IntoView {
    let params = use_params_map();
    let help = read(
        move || vec![params.read().get("topic").unwrap_or_default()],
        |key| Box::pin(async move { show_help(key.first().cloned().unwrap_or_default()).await.map(Sent::text) }),
    );
    loaded(help, page)
}

fn page(help: HelpView) -> AnyView {
    // The text is this project's own, made into HTML by the server.
    view! {
        <PageHeader title=help.title trail=vec![("Help".to_owned(), "/help/contents".to_owned())]/>
        <div class="panel prose" inner_html=help.html></div>
    }
    .into_any()
}
