//! Entries from the wire to [`Attributes`]: only what is wanted, each value copied once.

use crate::ber::Malformed;
use crate::guid::{write_base64, write_guid};
use crate::message::{EntryView, Values};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::id::SourceId;
use domain::model::channel::{GuidType, SourceSettings};
use domain::model::data_store::LdapSettings;
use domain::model::source::Attributes;
use std::collections::BTreeMap;
use std::str;

/// How a value becomes text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Base64,
    Guid,
}

#[derive(Clone, Debug)]
struct Slot {
    name: String,
    form: Form,
    /// Goes into the attributes.
    is_wanted: bool,
    is_anchor: bool,
    is_member: bool,
    /// Says when the entry was changed.
    is_time: bool,
}

/// Which attributes are read, and what becomes of them.
#[derive(Clone, Debug)]
pub(crate) struct Decoder {
    slots: Vec<Slot>,
    /// Where the last attribute was found: servers keep to one order.
    near: usize,
    /// Values that are not text although they should be, by attribute.
    pub(crate) not_text: BTreeMap<String, u64>,
}

/// An entry, decoded.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Decoded {
    pub(crate) id: Option<SourceId>,
    pub(crate) dn: String,
    pub(crate) attributes: Attributes,
    /// When it was last changed, in seconds, if that was asked for.
    pub(crate) changed_at: Option<i64>,
    /// Values of the Group Member Attribute.
    pub(crate) members: Vec<String>,
    /// The server kept values back (`member;range=0-1499`); the next one to ask for.
    pub(crate) members_from: Option<u32>,
}

impl Decoder {
    /// Reads these attributes as they are.
    pub(crate) fn plain(settings: &LdapSettings, names: &[String]) -> Self {
        let mut decoder = Self { slots: Vec::with_capacity(names.len() + 2), near: 0, not_text: BTreeMap::new() };
        for name in names.iter().map(|n| n.trim()).filter(|n| !n.is_empty()) {
            decoder.slot(settings, name).is_wanted = true;
        }
        decoder
    }

    /// Reads one attribute whose values are GUIDs.
    pub(crate) fn guid(settings: &LdapSettings, name: &str) -> Self {
        let mut decoder = Self::plain(settings, &[name.to_owned()]);
        decoder.slots.iter_mut().for_each(|slot| slot.form = Form::Guid);
        decoder
    }

    /// Reads these attributes and the anchor.
    pub(crate) fn anchored(settings: &LdapSettings, source: &SourceSettings, names: &[String]) -> Self {
        let mut decoder = Self::plain(settings, names);
        let slot = decoder.slot(settings, source.guid_attribute.trim());
        slot.is_anchor = true;
        if source.guid_type == GuidType::Binary {
            slot.form = Form::Guid;
        }
        decoder
    }

    /// Reads the values of the Group Member Attribute as well.
    pub(crate) fn with_members(mut self, settings: &LdapSettings, source: &SourceSettings) -> Self {
        self.slot(settings, source.member_attribute.trim()).is_member = true;
        self
    }

    /// Reads as well when the entry was changed.
    pub(crate) fn with_time(mut self, settings: &LdapSettings, name: &str) -> Self {
        self.slot(settings, name.trim()).is_time = true;
        self
    }

    /// Reads the members alone.
    pub(crate) fn members_alone(settings: &LdapSettings, source: &SourceSettings) -> Self {
        Self::plain(settings, &[]).with_members(settings, source)
    }

    fn slot(&mut self, settings: &LdapSettings, name: &str) -> &mut Slot {
        let at = match self.slots.iter().position(|s| s.name.eq_ignore_ascii_case(name)) {
            Some(at) => at,
            None => {
                let form = match name {
                    _ if name.eq_ignore_ascii_case("objectGUID") => Form::Guid,
                    _ if settings.is_binary(name) => Form::Base64,
                    _ => Form::Text,
                };
                self.slots.push(Slot { name: name.to_owned(), form, is_wanted: false, is_anchor: false, is_member: false, is_time: false });
                self.slots.len() - 1
            }
        };
        &mut self.slots[at]
    }

