//! The wizard: flows as tables of tabs, nested tasks as paths, and a pure step from one post to the next page.
//!
//! A flow is a `const` table of `fn` pointers over one draft type; [`Task`] hides that type, so that everything that walks
//! tasks is written once. Laws (tested for every flow): `write(read(d))` leaves `d` unchanged; Done implies no problem on any
//! shown tab; Previous loses nothing; the current tab is always a shown one.

pub mod draft;
pub mod merge;
pub mod path;
pub mod rows;

use crate::form::{Check, Choice, FieldSpec, Fields, check, check_one, reading};
use crate::id::{ConnectionId, DataStoreId, IdpAdapterId, PcvId, SigningKeyId, TrustedCaId};
use crate::model::browser_sso::AttributeLookup;
use crate::model::connector::Connector;
use crate::model::credentials::SigningAlgorithm;
use crate::model::data_store::LdapType;
use crate::model::server_settings::ServerDefaults;
use crate::problem::Problems;
use crate::view::Body;
use rows::{RowTable, Rows};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;

/// A task: an ordered table of tabs over one draft type.
pub struct Flow<D: 'static> {
    /// Title of the task, possibly with the object's name.
    pub title: fn(&D) -> String,
    /// Its tabs in order.
    pub tabs: &'static [Tab<D>],
    /// A task inside a tab, by key; `None` where there is no such task.
    pub nested: for<'a> fn(&'a mut D, tab: &str, key: &str) -> Option<Box<dyn Task + 'a>>,
    /// Keys of the tasks that exist inside a tab.
    pub keys: fn(&D, tab: &str) -> Vec<String>,
    /// Adds a task inside a tab; the id is made by the caller. Answers its key.
    pub create: fn(&mut D, tab: &str, id: &str, catalog: &Catalog) -> Option<String>,
    /// Removes a task from a tab.
    pub delete: fn(&mut D, tab: &str, key: &str),
}

/// One tab of a flow.
pub struct Tab<D: 'static> {
    /// Last part of its path.
    pub id: &'static str,
    /// What is read.
    pub title: &'static str,
    /// A sentence or two at the top.
    pub intro: &'static str,
    /// Tabs appear as choices are made.
    pub shown: fn(&D) -> bool,
    /// What is asked.
    pub fields: fn(&D, &Catalog) -> Vec<FieldSpec>,
    /// Draft to form.
    pub read: fn(&D) -> Fields,
    /// Form to draft. Called with fields that passed [`check`]; answers every other problem, not the first.
    pub write: fn(&mut D, &Fields, &Catalog) -> Problems,
    /// A table of rows that are edited on it.
    pub rows: Option<RowTable<D>>,
    /// What else it shows. Paths inside are filled by the walker.
    pub body: fn(&D, &Catalog) -> Body,
    /// More buttons: what is posted (`test`, ...) and what is read.
    pub actions: &'static [(&'static str, &'static str)],
    /// Files that can be downloaded: name, and what is read on the button.
    pub files: &'static [(&'static str, &'static str)],
    /// Members of the draft's JSON that belong to it: what is merged as one when two people changed the object.
    pub holds: &'static [&'static str],
    /// Members of the draft's JSON in which the tasks inside it are.
    pub tasks_in: &'static [&'static str],
}

impl<D> Tab<D> {
    /// A tab of fields, always shown, nothing else on it.
    pub const fn plain(
        id: &'static str,
        title: &'static str,
        fields: fn(&D, &Catalog) -> Vec<FieldSpec>,
        read: fn(&D) -> Fields,
        write: fn(&mut D, &Fields, &Catalog) -> Problems,
    ) -> Self {
        Self {
            id,
            title,
            intro: "",
            shown: |_| true,
            fields,
            read,
            write,
            rows: None,
            body: |_, _| Body::Plain,
            actions: &[],
            files: &[],
            holds: &[],
            tasks_in: &[],
        }
    }
    /// The tab that shows everything entered.
    pub const fn summary(id: &'static str, title: &'static str) -> Self {
        let mut tab = Self::plain(id, title, |_, _| Vec::new(), |_| Fields::new(), |_, _, _| Problems::none());
        tab.body = |_, _| Body::Summary(Vec::new());
        tab
    }
    /// With an introduction.
    pub const fn intro(mut self, intro: &'static str) -> Self {
        self.intro = intro;
        self
    }
    /// Shown only if.
    pub const fn when(mut self, shown: fn(&D) -> bool) -> Self {
        self.shown = shown;
        self
    }
    /// With a table of rows.
    pub const fn rows(mut self, table: RowTable<D>) -> Self {
        self.rows = Some(table);
        self
    }
    /// With something besides fields.
    pub const fn body(mut self, body: fn(&D, &Catalog) -> Body) -> Self {
        self.body = body;
        self
    }
    /// With more buttons.
    pub const fn actions(mut self, actions: &'static [(&'static str, &'static str)]) -> Self {
        self.actions = actions;
        self
    }
    /// To which these members of the draft's JSON belong, whether the tab is shown or not.
    pub const fn holds(mut self, members: &'static [&'static str]) -> Self {
        self.holds = members;
        self
    }
    /// With tasks inside, which are in these members of the draft's JSON.
    pub const fn tasks_in(mut self, members: &'static [&'static str]) -> Self {
        self.tasks_in = members;
        self
    }
    /// With files to download.
    pub const fn files(mut self, files: &'static [(&'static str, &'static str)]) -> Self {
        self.files = files;
        self
    }
}

