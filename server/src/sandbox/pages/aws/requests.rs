//! What was asked of the emulated AWS and how it answered, and who signed in there.

use super::page;
use crate::ports::words::time_of_day;
use crate::sandbox::pages::notebook::Said;
use crate::sandbox::pages::pieces::{code, href, page_of, panel, press, state, table, text};
use crate::sandbox::pages::{Pages, Query};
use app::views::Tone;
use app::views::sandbox::{Act, Cell, Part, SandboxPage, TabLink};
use sandbox::aws::{Began, LogEntry, SignIn};

/// Path of the page.
const HERE: &str = "aws/requests";

/// Sign-ins that are shown.
const SIGN_INS: usize = 50;

impl Pages {
    /// The page.
    pub(in crate::sandbox::pages) fn requests(&self, query: &Query) -> SandboxPage {
        let shown = query.get("show");
        let all = self.at.aws.request_log();
        let is_write = |entry: &LogEntry| entry.operation.is_some_and(|operation| operation.is_write());
        let failed = |entry: &LogEntry| entry.is_refused() || entry.fault.is_some();
        let count = |fits: &dyn Fn(&LogEntry) -> bool| u32::try_from(all.iter().filter(|entry| fits(entry)).count()).unwrap_or(u32::MAX);
        let links = [("", "All", count(&|_| true)), ("writes", "Writes", count(&is_write)), ("refused", "Refused", count(&failed))];
        let links = links.map(|(id, label, n)| {
            let to = if id.is_empty() { href(HERE) } else { format!("{}?show={id}", href(HERE)) };
            (TabLink { label: label.to_owned(), href: to, current: id == shown }, n)
        });
        let fits = |entry: &&LogEntry| match shown {
            "writes" => is_write(entry),
            "refused" => failed(entry),
            _ => true,
        };
        let found: Vec<&LogEntry> = all.iter().rev().filter(fits).collect();
        let (entries, pages) = page_of(found, query.get("page"), format!("{}?show={shown}&page=", href(HERE)));
        let rows = entries.into_iter().map(row).collect();
        let none = if shown == "refused" { "Nothing was refused." } else { "Nothing was asked yet." };
        let list = table("Requests", &["At", "Operation", "Request", "Answer", "Request ID"], rows, none);
        let clear = Act { small: true, ..press("Empty this list", href("aws/requests/clear")) };
        let parts = vec![Part::Filter { label: "Show".to_owned(), links: links.to_vec() }, list, pages, Part::Acts(vec![clear])];
        let sign_ins = self.at.aws.sign_ins().iter().rev().take(SIGN_INS).map(sign_in).collect();
        let sign_ins = table("Sign-ins", &["At", "User", "Begun by", "Result"], sign_ins, "Nobody signed in yet.");
        let intro = "Every SAML response that came in, the latest first: what CloudTrail calls ExternalIdPDirectoryLogin.";
        let panels = vec![panel("requests", "Requests", "", parts), panel("sign-ins", "Sign-ins", intro, vec![sign_ins])];
        let sentence = "The last 10,000 requests to the SCIM endpoint, the latest first, and the last sign-ins.";
        SandboxPage { live: true, ..page(HERE, "Requests", sentence, panels) }
    }

    pub(super) fn clear_requests(&self) -> (String, Said) {
        self.at.aws.clear_request_log();
        (HERE.to_owned(), Said::done("The list is empty."))
    }
}

fn row(entry: &LogEntry) -> Vec<Cell> {
    let (word, tone) = match entry.status {
        0 => ("No answer".to_owned(), Tone::Bad),
        status @ 200..400 => (status.to_string(), Tone::Good),
        status @ (404 | 429) => (status.to_string(), Tone::Warning),
        status => (status.to_string(), Tone::Bad),
    };
    let why = [entry.exception().map(str::to_owned), entry.reason.clone(), entry.fault.map(|fault| fault.to_string())];
    let why = why.into_iter().flatten().collect::<Vec<_>>().join(": ");
    let query = if entry.query.is_empty() { String::new() } else { format!("?{}", entry.query) };
    let operation = entry.operation.map(|operation| format!("{operation:?}")).unwrap_or_default();
    vec![
        text(time_of_day(entry.at_ms)),
        text(operation),
        code(format!("{} {}{query}", entry.method, entry.path)),
        Cell { under: why, ..state(&word, tone) },
        code(&entry.request_id),
    ]
}

fn sign_in(sign_in: &SignIn) -> Vec<Cell> {
    let began = match sign_in.began {
        Began::Portal => "Access portal",
        Began::IdentityProvider => "Identity provider",
    };
    let result = match &sign_in.refused {
        None => state("Signed in", Tone::Good),
        Some(why) => Cell { under: why.clone(), ..state("Refused", Tone::Bad) },
    };
    let user = sign_in.user_name.clone().unwrap_or_else(|| "Not proved".to_owned());
    vec![text(time_of_day(sign_in.at_ms)), text(user), text(began), result]
}