    /// What to ask the server for.
    pub(crate) fn names(&self) -> Vec<String> {
        self.slots.iter().map(|s| s.name.clone()).collect()
    }

    /// Finds a slot, first where the last one suggests.
    #[inline]
    fn find(&mut self, name: &str) -> Option<usize> {
        let count = self.slots.len();
        let mut at = self.near;
        for _ in 0..count {
            at = if at + 1 < count { at + 1 } else { 0 };
            if self.slots[at].name.eq_ignore_ascii_case(name) {
                self.near = at;
                return Some(at);
            }
        }
        None
    }

    /// Decodes one entry.
    pub(crate) fn decode(&mut self, mut entry: EntryView<'_>) -> Result<Decoded, Malformed> {
        let mut out = Decoded {
            dn: entry.dn.to_owned(),
            attributes: Attributes::with_capacity(self.slots.len(), self.slots.len() + 2, self.slots.len() * 32),
            ..Decoded::default()
        };
        while let Some((description, values)) = entry.next()? {
            let (name, range) = split_range(description);
            let Some(at) = self.find(name) else { continue };
            if self.slots[at].is_member {
                self.take_members(at, values, range, &mut out)?;
            }
            if self.slots[at].is_anchor && out.id.is_none() {
                out.id = self.anchor(at, values)?;
            }
            if self.slots[at].is_time {
                let mut values = values;
                out.changed_at = values.next()?.and_then(|value| str::from_utf8(value).ok()).and_then(crate::time::parse);
            }
            if self.slots[at].is_wanted {
                self.take(at, values, &mut out.attributes)?;
            }
        }
        Ok(out)
    }

    fn take(&mut self, at: usize, mut values: Values<'_>, out: &mut Attributes) -> Result<(), Malformed> {
        let slot = &self.slots[at];
        out.begin(&slot.name);
        while let Some(value) = values.next()? {
            match (slot.form, str::from_utf8(value)) {
                (Form::Text, Ok(text)) => out.value(text),
                (Form::Guid, _) => {
                    let mut text = String::with_capacity(36);
                    write_guid(value, &mut text);
                    out.value(&text);
                }
                (form, _) => {
                    if form == Form::Text {
                        *self.not_text.entry(slot.name.clone()).or_default() += 1;
                    }
                    out.value(&STANDARD.encode(value));
                }
            }
        }
        Ok(())
    }

    fn anchor(&self, at: usize, mut values: Values<'_>) -> Result<Option<SourceId>, Malformed> {
        let Some(value) = values.next()?.filter(|v| !v.is_empty()) else { return Ok(None) };
        Ok(Some(SourceId(match (self.slots[at].form, str::from_utf8(value)) {
            (Form::Text, Ok(text)) => text.to_owned(),
            (Form::Guid, _) => {
                let mut text = String::with_capacity(36);
                write_guid(value, &mut text);
                text
            }
            _ => STANDARD.encode(value),
        })))
    }

    fn take_members(&mut self, at: usize, mut values: Values<'_>, range: Option<Range>, out: &mut Decoded) -> Result<(), Malformed> {
        let before = out.members.len();
        while let Some(value) = values.next()? {
            let mut text = String::new();
            match (self.slots[at].form, str::from_utf8(value)) {
                (Form::Text, Ok(name)) => text.push_str(name),
                (Form::Guid, _) => write_guid(value, &mut text),
                _ => write_base64(value, &mut text),
            }
            out.members.push(text);
        }
        if let Some(range) = range {
            // A range that brings nothing would be asked for again and again.
            out.members_from = range.next.filter(|_| out.members.len() > before);
        }
        Ok(())
    }
}

/// The `;range=0-1499` of an attribute description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    /// Where the next one begins; `None` for the last one (`1500-*`).
    next: Option<u32>,
}

