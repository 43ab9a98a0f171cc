//! Changes told by number: Active Directory numbers the changes of each domain controller (`uSNChanged`).

use super::{Halt, Reading};
use crate::connection::Connection;
use crate::entry::Decoder;
use crate::error::LdapError;
use crate::filter::EncodedFilter;
use crate::read::sweep::Pass;
use crate::result_code::{INSUFFICIENT_ACCESS_RIGHTS, NO_SUCH_OBJECT};
use domain::model::cycle::Watermark;

/// Said when the numbers cannot be used.
const NOT_READABLE: &str = "Everybody is read in every cycle, because the bind account may not read dnsHostName, highestCommittedUSN and the \
                            invocationId of the domain controller.";

impl Reading<'_> {
    /// The number of the last change, and whose numbers they are.
    pub(super) async fn stand_by_number(&mut self, connection: &mut Connection) -> Result<Option<Watermark>, LdapError> {
        let settings = &self.directory.settings;
        let names = ["dsServiceName", "dnsHostName", "highestCommittedUSN"].map(str::to_owned);
        let mut decoder = Decoder::plain(settings, &names);
        let request = Self::one(EncodedFilter::anything(), decoder.names());
        let root = self.read_one(connection, request, &mut decoder, "the read of the root entry").await?;
        let text = |name: &str| root.as_ref().and_then(|found| found.attributes.first(name)).map(str::to_owned);
        let (service, server, value) = (text("dsServiceName"), text("dnsHostName"), text("highestCommittedUSN"));
        let (Some(service), Some(server), Some(value)) = (service, server, value.filter(|v| v.parse::<u64>().is_ok())) else {
            self.notes.no_changes = Some(NOT_READABLE.into());
            return Ok(None);
        };
        let mut decoder = Decoder::guid(settings, "invocationId");
        let mut request = Self::one(EncodedFilter::anything(), decoder.names());
        request.base = service;
        let life = match self.read_one(connection, request, &mut decoder, "the read of the domain controller's settings").await {
            Ok(found) => found.and_then(|f| f.attributes.first("invocationId").map(str::to_owned)),
            Err(LdapError::Search { answer, .. }) if matches!(answer.code, NO_SUCH_OBJECT | INSUFFICIENT_ACCESS_RIGHTS) => None,
            Err(error) => return Err(error),
        };
        self.notes.no_changes = life.is_none().then(|| NOT_READABLE.into());
        Ok(life.map(|life| Watermark { server, life, value }))
    }

    pub(super) async fn follows_by_number(&mut self, connection: &mut Connection, mark: &Watermark, now: &Watermark) -> Result<bool, Halt> {
        if mark.server != now.server {
            self.doubt = Some(format!(
                "This read came from the domain controller {}, the one before from {}. It may not have the newest entries yet, so removals wait \
                 for the next read from the same one.",
                now.server, mark.server
            ));
            return Ok(false);
        }
        let number = |w: &Watermark| w.value.parse::<u64>().unwrap_or(u64::MAX);
        if mark.life != now.life || number(now) < number(mark) {
            self.doubt = Some(format!(
                "The domain controller {} was restored since the last read and may have forgotten changes. Everything was compared; removals \
                 wait for the next read.",
                now.server
            ));
            return Ok(false);
        }
        let request = self.search(EncodedFilter::all([Self::containers(), self.changed_since_number(mark)?]), Vec::new());
        let mut names = Vec::new();
        self.sweep(connection, request, "the search of changed containers", &mut Pass::NameTexts(&mut names)).await?;
        if !names.is_empty() {
            self.notes.not_followed =
                Some("Everybody was read, because an organizational unit or container below the Base DN changed.".into());
        }
        Ok(names.is_empty())
    }

    /// Entries whose number is above that of the watermark.
    pub(super) fn changed_since_number(&self, mark: &Watermark) -> Result<EncodedFilter, LdapError> {
        let next = mark.value.parse::<u64>().unwrap_or_default().saturating_add(1);
        Self::filter(&format!("({}>={next})", self.request.source.usn_attribute.trim()), "USN Attribute")
    }
}
