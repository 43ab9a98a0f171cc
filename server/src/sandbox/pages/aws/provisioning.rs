//! Automatic provisioning: enabled or not, the endpoint, and access tokens, each of which is shown once.

use super::page;
use crate::ports::words::time;
use crate::sandbox::pages::Pages;
use crate::sandbox::pages::notebook::Said;
use crate::sandbox::pages::pieces::{acts, code, fact, go, href, of_row, panel, press, state, table, text};
use app::views::Tone;
use app::views::sandbox::{Act, Cell, Fact, Part, SandboxPage};
use sandbox::aws::{ConsoleError, NewToken, Token};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// AWS begins to remind so many days before a token expires.
const REMIND_DAYS: i64 = 90;
/// Path of the page.
const HERE: &str = "aws/provisioning";

impl Pages {
    /// The page.
    pub(in crate::sandbox::pages) fn provisioning(&self, said: Option<&Said>) -> SandboxPage {
        let sentence = "Receives users and groups from an identity provider by SCIM 2.0.";
        let Some(provisioning) = self.at.aws.provisioning() else {
            let enable = Act { primary: true, ..press("Enable", href(&format!("{HERE}/enable"))) };
            let parts = vec![panel(
                "status",
                "Automatic provisioning is not enabled",
                "Enabling makes an endpoint and a first access token. Users and groups that are there stay.",
                vec![Part::Acts(vec![enable])],
            )];
            return page(HERE, "Automatic provisioning", sentence, parts);
        };
        let mut parts = Vec::new();
        if let Some(secret) = said.and_then(|said| said.secret.as_ref()) {
            let copy = |label: &str, value: String| Fact { copy: true, ..fact(label, value) };
            let facts = vec![copy("SCIM endpoint", self.at.scim_url()), copy("Access token", secret.expose().to_owned())];
            parts.push(panel(
                "new-token",
                "Inbound automatic provisioning",
                "Copy the access token now: it is shown this once.",
                vec![Part::Facts(facts), Part::Acts(vec![go("Where to paste it", href("values"))])],
            ));
        }
        let disable = Act {
            danger: true,
            question: Some((
                "Disable automatic provisioning?".to_owned(),
                "The endpoint and its access tokens are gone for good. Users and groups stay. Enabling again makes another endpoint."
                    .to_owned(),
            )),
            ..press("Disable", href(&format!("{HERE}/disable")))
        };
        let endpoint = vec![
            Fact { copy: true, ..fact("SCIM endpoint", self.at.scim_url()) },
            Fact { note: "Access tokens are shown once, when they are made.".to_owned(), ..fact("Status", "Enabled") },
        ];
        parts.push(panel("status", "Endpoint", "", vec![Part::Facts(endpoint), Part::Acts(vec![disable])]));
        let now = self.at.aws.now_ms();
        let mut list = Vec::new();
        list.extend(provisioning.tokens.iter().filter_map(|token| reminder(token, now)));
        let rows = provisioning.tokens.iter().map(|token| token_row(token, now)).collect();
        list.push(table(
            "Access tokens",
            &["Token ID", "Status", "Created", "Expires", "Last used", " Action"],
            rows,
            "No access token. Without one nothing can be provisioned.",
        ));
        list.push(Part::Acts(vec![press("Generate token", href(&format!("{HERE}/tokens")))]));
        let intro = "There may be two at a time, so that one can be replaced while the other is in use. Each is valid for one year.";
        parts.push(panel("tokens", "Access tokens", intro, list));
        page(HERE, "Automatic provisioning", sentence, parts)
    }

    pub(super) fn enable_provisioning(&self) -> (String, Said) {
        answer(self.at.aws.enable_provisioning(), "Automatic provisioning is enabled.")
    }

    pub(super) fn disable_provisioning(&self) -> (String, Said) {
        let said = match self.at.aws.disable_provisioning() {
            Ok(()) => Said::done("Automatic provisioning is disabled. Whoever still uses the old endpoint is refused."),
            Err(error) => Said::refused(error.to_string()),
        };
        (HERE.to_owned(), said)
    }

    pub(super) fn make_token(&self) -> (String, Said) {
        answer(self.at.aws.create_token(), "The access token is made.")
    }

    pub(super) fn delete_token(&self, id: &str) -> (String, Said) {
        let said = match self.at.aws.delete_token(id) {
            Ok(()) => Said::done("The access token is deleted. Whoever still uses it is refused."),
            Err(error) => Said::refused(error.to_string()),
        };
        (HERE.to_owned(), said)
    }
}

fn answer(made: Result<NewToken, ConsoleError>, text: &str) -> (String, Said) {
    let said = match made {
        Ok(token) => Said { secret: Some(token.secret), ..Said::done(text) },
        Err(error) => Said::refused(error.to_string()),
    };
    (HERE.to_owned(), said)
}

/// How long a token is good for.
fn standing(token: &Token, now: i64) -> (String, Tone) {
    let days = (token.expires_ms - now).div_euclid(DAY_MS);
    match days {
        _ if token.expires_ms <= now => ("Expired".to_owned(), Tone::Bad),
        0..REMIND_DAYS => ("Expires soon".to_owned(), Tone::Warning),
        _ => ("Active".to_owned(), Tone::Good),
    }
}

fn reminder(token: &Token, now: i64) -> Option<Part> {
    let days = (token.expires_ms - now).div_euclid(DAY_MS);
    let (tone, text) = match days {
        _ if token.expires_ms <= now => (
            Tone::Bad,
            format!("The access token {} has expired. Synchronization fails until a new one is generated and pasted.", token.id),
        ),
        0..REMIND_DAYS => {
            (Tone::Warning, format!("The access token {} expires in {days} days. Generate a new one and paste it before then.", token.id))
        }
        _ => return None,
    };
    Some(Part::Alert(tone, text))
}

fn token_row(token: &Token, now: i64) -> Vec<Cell> {
    let (word, tone) = standing(token, now);
    let delete = Act {
        question: Some((
            format!("Delete the access token {}?", token.id),
            "Whoever uses it is refused at once. It cannot be brought back.".to_owned(),
        )),
        ..press("Delete", href(&format!("{HERE}/tokens/{}/delete", token.id)))
    };
    let used = token.last_used_ms.map_or_else(|| "Never".to_owned(), |at| time(at, now).words);
    let day = |at: i64| time(at, now).exact[..10].to_owned();
    vec![
        code(&token.id),
        state(&word, tone),
        text(day(token.created_ms)),
        text(day(token.expires_ms)),
        text(used),
        acts(vec![of_row(delete, &token.id)]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_when_it_ends() {
        let token = Token { id: "t".into(), created_ms: 0, expires_ms: 365 * DAY_MS, last_used_ms: None };
        let at = |day: i64| (standing(&token, day * DAY_MS).0, reminder(&token, day * DAY_MS).is_some());
        assert_eq!(at(1), ("Active".to_owned(), false));
        assert_eq!(at(276), ("Expires soon".to_owned(), true));
        assert_eq!(at(275), ("Active".to_owned(), false));
        assert_eq!(at(365), ("Expired".to_owned(), true));
    }
}