/// What the tabs need to know of the rest of the world: plain data, put together on the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// Every connector installed.
    pub connectors: Vec<Connector>,
    /// The connector of the connection being edited, in the version it uses.
    pub connector: Option<Connector>,
    /// Data Stores that can be chosen.
    pub data_stores: Vec<DataStoreRef>,
    /// Attribute names read from a store's schema, where that was possible.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Password Credential Validators that can be chosen.
    pub pcvs: Vec<PcvRef>,
    /// The object being edited is saved already: what cannot change any more is shown and not asked.
    pub is_saved: bool,
    /// Names other objects of this kind have, in lower case.
    pub taken_names: Vec<String>,
    /// Instance IDs other objects of this kind have, in lower case.
    pub taken_instance_ids: Vec<String>,
    /// Logout paths other adapters have, in lower case.
    pub taken_logout_paths: Vec<String>,
    /// Entity IDs other connections have.
    pub taken_entity_ids: Vec<String>,
    /// Signing keys that can be chosen.
    #[serde(default)]
    pub signing_keys: Vec<SigningKeyRef>,
    /// Connections that can be chosen.
    #[serde(default)]
    pub connections: Vec<ConnectionNameRef>,
    /// IdP Adapters that can be chosen.
    #[serde(default)]
    pub idp_adapters: Vec<IdpAdapterRef>,
    /// Now (unix ms).
    #[serde(default)]
    pub now: i64,
    /// The directory's attribute from which the template's subject is provisioned; empty: not known.
    #[serde(default)]
    pub subject_source: String,
    /// Stored CAs that can be chosen.
    #[serde(default)]
    pub trusted_cas: Vec<TrustedCaRef>,
    /// What the process was started with.
    #[serde(default)]
    pub server: ServerDefaults,
}

/// A stored CA as others refer to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrustedCaRef {
    /// Its id.
    pub id: TrustedCaId,
    /// Its subject and the end of its certificate.
    pub label: String,
}

/// A signing key as others refer to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SigningKeyRef {
    /// Its id.
    pub id: SigningKeyId,
    /// Its subject and the end of its certificate.
    pub label: String,
    /// How it signs.
    pub algorithm: SigningAlgorithm,
    /// End of validity of its certificate (unix ms).
    pub not_after: i64,
}

/// An IdP Adapter as connections refer to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdpAdapterRef {
    /// Its id.
    pub id: IdpAdapterId,
    /// Its name.
    pub name: String,
    /// Every attribute it passes on.
    pub contract: Vec<String>,
    /// How its first validator that asks a directory finds a person there.
    pub lookup: Option<AttributeLookup>,
}

/// A connection as others refer to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConnectionNameRef {
    /// Its id.
    pub id: ConnectionId,
    /// Its name.
    pub name: String,
    /// Its entity ID.
    pub entity_id: String,
}

impl Catalog {
    /// A Data Store by id.
    pub fn data_store(&self, id: &DataStoreId) -> Option<&DataStoreRef> {
        self.data_stores.iter().find(|d| &d.id == id)
    }
    /// A Password Credential Validator by id.
    pub fn pcv(&self, id: &PcvId) -> Option<&PcvRef> {
        self.pcvs.iter().find(|p| &p.id == id)
    }

    /// An IdP Adapter by id.
    pub fn idp_adapter(&self, id: &IdpAdapterId) -> Option<&IdpAdapterRef> {
        self.idp_adapters.iter().find(|a| &a.id == id)
    }

