//! Change one's password.

use crate::api::session::show_session;
use crate::error::AppError;
use crate::reading::{Sent, always, failure, loaded, read};
use crate::routes::{Page, Post};
use crate::ui::Alert;
use crate::views::{SessionView, Tone};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The present and the new password; also where a one-time password leads.
#[component]
pub fn Password() -> impl IntoView {
    let session = read(always, |_| Box::pin(async { show_session(String::new()).await.map(Sent::text) }));
    view! { <main class="door">{loaded(session, form)}</main> }
}

fn form(session: SessionView) -> AnyView {
    let Some(user) = session.user else { return failure(&AppError::SignIn) };
    let query = use_query_map().get_untracked();
    let problem = query.get("error").map(|code| match code.as_str() {
        "mismatch" => "The two new passwords are not the same. Enter the new password twice.",
        "short" => "The new password is too short. Use at least 12 characters.",
        "long" => "The new password is too long. Use at most 1024 bytes, which are as many plain letters.",
        "same" => "The new password is the present one. Choose another.",
        "expired" => "Your session has ended. Sign on again.",
        _ => "The present password is not right. Try again.",
    });
    let owed = session.must_change;
    view! {
        <Title text="Change Password"/>
        <form class="door__card" method="post" action=Post::Password.action()>
            <p class="door__brand">"Towpath"</p>
            <h1 class="door__title">"Change Password"</h1>
            {owed.then(|| view! { <Alert tone=Tone::Busy>"You signed on with a one-time password. Choose your own to go on."</Alert> })}
            {problem.map(|problem| view! { <Alert>{problem}</Alert> })}
            // For password managers, which want to know whose password this is.
            <input type="text" name="username" class="visually-hidden" value=user autocomplete="username"
                readonly=true tabindex="-1" aria-hidden="true"/>
            <div class="field">
                <label class="field__label" for="current">"Current Password"</label>
                <input class="input" type="password" id="current" name="current" autocomplete="current-password" autofocus=true/>
            </div>
            <div class="field">
                <label class="field__label" for="new">"New Password"</label>
                <input class="input" type="password" id="new" name="new" autocomplete="new-password" aria-describedby="new-help"/>
                <p class="field__help" id="new-help">"At least 12 characters."</p>
            </div>
            <div class="field">
                <label class="field__label" for="confirm">"Confirm New Password"</label>
                <input class="input" type="password" id="confirm" name="confirm" autocomplete="new-password"/>
            </div>
            <button type="submit" class="button button--primary door__button">"Change Password"</button>
            {(!owed).then(|| view! { <p class="door__way"><a href=Page::Home.href() rel="external">"Back to the console"</a></p> })}
        </form>
    }
    .into_any()
}
