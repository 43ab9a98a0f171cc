//! A form that takes a text as a file, or pasted.

use leptos::prelude::*;

/// A file or a pasted text, with the button that sends it. Multipart, so that it works without JavaScript.
#[component]
pub fn Upload(
    /// Where it posts.
    #[prop(into)]
    to: String,
    /// Ends of names that are offered to be chosen.
    accept: &'static str,
    /// What is said of the file.
    file: &'static str,
    /// What is said of the text.
    text: &'static str,
    /// What an address may be given of instead, with its help.
    #[prop(optional)]
    address: Option<(&'static str, &'static str)>,
    /// What the area holds, such as what was refused.
    #[prop(into, optional)]
    value: String,
    /// What is read on the button.
    label: &'static str,
    /// Where Cancel leads.
    #[prop(into)]
    back: String,
) -> impl IntoView {
    let address = address.map(|(label, help)| {
        view! {
            <div class="field">
                <label class="field__label" for="address">{label}</label>
                <input class="input" type="url" id="address" name="address" spellcheck="false" aria-describedby="address-help"/>
                <p class="field__help" id="address-help">{help}</p>
            </div>
        }
    });
    view! {
        <form class="panel" method="post" action=to enctype="multipart/form-data" autocomplete="off">
            <div class="field">
                <label class="field__label" for="file">"File"</label>
                <input class="input" type="file" id="file" name="file" accept=accept aria-describedby="file-help"/>
                <p class="field__help" id="file-help">{file}</p>
            </div>
            <div class="field">
                <label class="field__label" for="text">"Or paste it"</label>
                <textarea class="input input--area" id="text" name="text" rows="8" spellcheck="false" aria-describedby="text-help">{value}</textarea>
                <p class="field__help" id="text-help">{text}</p>
            </div>
            {address}
            <div class="panel__actions">
                <button type="submit" class="button button--primary">{label}</button>
                <a class="button" href=back>"Cancel"</a>
            </div>
        </form>
    }
}
