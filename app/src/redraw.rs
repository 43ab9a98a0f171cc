//! HTML that the server made, drawn anew in place: what did not change stays as it is, with the focus in it, what is open and how
//! far it is scrolled.

use leptos::prelude::{IntoAttributeValue, document};
use leptos::tachys::html::element::InnerHtmlValue;
use leptos::tachys::renderer::types::Element;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::{HtmlTemplateElement, Node};

/// The HTML inside of an element.
#[derive(Clone)]
pub struct Drawn(Arc<str>);

impl Drawn {
    /// This HTML.
    pub fn new(html: String) -> Self {
        Self(html.into())
    }
}

impl IntoAttributeValue for Drawn {
    type Output = Self;
    fn into_attribute_value(self) -> Self {
        self
    }
}

impl InnerHtmlValue for Drawn {
    type AsyncOutput = Self;
    type State = (Element, Arc<str>);
    type Cloneable = Self;
    type CloneableOwned = Self;

    fn html_len(&self) -> usize {
        self.0.html_len()
    }

    fn to_html(self, buf: &mut String) {
        self.0.to_html(buf);
    }

    fn to_template(_: &mut String) {}

    fn hydrate<const FROM_SERVER: bool>(self, el: &Element) -> Self::State {
        self.0.hydrate::<FROM_SERVER>(el)
    }

    fn build(self, el: &Element) -> Self::State {
        self.0.build(el)
    }

    fn rebuild(self, state: &mut Self::State) {
        if self.0 == state.1 {
            return;
        }
        let template = document().create_element("template").ok().and_then(|made| made.dyn_into::<HtmlTemplateElement>().ok());
        match template {
            Some(template) => {
                template.set_inner_html(&self.0);
                children(&state.0, &template.content());
                state.1 = self.0;
            }
            None => self.0.rebuild(state),
        }
    }

    fn into_cloneable(self) -> Self::Cloneable {
        self
    }

    fn into_cloneable_owned(self) -> Self::CloneableOwned {
        self
    }

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self::AsyncOutput {
        self
    }
}

/// Makes the children of a node like those of another, which is used up.
fn children(old: &Node, new: &Node) {
    let mut at = old.first_child();
    let mut next = new.first_child();
    while let Some(fresh) = next {
        next = fresh.next_sibling();
        // What is between went away.
        let mut alike = at.clone();
        while alike.as_ref().is_some_and(|node| !is_same(node, &fresh)) {
            alike = alike.and_then(|node| node.next_sibling());
        }
        match alike {
            Some(same) => {
                while let Some(gone) = at.filter(|node| *node != same) {
                    at = gone.next_sibling();
                    let _ = old.remove_child(&gone);
                }
                at = same.next_sibling();
                node(&same, &fresh);
            }
            None => {
                let _ = old.insert_before(&fresh, at.as_ref());
            }
        }
    }
    while let Some(gone) = at {
        at = gone.next_sibling();
        let _ = old.remove_child(&gone);
    }
}

/// Whether a node is another one as it was before: of the same sort, and called the same where it is called anything.
fn is_same(old: &Node, new: &Node) -> bool {
    old.node_name() == new.node_name() && called(old) == called(new)
}

fn called(node: &Node) -> Option<String> {
    let element = node.dyn_ref::<Element>()?;
    ["id", "aria-labelledby", "href", "aria-label"].into_iter().find_map(|name| element.get_attribute(name))
}

fn node(old: &Node, new: &Node) {
    let (Some(element), Some(fresh)) = (old.dyn_ref::<Element>(), new.dyn_ref::<Element>()) else {
        if old.node_value() != new.node_value() {
            old.set_node_value(new.node_value().as_deref());
        }
        return;
    };
    for name in element.get_attribute_names().iter().filter_map(|name| name.as_string()) {
        // Who opened it keeps it open.
        if !fresh.has_attribute(&name) && name != "open" {
            let _ = element.remove_attribute(&name);
        }
    }
    for name in fresh.get_attribute_names().iter().filter_map(|name| name.as_string()) {
        let value = fresh.get_attribute(&name).unwrap_or_default();
        if element.get_attribute(&name).as_deref() != Some(&value) {
            let _ = element.set_attribute(&name, &value);
        }
    }
    children(old, new);
}