    /// The field by which one of the stored CAs is chosen; `None` where there is nothing to choose.
    pub fn trusted_ca_field(&self, chosen: Option<&TrustedCaId>) -> Option<FieldSpec> {
        let mut choices = vec![Choice { value: String::new(), label: "None".into() }];
        choices.extend(self.trusted_cas.iter().map(|ca| Choice { value: ca.id.to_string(), label: ca.label.clone() }));
        (choices.len() > 1 || chosen.is_some()).then(|| {
            FieldSpec::select("trusted_ca_id", "Stored Trusted CA", choices)
                .help("From Security > Trusted CAs; trusted besides this machine's own and what is pasted below.")
        })
    }
}

/// A Data Store as others refer to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataStoreRef {
    /// Its id.
    pub id: DataStoreId,
    /// Its name.
    pub name: String,
    /// Its type, for defaults.
    pub ldap_type: LdapType,
}

/// A Password Credential Validator as adapters refer to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PcvRef {
    /// Its id.
    pub id: PcvId,
    /// Its name.
    pub name: String,
    /// The attributes it gives for somebody whose password it accepted.
    pub contract: Vec<String>,
}

/// A shown tab, without its draft type.
#[derive(Clone, Copy, Debug)]
pub struct TabInfo {
    /// Last part of its path.
    pub id: &'static str,
    /// What is read.
    pub title: &'static str,
    /// At the top.
    pub intro: &'static str,
    /// More buttons.
    pub actions: &'static [(&'static str, &'static str)],
    /// Files that can be downloaded.
    pub files: &'static [(&'static str, &'static str)],
}

/// What of a draft's JSON belongs to a tab, shown or not.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// The tab's id.
    pub tab: &'static str,
    /// What is read of it.
    pub title: &'static str,
    /// Members that are its own.
    pub holds: &'static [&'static str],
    /// Members in which the tasks inside it are.
    pub tasks_in: &'static [&'static str],
}

/// What became of fields that were put into a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// What is wrong with them.
    pub problems: Problems,
    /// They are in the draft, right or wrong.
    pub held: bool,
}

/// A flow over its draft, with the draft's type hidden.
pub trait Task {
    /// Title of the task.
    fn title(&self) -> String;
    /// The tabs shown now.
    fn tabs(&self) -> Vec<TabInfo>;
    /// What of the draft's JSON belongs to which tab, in their order.
    fn parts(&self) -> Vec<Part>;
    /// What a tab asks.
    fn fields(&self, tab: &str, catalog: &Catalog) -> Vec<FieldSpec>;
    /// What a tab holds.
    fn read(&self, tab: &str) -> Fields;
    /// Puts fields into the draft. A draft can hold what is missing or wrong (Save cannot), but not what its types cannot:
    /// a number that is none leaves the draft as it was, and the answer says so.
    fn write(&mut self, tab: &str, fields: &Fields, catalog: &Catalog) -> Taken;
    /// What is wrong with a tab as it stands.
    fn problems(&self, tab: &str, catalog: &Catalog) -> Problems;
    /// The table of rows of a tab.
    fn rows<'b>(&'b mut self, tab: &str) -> Option<Box<dyn Rows + 'b>>;
    /// What a tab shows besides fields.
    fn body(&self, tab: &str, catalog: &Catalog) -> Body;
    /// A task inside a tab.
    fn nested<'b>(&'b mut self, tab: &str, key: &str) -> Option<Box<dyn Task + 'b>>;
    /// Keys of the tasks inside a tab.
    fn keys(&self, tab: &str) -> Vec<String>;
    /// Adds a task inside a tab.
    fn create(&mut self, tab: &str, id: &str, catalog: &Catalog) -> Option<String>;
    /// Removes a task from a tab.
    fn delete(&mut self, tab: &str, key: &str);
    /// The draft as it is, for Cancel.
    fn snapshot(&self) -> serde_json::Value;
    /// The draft as it was.
    fn restore(&mut self, snapshot: &serde_json::Value);
}

/// Binds a flow to its draft.
pub fn task<'a, D: Clone + PartialEq + Serialize + DeserializeOwned>(flow: &'static Flow<D>, draft: &'a mut D) -> Box<dyn Task + 'a> {
    Box::new(Bound { flow, draft })
}

struct Bound<'a, D: 'static> {
    flow: &'static Flow<D>,
    draft: &'a mut D,
}

impl<D> Bound<'_, D> {
    fn tab(&self, id: &str) -> Option<&'static Tab<D>> {
        self.flow.tabs.iter().find(|t| t.id == id)
    }
}

