//! Reads a form out of a page, as a browser would post it.

/// A form of a page.
#[derive(Debug)]
pub struct Form {
    pub action: String,
    pub fields: Vec<(String, String)>,
    /// All that belong to it, in the order of the page: the first one is what the Enter key presses.
    pub buttons: Vec<String>,
    id: String,
}

impl Form {
    /// The form that posts to an address beginning so.
    pub fn of(page: &str, action: &str) -> Self {
        let mut forms = Vec::new();
        // What belongs to a form that it does not stand in, and how many buttons of that form stand before it.
        let mut outside: Vec<(String, Option<usize>, String)> = Vec::new();
        let mut select = None;
        let mut rest = page;
        while let Some(at) = rest.find('<') {
            rest = &rest[at + 1..];
            let tag = Tag::read(rest);
            rest = &rest[tag.length..];
            match tag.name.as_str() {
                "form" => forms.push(Form { action: tag.get("action"), id: tag.get("id"), fields: Vec::new(), buttons: Vec::new() }),
                "button" if tag.has("form") => {
                    let owner = forms.iter().find(|form| form.id == tag.get("form"));
                    outside.push((tag.get("form"), owner.map(|form| form.buttons.len()), tag.get("value")));
                }
                "select" => select = Some((tag.get("name"), None)),
                "/select" => {
                    if let (Some(form), Some((name, value))) = (forms.last_mut(), select.take()) {
                        form.fields.push((name, value.unwrap_or_default()));
                    }
                }
                "option" => {
                    if let Some((_, value)) = &mut select
                        && (value.is_none() || tag.has("selected"))
                    {
                        *value = Some(tag.get("value"));
                    }
                }
                _ => {
                    if let Some(form) = forms.last_mut() {
                        form.take(&tag, rest);
                    }
                }
            }
        }
        for (id, at, value) in outside.into_iter().rev() {
            let owner = forms.iter_mut().find(|form| form.id == id);
            owner.unwrap_or_else(|| panic!("no form is called {id}: {page}")).buttons.insert(at.unwrap_or(0), value);
        }
        let found = forms.into_iter().find(|form| form.action.starts_with(action));
        found.unwrap_or_else(|| panic!("no form posts to {action} on this page: {page}"))
    }

    fn take(&mut self, tag: &Tag, rest: &str) {
        match (tag.name.as_str(), tag.get("type").as_str()) {
            ("button", _) => self.buttons.push(tag.get("value")),
            ("input", "submit") => {}
            ("input", "checkbox" | "radio") if !tag.has("checked") => {}
            ("input", kind) if tag.has("name") && !tag.has("disabled") => {
                let value = tag.get("value");
                let value = if kind == "checkbox" && value.is_empty() { "on".to_owned() } else { value };
                self.fields.push((tag.get("name"), value));
            }
            ("textarea", _) => {
                let text = rest.strip_prefix('>').and_then(|text| text.split("</textarea").next()).unwrap();
                // A browser drops the first line break.
                self.fields.push((tag.get("name"), unescape(text.strip_prefix('\n').unwrap_or(text))));
            }
            _ => {}
        }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// With a field filled in; an empty text unticks a box.
    pub fn fill(&mut self, name: &str, value: &str) {
        self.fields.retain(|(n, _)| n != name);
        if !value.is_empty() {
            self.fields.push((name.to_owned(), value.to_owned()));
        }
    }
}

struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
    length: usize,
}

impl Tag {
    /// Of the text behind a `<`.
    fn read(text: &str) -> Self {
        let mut attributes = Vec::new();
        let mut at = text.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(text.len());
        let name = text[..at].trim_end_matches('/').to_ascii_lowercase();
        loop {
            at += text[at..].find(|c: char| !c.is_whitespace() && c != '/').unwrap_or(text.len() - at);
            if text[at..].starts_with('>') || at >= text.len() || name.starts_with('!') {
                return Self { name, attributes, length: at };
            }
            let end = at + text[at..].find(|c: char| c.is_whitespace() || c == '>' || c == '=').unwrap_or(text.len() - at);
            let attribute = text[at..end].to_owned();
            at = end;
            let mut value = String::new();
            if text[at..].starts_with("=\"") {
                let end = at + 2 + text[at + 2..].find('"').unwrap();
                value = unescape(&text[at + 2..end]);
                at = end + 1;
            } else if text[at..].starts_with('=') {
                let end = at + text[at..].find(|c: char| c.is_whitespace() || c == '>').unwrap();
                value = text[at + 1..end].to_owned();
                at = end;
            }
            attributes.push((attribute, value));
        }
    }

    fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|(n, _)| n == name)
    }

    fn get(&self, name: &str) -> String {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default()
    }
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}
