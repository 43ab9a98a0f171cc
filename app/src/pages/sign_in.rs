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
        "throttled" => "Too many attempts failed. Wait a minute, then try again.",
        "expired" => "Your session has ended. Sign on again.",
        _ => "The username or password is not right. Try again.",
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