impl<D: Clone + PartialEq + Serialize + DeserializeOwned> Task for Bound<'_, D> {
    fn title(&self) -> String {
        (self.flow.title)(self.draft)
    }
    fn tabs(&self) -> Vec<TabInfo> {
        let shown = self.flow.tabs.iter().filter(|t| (t.shown)(self.draft));
        shown.map(|t| TabInfo { id: t.id, title: t.title, intro: t.intro, actions: t.actions, files: t.files }).collect()
    }
    fn parts(&self) -> Vec<Part> {
        self.flow.tabs.iter().map(|t| Part { tab: t.id, title: t.title, holds: t.holds, tasks_in: t.tasks_in }).collect()
    }
    fn fields(&self, tab: &str, catalog: &Catalog) -> Vec<FieldSpec> {
        self.tab(tab).map_or_else(Vec::new, |t| (t.fields)(self.draft, catalog))
    }
    fn read(&self, tab: &str) -> Fields {
        self.tab(tab).map_or_else(Fields::new, |t| (t.read)(self.draft))
    }
    fn write(&mut self, tab: &str, fields: &Fields, catalog: &Catalog) -> Taken {
        let Some(tab) = self.tab(tab) else { return Taken { problems: Problems::at("", "This tab is not there any more."), held: false } };
        // What a choice on this very tab makes required is known only once it is made, so syntax is checked against the draft
        // with the fields already in it.
        let mut next = self.draft.clone();
        let own = (tab.write)(&mut next, fields, catalog);
        let specs = (tab.fields)(&next, catalog);
        let cannot_hold = |spec: &FieldSpec| {
            let value = fields.get(&spec.name);
            let is_empty = value.trim().is_empty();
            // A number that must be there is one; in place of none the draft would hold what it held before, and nothing would be said.
            let is_number = matches!(spec.check, Check::Number { .. });
            spec.is_typed() && (!is_empty || is_number) && check_one(spec, value).is_err()
        };
        let held = !specs.iter().any(cannot_hold) && !reading::any_refused(&specs, fields);
        let problems = merge(check(&specs, fields), own);
        if held {
            *self.draft = next;
        }
        Taken { problems, held }
    }
    fn problems(&self, tab: &str, catalog: &Catalog) -> Problems {
        let Some(table) = self.tab(tab) else { return Problems::none() };
        let mut copy = self.draft.clone();
        let fields = (table.read)(self.draft);
        let mut problems = merge(check(&(table.fields)(self.draft, catalog), &fields), (table.write)(&mut copy, &fields, catalog));
        problems.extend(rows::problems(table, self.draft, catalog));
        problems
    }
    fn rows<'b>(&'b mut self, tab: &str) -> Option<Box<dyn Rows + 'b>> {
        let table = self.tab(tab)?.rows.as_ref()?;
        Some(Box::new(rows::BoundRows { table, draft: self.draft }))
    }
    fn body(&self, tab: &str, catalog: &Catalog) -> Body {
        self.tab(tab).map_or(Body::Plain, |t| (t.body)(self.draft, catalog))
    }
    fn nested<'b>(&'b mut self, tab: &str, key: &str) -> Option<Box<dyn Task + 'b>> {
        (self.flow.nested)(self.draft, tab, key)
    }
    fn keys(&self, tab: &str) -> Vec<String> {
        (self.flow.keys)(self.draft, tab)
    }
    fn create(&mut self, tab: &str, id: &str, catalog: &Catalog) -> Option<String> {
        (self.flow.create)(self.draft, tab, id, catalog)
    }
    fn delete(&mut self, tab: &str, key: &str) {
        (self.flow.delete)(self.draft, tab, key);
    }
    fn snapshot(&self) -> serde_json::Value {
        serde_json::to_value(&*self.draft).unwrap_or_default()
    }
    fn restore(&mut self, snapshot: &serde_json::Value) {
        if let Ok(draft) = serde_json::from_value(snapshot.clone()) {
            *self.draft = draft;
        }
    }
}

/// Syntax first: a field that is malformed is not also called inconsistent.
fn merge(mut syntax: Problems, own: Problems) -> Problems {
    for problem in own.0 {
        if !syntax.has(&problem.field) || problem.field.is_empty() {
            syntax.0.push(problem);
        }
    }
    syntax
}

/// No nested tasks.
pub fn no_nested<'a, D>(_: &'a mut D, _: &str, _: &str) -> Option<Box<dyn Task + 'a>> {
    None
}
/// No nested tasks.
pub fn no_keys<D>(_: &D, _: &str) -> Vec<String> {
    Vec::new()
}
/// Nothing can be added.
pub fn no_create<D>(_: &mut D, _: &str, _: &str, _: &Catalog) -> Option<String> {
    None
}
/// Nothing can be removed.
pub fn no_delete<D>(_: &mut D, _: &str, _: &str) {}

#[cfg(test)]
mod tests;
