//! What the pages of the sandbox remember: the changes that were made to the company, and what is to be said on the next page.

use anyhow::{Context, Result};
use app::views::Tone;
use domain::actor::Actor;
use domain::form::Fields;
use domain::model::link::ObjectKind;
use domain::problem::Problems;
use domain::secret::Secret;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Changes that are remembered.
const MOST_CHANGES: usize = 200;
/// Things to be said that are remembered: a page that is not opened soon never says its own.
const MOST_SAID: usize = 64;

/// A change of the company.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Change {
    /// Counted from 1.
    pub number: u32,
    /// When (unix ms).
    pub at: i64,
    /// What, as a title: *Hire Jane Doe*.
    pub title: String,
    /// What was changed in the directory, as sentences.
    pub what: String,
    /// Whom it concerns, those it is about first.
    pub subjects: Vec<Subject>,
    /// It concerns so many that they are counted rather than named.
    pub everybody: bool,
    /// What was said about starting a cycle.
    pub rang: String,
    /// Path of the page about whom it is; empty when there is none any more.
    pub page: String,
}

/// An entry that a change concerns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// User or group.
    pub kind: ObjectKind,
    /// Its GUID.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The change is about it; the others may change with it.
    pub main: bool,
}

/// What is said on the page that follows a form.
#[derive(Clone)]
pub struct Said {
    /// Its colour.
    pub tone: Tone,
    /// What is said; empty when only the problems are.
    pub text: String,
    /// What was typed.
    pub typed: Fields,
    /// What is wrong with it.
    pub problems: Problems,
    /// A token, which is shown once.
    pub secret: Option<Secret>,
}

impl Said {
    /// That something was done.
    pub fn done(text: impl Into<String>) -> Self {
        Self { tone: Tone::Good, text: text.into(), typed: Fields::new(), problems: Problems::none(), secret: None }
    }

    /// That something cannot be done.
    pub fn refused(text: impl Into<String>) -> Self {
        Self { tone: Tone::Bad, ..Self::done(text) }
    }

    /// What is wrong with what was typed.
    pub fn wrong(problems: Problems, typed: Fields) -> Self {
        Self { problems, typed, ..Self::refused("") }
    }
}

/// What the notebook kept of sign-on before the emulated AWS kept it itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Former {
    /// The id of its identity store.
    pub store_id: String,
    /// What it was told of the identity provider.
    pub identity_source: Option<FormerSource>,
}

/// What the emulated AWS was told of the identity provider, by an older sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FormerSource {
    /// Entity ID of the identity provider.
    pub entity_id: String,
    /// Where people are sent to sign on.
    pub sso_url: String,
    /// Its certificates, as PEM.
    pub certificates: Vec<String>,
}

/// What is kept over a restart.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    made: u32,
    changes: VecDeque<Change>,
    #[serde(flatten, skip_serializing)]
    former: Option<Former>,
}

#[derive(Default)]
struct Inner {
    kept: Kept,
    revision: u64,
    said: VecDeque<(String, String, Said)>,
}

/// What the pages remember. All clones are the same notebook.
#[derive(Clone, Default)]
pub struct Notebook(Arc<Mutex<Inner>>);

impl Notebook {
    /// As it was kept in a file, or empty.
    pub async fn load(path: &Path) -> Result<Self> {
        let kept = match tokio::fs::read(path).await {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .with_context(|| format!("{} is damaged; remove it to go on without the sandbox's notes", path.display()))?,
            Err(error) if error.kind() == ErrorKind::NotFound => Kept::default(),
            Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
        };
        Ok(Self(Arc::new(Mutex::new(Inner { kept, ..Inner::default() }))))
    }

    /// Writes what is kept to a file, which is whole at every moment.
    pub async fn save(&self, path: &Path) -> Result<()> {
        let bytes = serde_json::to_vec(&self.lock().kept)?;
        let beside = path.with_extension("new");
        tokio::fs::write(&beside, bytes).await.with_context(|| format!("{} cannot be written", beside.display()))?;
        tokio::fs::rename(&beside, path).await.with_context(|| format!("{} cannot be written", path.display()))
    }

    /// Grows with everything that is to be kept.
    pub fn revision(&self) -> u64 {
        self.lock().revision
    }

    /// Remembers a change under a number of its own.
    pub fn add(&self, change: Change) -> u32 {
        let mut inner = self.lock();
        inner.revision += 1;
        let kept = &mut inner.kept;
        kept.made += 1;
        kept.changes.push_front(Change { number: kept.made, ..change });
        kept.changes.truncate(MOST_CHANGES);
        kept.made
    }

