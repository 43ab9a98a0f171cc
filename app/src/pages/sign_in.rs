//! Sign on.

use crate::routes::Post;
use crate::ui::Alert;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// Username and password. What went wrong before comes as a code in the address, never as a text.
#[component]
pub fn SignIn() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let problem = query.get("error").map(|code| match code.as_str() {
        "throttled" => throttled(query.get("wait").and_then(|seconds| seconds.parse().ok())),
        "expired" => "Your session has ended. Sign on again.".to_owned(),
        _ => "The username or password is not right. Try again.".to_owned(),
    });
    let return_to = query.get("return_to").unwrap_or_default();
    let username = query.get("username").unwrap_or_default();
    let known = !username.is_empty();
    view! {
        <Title text="Sign On"/>
        <main class="door">
            <form class="door__card" method="post" action=Post::SignIn.action()>
                <p class="door__brand">"Towpath"</p>
                <h1 class="door__title">"Sign On"</h1>
                {problem.map(|problem| view! { <Alert>{problem}</Alert> })}
                <input type="hidden" name="return_to" value=return_to/>
                <div class="field">
                    <label class="field__label" for="username">"Username"</label>
                    <input class="input" type="text" id="username" name="username" value=username autocomplete="username"
                        autocapitalize="none" spellcheck="false" autofocus=!known/>
                </div>
                <div class="field">
                    <label class="field__label" for="password">"Password"</label>
                    <input class="input" type="password" id="password" name="password" autocomplete="current-password" autofocus=known/>
                </div>
                <button type="submit" class="button button--primary door__button">"Sign On"</button>
            </form>
        </main>
    }
}

/// Too many attempts; `wait` is in seconds.
fn throttled(wait: Option<u32>) -> String {
    let until = match wait {
        Some(seconds @ ..=1) => format!("in {seconds} second"),
        Some(seconds @ ..120) => format!("in {seconds} seconds"),
        Some(seconds) => format!("in {} minutes", seconds.div_ceil(60)),
        None => "later".to_owned(),
    };
    format!("Too many attempts failed. Try again {until}.")
}