/// Splits `member;range=0-1499` (MS-ADTS 3.1.1.3.1.3.3); other options stay with the name.
fn split_range(description: &str) -> (&str, Option<Range>) {
    let Some(at) = description.find(';') else { return (description, None) };
    let option = &description[at + 1..];
    match option.get(..6) {
        Some(head) if head.eq_ignore_ascii_case("range=") => {
            let last = option[6..].split_once('-').map(|(_, last)| last);
            let next = last.and_then(|last| last.parse::<u32>().ok()).and_then(|last| last.checked_add(1));
            (&description[..at], Some(Range { next }))
        }
        _ => (description, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;
    use crate::message::tests::entry_frame;
    use domain::model::data_store::LdapType;
    use proptest::prelude::*;

    fn decoder() -> Decoder {
        let settings = LdapSettings::default();
        let source = SourceSettings::for_type(LdapType::ActiveDirectory);
        let names = ["mail", "proxyAddresses", "objectGUID", "thumbnailPhoto", "cn"].map(str::to_owned);
        Decoder::anchored(&settings, &source, &names).with_members(&settings, &source)
    }

    fn decode(decoder: &mut Decoder, attributes: &[(&str, Vec<&[u8]>)]) -> Decoded {
        let frame = entry_frame(1, "CN=a,DC=x", attributes);
        decoder.decode(Message::parse(&frame).unwrap().entry().unwrap()).unwrap()
    }

    #[test]
    fn only_what_is_wanted_is_taken_in_its_form() {
        let guid: Vec<u8> = (0..16).collect();
        let mut decoder = decoder();
        let found = decode(
            &mut decoder,
            &[
                ("sn", vec![b"unasked"]),
                ("MAIL", vec![b"a@x"]),
                ("objectGUID", vec![&guid]),
                ("thumbnailPhoto", vec![&[0xff, 0xd8]]),
                ("proxyAddresses", vec![b"1", b"2"]),
                ("cn", vec![&[0xff]]),
                ("member", vec![]),
                ("member;range=0-1", vec![b"CN=b,DC=x", b"CN=c,DC=x"]),
            ],
        );
        assert_eq!(found.id, Some(SourceId("03020100-0504-0706-0809-0a0b0c0d0e0f".into())));
        assert_eq!(found.attributes.first("objectguid"), Some("03020100-0504-0706-0809-0a0b0c0d0e0f"));
        assert_eq!(found.attributes.first("mail"), Some("a@x"));
        assert_eq!(found.attributes.first("thumbnailPhoto"), Some("/9g="));
        assert_eq!(found.attributes.all("proxyAddresses").collect::<Vec<_>>(), ["1", "2"]);
        assert!(!found.attributes.has("sn") && !found.attributes.has("member"));
        assert_eq!((found.members.len(), found.members_from), (2, Some(2)));
        assert_eq!(decoder.not_text.get("cn"), Some(&1));
    }

    #[test]
    fn the_last_range_ends() {
        assert_eq!(decode(&mut decoder(), &[("member;range=2-*", vec![b"CN=b,DC=x"])]).members_from, None);
        assert_eq!(decode(&mut decoder(), &[("member;range=0-4294967295", vec![b"CN=b,DC=x"])]).members_from, None);
        assert_eq!(decode(&mut decoder(), &[("member;range=0-9", vec![])]).members_from, None);
        assert_eq!(split_range("userCertificate;binary"), ("userCertificate;binary", None));
    }

    #[test]
    fn without_an_anchor_there_is_no_id() {
        assert_eq!(decode(&mut decoder(), &[("objectGUID", vec![b""]), ("mail", vec![b"a"])]).id, None);
    }

    proptest! {
        #[test]
        fn descriptions_never_panic(text in "(member)?;?(range=)?[0-9*;=ü-]{0,14}") {
            let _ = split_range(&text);
        }

        #[test]
        fn any_order_of_attributes_is_read(order in Just(vec!["mail", "cn", "proxyAddresses", "member", "sn"]).prop_shuffle(), rounds in 1usize..4) {
            let mut decoder = decoder();
            for _ in 0..rounds {
                let attributes: Vec<(&str, Vec<&[u8]>)> = order.iter().map(|n| (*n, vec![n.as_bytes()])).collect();
                let found = decode(&mut decoder, &attributes);
                for name in ["mail", "cn", "proxyAddresses"] {
                    prop_assert_eq!(found.attributes.first(name), Some(name));
                }
                prop_assert_eq!(found.members, vec!["member".to_owned()]);
            }
        }
    }
}
