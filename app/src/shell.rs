//! The document around the console: head, styles, and the script that lets the browser take over.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::App;

/// Names of the built files below `/pkg/`, from `target/site/manifest.json`. Empty names are left out of the page, which then
/// works without script and without styles.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Assets {
    /// JavaScript that loads the wasm.
    pub js: String,
    /// The wasm.
    pub wasm: String,
    /// The styles.
    pub css: String,
}

/// A lock's gate, for the browser's tab.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='7' fill='%231f5fae'/%3E%3Cpath d='M6 10h20M6 16h20M16 10v14M9 24h14' stroke='white' stroke-width='3' stroke-linecap='round' fill='none'/%3E%3C/svg%3E";

/// The whole document. Sets the page's Content-Security-Policy, which only it can, since it names the nonce of its scripts.
pub fn shell(assets: Assets) -> impl IntoView {
    let nonce = use_nonce();
    #[cfg(feature = "ssr")]
    if let Some(nonce) = &nonce {
        content_security_policy(nonce);
    }
    let path = |name: &String| (!name.is_empty()).then(|| format!("/pkg/{name}"));
    let (css, js, wasm) = (path(&assets.css), path(&assets.js), path(&assets.wasm));
    let start = js.clone().zip(wasm.clone()).map(|(js, wasm)| {
        let script = format!(r#"import init, {{ hydrate }} from "{js}"; init({{ module_or_path: "{wasm}" }}).then(hydrate);"#);
        view! {
            <link rel="modulepreload" href=js nonce=nonce.clone()/>
            <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
            <script r#type="module" nonce=nonce.clone()>{script}</script>
        }
    });
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href=ICON/>
                {css.map(|css| view! { <link rel="stylesheet" href=css/> })}
                {start}
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

#[cfg(feature = "ssr")]
fn content_security_policy(nonce: &leptos::nonce::Nonce) {
    let Some(response) = use_context::<leptos_axum::ResponseOptions>() else { return };
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    if let Ok(value) = http::HeaderValue::from_str(&policy) {
        response.insert_header(http::header::CONTENT_SECURITY_POLICY, value);
    }
}
