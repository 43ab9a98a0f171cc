//! The pages of the sandbox beside the console: the values to paste, the sample company, the emulated AWS. Each is found by its
//! path below `/sandbox`, and each form posts to the path of its page or of its button.

mod aws;
mod company;
mod notebook;
mod pieces;
mod task;
mod values;
mod way;

pub use aws::sp_metadata;
pub use notebook::Notebook;

use crate::ports::Ports;
use crate::ports::words::time;
use app::backend::Then;
use app::error::AppError;
use app::views::Tone;
use app::views::sandbox::{FormView, Part, SandboxPage};
use aws::Troubles;
use domain::actor::Actor;
use domain::form::{Fields, check};
use domain::problem::Problems;
use domain::secret::Secret;
use domain::view::FieldView;
use notebook::{Change, Said};
use pieces::{fact, href, panel};
use sandbox::aws::Aws;
use sandbox::directory::SharedDirectory;
use std::net::SocketAddr;
use task::Task;

/// The key of what is to be said, in an address's query.
const SAID: &str = "said";

/// What the pages show and change.
#[derive(Clone)]
pub struct Counterparts {
    /// The sample company.
    pub directory: SharedDirectory,
    /// Where it listens.
    pub ldap: SocketAddr,
    /// The emulated AWS.
    pub aws: Aws,
    /// Where it listens.
    pub scim: SocketAddr,
    /// What the pages remember.
    pub notebook: Notebook,
}

impl Counterparts {
    /// The SCIM endpoint as the AWS console shows it.
    pub fn scim_url(&self) -> String {
        format!("http://{}{}", self.scim, self.aws.base_path())
    }

    /// The newest access token.
    pub fn scim_token(&self) -> Secret {
        Secret::new(self.aws.token())
    }
}

/// The pages.
pub struct Pages {
    ports: Ports,
    at: Counterparts,
    troubles: Troubles,
}

/// What an address says besides the path.
pub(crate) struct Query(Fields);

