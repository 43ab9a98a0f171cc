//! A page of the portal: plain HTML without scripts.

/// Text as it may stand in HTML, in an attribute too.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A section under a heading.
pub(super) fn section(id: &str, title: &str, inside: &str) -> String {
    format!("<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{}</h2>{inside}</section>", escape(title))
}

/// Labels with their values; what is empty is left out.
pub(super) fn facts(rows: &[(&str, String)]) -> String {
    let rows: String = rows
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(label, value)| format!("<div><dt>{}</dt><dd>{}</dd></div>", escape(label), escape(value)))
        .collect();
    format!("<dl>{rows}</dl>")
}

/// A sentence that must be read first.
pub(super) fn alert(kind: &str, text: &str) -> String {
    let role = if kind == "bad" { "alert" } else { "status" };
    format!("<p class=\"alert alert--{kind}\" role=\"{role}\">{}</p>", escape(text))
}

/// The whole page.
pub(super) fn document(title: &str, navigation: &str, main: &str) -> String {
    let title = escape(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} · AWS access portal (emulated)</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
         <link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"{css}\"></head><body>\
         <header><a class=\"name\" href=\"{start}\">AWS access portal <span>(emulated)</span></a>{navigation}</header>\
         <main><h1>{title}</h1>{main}</main>\
         <footer>Part of the sandbox: it is not AWS, and nothing here reaches AWS.</footer></body></html>\n",
        css = super::pages::STYLE,
        start = super::pages::START,
    )
}