    /// A change by its number.
    pub fn change(&self, number: u32) -> Option<Change> {
        self.lock().kept.changes.iter().find(|change| change.number == number).cloned()
    }

    /// The latest changes first; those about this entry when one is given.
    pub fn latest(&self, about: Option<&str>, most: usize) -> Vec<Change> {
        let concerns = |change: &&Change| about.is_none_or(|id| change.subjects.iter().any(|subject| subject.main && subject.id == id));
        self.lock().kept.changes.iter().filter(concerns).take(most).cloned().collect()
    }

    /// Keeps something to be said to this actor; answers the key that its page's address has.
    pub fn say(&self, actor: &Actor, said: Said) -> String {
        let key = service::new_id();
        let mut inner = self.lock();
        inner.said.push_back((key.clone(), actor.to_string(), said));
        if inner.said.len() > MOST_SAID {
            inner.said.pop_front();
        }
        key
    }

    /// What is to be said. A token is not said a second time.
    pub fn said(&self, actor: &Actor, key: &str) -> Option<Said> {
        let mut inner = self.lock();
        let actor = actor.to_string();
        let at = inner.said.iter().position(|(of, to, _)| of == key && *to == actor)?;
        match inner.said[at].2.secret {
            Some(_) => inner.said.remove(at).map(|(_, _, said)| said),
            None => Some(inner.said[at].2.clone()),
        }
    }

    /// What it kept of sign-on, once.
    pub fn take_former(&self) -> Option<Former> {
        self.lock().kept.former.take()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(title: &str, about: &str) -> Change {
        let subject = |id: &str, main| Subject { kind: ObjectKind::User, id: id.into(), name: id.into(), main };
        Change {
            number: 0,
            at: 1,
            title: title.into(),
            what: String::new(),
            subjects: vec![subject(about, true), subject("group", false)],
            everybody: false,
            rang: String::new(),
            page: String::new(),
        }
    }

    #[tokio::test]
    async fn what_an_older_sandbox_kept_of_sign_on_is_handed_over_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.json");
        let source = r#"{"entity_id":"urn:idp","sso_url":"https://idp.example/sso","certificates":["pem"],"set_at":1}"#;
        std::fs::write(&path, format!(r#"{{"made":3,"changes":[],"identity_source":{source},"store_id":"d-0123456789"}}"#)).unwrap();
        let notebook = Notebook::load(&path).await.unwrap();
        let former = notebook.take_former().unwrap();
        assert_eq!((former.store_id.as_str(), former.identity_source.unwrap().entity_id.as_str()), ("d-0123456789", "urn:idp"));
        assert_eq!((notebook.take_former(), notebook.add(change("four", "a"))), (None, 4));
        notebook.save(&path).await.unwrap();
        assert_eq!(Notebook::load(&path).await.unwrap().take_former(), None);
    }

    #[tokio::test]
    async fn changes_are_kept_and_tokens_are_said_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.json");
        let notebook = Notebook::load(&path).await.unwrap();
        assert_eq!((notebook.add(change("one", "a")), notebook.add(change("two", "b"))), (1, 2));
        notebook.save(&path).await.unwrap();
        let again = Notebook::load(&path).await.unwrap();
        assert_eq!(again.add(change("three", "a")), 3);
        let titles = |about| again.latest(about, 9).into_iter().map(|change| change.title).collect::<Vec<_>>();
        assert_eq!(
            (titles(None), titles(Some("a"))),
            (vec!["three".into(), "two".into(), "one".into()], vec!["three".into(), "one".into()])
        );
        assert!(titles(Some("group")).is_empty(), "it is not about what only changes with it");
        assert_eq!((again.change(2).unwrap().title.as_str(), again.change(9).is_none()), ("two", true));

        let (me, you) = (Actor::Local { uid: 1 }, Actor::Local { uid: 2 });
        let key = again.say(&me, Said { secret: Some(Secret::new("token")), ..Said::done("Made.") });
        assert!(again.said(&you, &key).is_none());
        assert_eq!(again.said(&me, &key).unwrap().secret.unwrap().expose(), "token");
        assert!(again.said(&me, &key).is_none(), "a token is shown once");
        let key = again.say(&me, Said::done("Done."));
        assert_eq!((again.said(&me, &key).unwrap().text, again.said(&me, &key).unwrap().text), ("Done.".into(), "Done.".into()));
    }
}