impl Query {
    fn read(text: &str) -> Self {
        Self(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    fn get(&self, name: &str) -> &str {
        self.0.get(name).trim()
    }
}

impl Pages {
    /// Of a sandbox.
    pub fn new(ports: Ports, at: Counterparts) -> Self {
        Self { ports, at, troubles: Troubles::default() }
    }

    /// A page by its path.
    pub async fn page(&self, actor: &Actor, path: &str, query: &str) -> Result<SandboxPage, AppError> {
        self.require(actor)?;
        let query = Query::read(query);
        let said = self.at.notebook.said(actor, query.get(SAID));
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let mut page = match parts.as_slice() {
            ["values"] => self.values(),
            ["aws", rest @ ..] => self.aws(rest, &query, said.as_ref())?,
            ["company"] => self.company(&query),
            ["company", "changes", number] => self.way_page(actor, number).await?,
            ["company", rest @ ..] => match Task::parse(rest) {
                Some(task) => self.task_page(task, said.as_ref())?,
                None => match rest {
                    ["people", id] => self.person(id)?,
                    ["groups", id] => self.group(id)?,
                    _ => return Err(AppError::NotFound),
                },
            },
            _ => return Err(AppError::NotFound),
        };
        if let Some(said) = said.filter(|said| !said.text.is_empty()) {
            page.notice = Some((said.tone, said.text));
        }
        Ok(page)
    }

    /// Does what was posted to a path.
    pub async fn post(&self, actor: &Actor, path: &str, fields: Fields) -> Result<Then, AppError> {
        self.require(actor)?;
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match parts.as_slice() {
            ["company", rest @ ..] => match Task::parse(rest) {
                Some(task) => self.do_task(actor, task, fields).await,
                None => Err(AppError::NotFound),
            },
            ["aws", rest @ ..] => self.do_aws(actor, rest, fields),
            _ => Err(AppError::NotFound),
        }
    }

    /// A file to download: name, media type, text.
    pub fn download(&self, actor: &Actor, name: &str) -> Result<(String, String, String), AppError> {
        self.require(actor)?;
        self.sp_metadata(name).ok_or(AppError::NotFound)
    }

    fn require(&self, actor: &Actor) -> Result<(), AppError> {
        if actor.may_administer() { Ok(()) } else { Err(AppError::Forbidden) }
    }

    fn values(&self) -> SandboxPage {
        values::page(&self.at)
    }

    fn task_page(&self, task: Task, said: Option<&Said>) -> Result<SandboxPage, AppError> {
        let form = self.at.directory.read(|directory| task.form(directory)).ok_or(AppError::NotFound)?;
        let values = said.filter(|said| !said.problems.is_empty()).map_or(&form.values, |said| &said.typed);
        let view = FormView {
            action: href(&task.path()),
            fields: field_views(&form.fields, values),
            problems: said.map(|said| said.problems.clone()).unwrap_or_default(),
            button: form.button.to_owned(),
            danger: form.danger,
            cancel: href(&task.back()),
            file: None,
        };
        let mut trail = vec![("Company".to_owned(), href("company"))];
        if let Some((label, to)) = self.about(task) {
            trail.push((label, to));
        }
        Ok(SandboxPage {
            title: form.title,
            trail,
            sentence: form.sentence,
            parts: vec![panel("task", "What to change", "", vec![Part::Form(view)])],
            ..SandboxPage::default()
        })
    }

    /// About whom a task is, with the page of it.
    fn about(&self, task: Task) -> Option<(String, String)> {
        let back = task.back();
        let id: sandbox::directory::Guid = back.rsplit('/').next()?.parse().ok()?;
        let name = self.at.directory.read(|d| d.entry(&id.as_name()).map(|entry| task::name(&entry)))?;
        Some((name, href(&back)))
    }

    async fn do_task(&self, actor: &Actor, task: Task, fields: Fields) -> Result<Then, AppError> {
        let form = self.at.directory.read(|directory| task.form(directory)).ok_or(AppError::NotFound)?;
        let mut problems = check(&form.fields, &fields);
        let mut done = None;
        let at = self.ports.now();
        if problems.is_empty() {
            match self.at.directory.change_all(|directory| task.apply(directory, &fields)) {
                Ok(change) => done = Some(change),
                Err(found) => problems = found,
            }
        }
        let Some(done) = done else { return Ok(self.again(actor, &task.path(), problems, fields)) };
        tracing::info!(target: crate::telemetry::ADMIN, actor = %actor, kind = "sandbox", object = form.title, "changed the company");
        let rang = match fields.is_checked(task::RUN) {
            true => self.ring(actor).await,
            false => "The channel was not told; its next cycle on schedule sees the change.".to_owned(),
        };
        let number = self.at.notebook.add(Change {
            number: 0,
            at,
            title: done.title.unwrap_or(form.title),
            what: done.what,
            subjects: done.subjects,
            everybody: done.everybody,
            rang,
            page: done.page,
        });
        Ok(Then::Go(href(&format!("company/changes/{number}"))))
    }

    /// Starts a cycle of every channel that can run; answers what came of it.
    async fn ring(&self, actor: &Actor) -> String {
        let channels = match self.ports.service.list_channels(actor).await {
            Ok(channels) => channels,
            Err(error) => return crate::ports::refuse(error).to_string(),
        };
        let mut rung = Vec::new();
        // A channel that stopped for good would only stop again.
        for glance in channels.iter().filter(|g| g.is_on() && !g.state.paused && g.state.stopped_reason.is_none()) {
            match self.ports.service.run_channel(actor, &glance.channel.id, false).await {
                Ok(()) => rung.push(format!("‘{}’", glance.channel.name)),
                Err(error) => return crate::ports::refuse(error).to_string(),
            }
        }
        match rung.is_empty() {
            true => "No channel can run now, so none was started.".to_owned(),
            false => format!("{} was told to run at once.", crate::ports::words::list(&rung)),
        }
    }

    /// Back to a form, with what is wrong and what was typed.
    fn again(&self, actor: &Actor, path: &str, problems: Problems, typed: Fields) -> Then {
        self.saying(actor, path, Said::wrong(problems, typed))
    }

    /// To a page that says something.
    fn saying(&self, actor: &Actor, path: &str, said: Said) -> Then {
        let key = self.at.notebook.say(actor, said);
        Then::Go(format!("{}?{SAID}={key}", href(path)))
    }

    /// The latest changes of the company, or of one entry.
    fn latest(&self, about: Option<&str>) -> Option<Part> {
        let now = self.ports.now();
        let rows: Vec<_> = self
            .at
            .notebook
            .latest(about, 5)
            .into_iter()
            .map(|change| {
                let to = href(&format!("company/changes/{}", change.number));
                vec![pieces::link(change.title, to, change.what), pieces::when(time(change.at, now))]
            })
            .collect();
        let table = pieces::table("Latest changes", &["Change", "When"], rows.clone(), "");
        (!rows.is_empty()).then(|| panel("changes", "Latest changes", "Each leads to its way to AWS.", vec![table]))
    }
}

/// Fields with what they hold.
fn field_views(specs: &[domain::form::FieldSpec], values: &Fields) -> Vec<FieldView> {
    specs.iter().map(|spec| FieldView { spec: spec.clone(), value: values.get(&spec.name).to_owned() }).collect()
}

/// Facts under a heading.
fn facts(id: &str, title: &str, intro: &str, rows: Vec<(&str, String)>) -> Part {
    let rows = rows.into_iter().filter(|(_, value)| !value.is_empty()).map(|(label, value)| fact(label, value)).collect();
    panel(id, title, intro, vec![Part::Facts(rows)])
}

/// The word and colour of an account.
fn enabled(is_disabled: bool) -> (&'static str, Tone) {
    if is_disabled { ("Disabled", Tone::Quiet) } else { ("Enabled", Tone::Good) }
}
