//! Small questions that the console asks: one entry, a few entries, the schema, whether a name is what a field wants.

use crate::connection::Connection;
use crate::directory::Directory;
use crate::entry::{Decoded, Decoder};
use crate::error::LdapError;
use crate::filter::EncodedFilter;
use crate::message::{Depth, SearchRequest};
use crate::result_code::NO_SUCH_OBJECT;
use crate::root_dse::{self, RootDse};
use crate::search::{Event, Scan};
use domain::id::SourceId;
use domain::model::channel::SourceSettings;
use domain::model::data_store::LdapSettings;
use domain::model::report::Level;
use domain::model::source::Attributes;
use domain::text::dn::Dn;
use std::collections::BTreeSet;

/// An entry that was looked up.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundEntry {
    /// As the directory spells it.
    pub dn: String,
    /// The canonical text of the anchor, when Source Settings were given and the entry has it.
    pub id: Option<SourceId>,
    /// What was asked for, binary values as text.
    pub attributes: Attributes,
}

impl From<Decoded> for FoundEntry {
    fn from(found: Decoded) -> Self {
        Self { dn: found.dn, id: found.id, attributes: found.attributes }
    }
}

/// Which field a distinguished name was typed into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnField {
    /// Base DN.
    BaseDn,
    /// Group DN of users or of groups.
    GroupDn,
}

/// Whether a name is what its field wants, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnCheck {
    /// Ok, Warning (works, but probably is not meant), Failed.
    pub level: Level,
    /// What was found, and what to do.
    pub sentence: String,
}

impl Directory {
    /// What the directory says of itself.
    ///
    /// # Errors
    /// When no server answers.
    pub async fn root_dse(&self) -> Result<RootDse, LdapError> {
        let (request, decoder) = root_dse_request(&self.settings);
        let found = self.collect(&request, "the read of the root entry", &decoder).await?;
        Ok(found.first().map(|f| RootDse::of(&f.attributes)).unwrap_or_default())
    }

    /// One entry by its DN, by a filter in parentheses, or by what people call it (mail, uid, sAMAccountName, UPN or cn). `None`: there is
    /// none. With `source` its anchor is read as well.
    ///
    /// # Errors
    /// When no server answers, or the filter cannot be parsed.
    pub async fn read_entry(
        &self,
        base_dn: &str,
        which: &str,
        names: &[String],
        source: Option<&SourceSettings>,
    ) -> Result<Option<FoundEntry>, LdapError> {
        let which = which.trim();
        let is_dn = !which.starts_with('(') && which.contains(',') && Dn::parse(which).is_ok();
        if !is_dn {
            let filter = if which.starts_with('(') {
                parse_filter(which)?
            } else {
                let names = ["mail", "uid", "sAMAccountName", "userPrincipalName", "cn"];
                EncodedFilter::any(names.map(|name| EncodedFilter::equals(name, which)))
            };
            return Ok(self.find(base_dn, filter, names, source, 1).await?.into_iter().next());
        }
        let decoder = self.decoder(names, source);
        let request = SearchRequest {
            base: which.to_owned(),
            depth: Depth::Base,
            filter: EncodedFilter::anything(),
            attributes: decoder.names(),
            size_limit: 0,
        };
        match self.collect(&request, "the read of an entry", &decoder).await {
            Ok(found) => Ok(found.into_iter().next().map(FoundEntry::from)),
            Err(error) if error.code() == Some(NO_SUCH_OBJECT) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The first entries below a Base DN that match a filter, at most `limit`.
    ///
    /// # Errors
    /// When no server answers, the Base DN does not exist, or the filter cannot be parsed.
    pub async fn find_entries(
        &self,
        base_dn: &str,
        filter: &str,
        names: &[String],
        source: Option<&SourceSettings>,
        limit: u16,
    ) -> Result<Vec<FoundEntry>, LdapError> {
        self.find(base_dn, parse_filter(filter)?, names, source, limit).await
    }

    pub(crate) async fn find(
        &self,
        base_dn: &str,
        filter: EncodedFilter,
        names: &[String],
        source: Option<&SourceSettings>,
        limit: u16,
    ) -> Result<Vec<FoundEntry>, LdapError> {
        let decoder = self.decoder(names, source);
        let request = SearchRequest {
            base: base_dn.trim().to_owned(),
            depth: Depth::Subtree,
            filter,
            attributes: decoder.names(),
            size_limit: i32::from(limit.max(1)),
        };
        let mut found = self.collect(&request, "the search", &decoder).await?;
        // Samba does not honour a size limit.
        found.truncate(usize::from(limit));
        Ok(found.into_iter().map(FoundEntry::from).collect())
    }

    fn decoder(&self, names: &[String], source: Option<&SourceSettings>) -> Decoder {
        match source {
            Some(source) => Decoder::anchored(&self.settings, source, names),
            None => Decoder::plain(&self.settings, names),
        }
    }

    /// The names of all attributes that the schema defines, sorted. Empty when the directory does not show its schema.
    ///
    /// # Errors
    /// When no server answers.
    pub async fn list_attribute_names(&self) -> Result<Vec<String>, LdapError> {
        let Some(base) = self.root_dse().await?.schema_dn else { return Ok(Vec::new()) };
        let name = "attributeTypes".to_owned();
        let decoder = Decoder::plain(&self.settings, std::slice::from_ref(&name));
        let request = SearchRequest { base, depth: Depth::Base, filter: EncodedFilter::anything(), attributes: vec![name], size_limit: 0 };
        let found = match self.collect(&request, "the read of the schema", &decoder).await {
            Ok(found) => found,
            Err(LdapError::Search { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = BTreeSet::new();
        for definition in found.iter().flat_map(|f| f.attributes.all("attributeTypes")) {
            names.extend(schema_names(definition).into_iter().map(|n| (n.to_ascii_lowercase(), n.to_owned())));
        }
        Ok(names.into_iter().map(|(_, name)| name).collect())
    }

    /// Whether a typed name exists and is what its field wants.
    ///
    /// # Errors
    /// When no server answers.
    pub async fn check_dn(&self, dn: &str, field: DnField, source: &SourceSettings) -> Result<DnCheck, LdapError> {
        let failed = |sentence| Ok(DnCheck { level: Level::Failed, sentence });
        let dn = match Dn::parse(dn) {
            Ok(dn) => dn,
            Err(why) => return failed(why),
        };
        let names = ["objectClass".to_owned(), source.member_attribute.clone()];
        let decoder = Decoder::plain(&self.settings, &names);
        let request = SearchRequest {
            base: dn.as_str().to_owned(),
            depth: Depth::Base,
            filter: EncodedFilter::anything(),
            attributes: decoder.names(),
            size_limit: 0,
        };
        let found = match self.collect(&request, "the read of the entry", &decoder).await {
            Ok(found) => found,
            Err(LdapError::Search { answer, .. }) => return failed(crate::result_code::operation_advice(&answer, dn.as_str())),
            Err(error) => return Err(error),
        };
        Ok(match found.first() {
            Some(entry) => judge(&entry.attributes, field, source),
            None => DnCheck {
                level: Level::Failed,
                sentence: format!("There is no entry ‘{dn}’, or this account may not see it. Check its spelling and the account's rights."),
            },
        })
    }

    /// Runs a small search, once more where that may help.
    pub(crate) async fn collect(&self, request: &SearchRequest, what: &'static str, decoder: &Decoder) -> Result<Vec<Decoded>, LdapError> {
        let mut retries = u32::from(self.settings.retry_failed_operations);
        let mut fresh = false;
        loop {
            let mut lease = self.lease(fresh).await?;
            let was_idle = lease.reused;
            match collect_on(&mut lease, request.clone(), what, decoder.clone()).await {
                // The server may have closed an idle connection before we knew.
                Err(LdapError::Closed { .. }) if was_idle => fresh = true,
                Err(error) if retries > 0 && error.is_about_the_server() => {
                    retries -= 1;
                    fresh = true;
                    self.avoid(&lease.server().clone());
                }
                done => return done,
            }
        }
    }
}

/// The search of the root entry.
pub(crate) fn root_dse_request(settings: &LdapSettings) -> (SearchRequest, Decoder) {
    let names: Vec<String> = root_dse::ATTRIBUTES.iter().map(|&n| n.to_owned()).collect();
    let decoder = Decoder::plain(settings, &names);
    (
        SearchRequest { base: String::new(), depth: Depth::Base, filter: EncodedFilter::anything(), attributes: names, size_limit: 0 },
        decoder,
    )
}

pub(crate) async fn collect_on(
    connection: &mut Connection,
    request: SearchRequest,
    what: &'static str,
    mut decoder: Decoder,
) -> Result<Vec<Decoded>, LdapError> {
    let is_limited = request.size_limit > 0;
    let mut scan = Scan::new(request, 0, what);
    if is_limited {
        scan = scan.limited();
    }
    let mut found = Vec::new();
    while let Some(event) = scan.next(connection).await? {
        if let Event::Entry(entry) = event {
            found.push(decoder.decode(entry).map_err(|malformed| connection.not_understood(malformed))?);
        }
    }
    Ok(found)
}

fn parse_filter(text: &str) -> Result<EncodedFilter, LdapError> {
    EncodedFilter::parse(text).map_err(|sentence| LdapError::Settings { sentence })
}

/// What kind of thing an entry is, by its classes.
fn kind_of(entry: &Attributes, source: &SourceSettings) -> &'static str {
    let has = |class: &str| entry.all("objectClass").any(|c| c.eq_ignore_ascii_case(class));
    let any = |classes: &[&str]| classes.iter().any(|c| has(c));
    if has(source.group_class.trim()) || any(&["group", "groupOfNames", "groupOfUniqueNames", "groupOfMembers", "posixGroup"]) {
        "a group"
    } else if any(&["organizationalUnit"]) {
        "an organizational unit"
    } else if any(&["domainDNS", "domain", "dcObject", "organization"]) {
        "the top of a domain"
    } else if has(source.user_class.trim()) || any(&["person", "account"]) {
        "a person"
    } else {
        "an entry of another kind"
    }
}

fn judge(entry: &Attributes, field: DnField, source: &SourceSettings) -> DnCheck {
    let kind = kind_of(entry, source);
    let check = |level, sentence| DnCheck { level, sentence };
    match (field, kind) {
        (DnField::BaseDn, "a group") => check(
            Level::Warning,
            "This is a group, and nothing lies below a group. Enter the organizational unit or domain that holds the people.".into(),
        ),
        (DnField::BaseDn, "a person") => {
            check(Level::Warning, "This is a person. Enter the organizational unit or domain that holds the people.".into())
        }
        (DnField::BaseDn, _) => check(Level::Ok, format!("Found: {kind}.")),
        (DnField::GroupDn, "a group") => {
            let has_class = entry.all("objectClass").any(|c| c.eq_ignore_ascii_case(source.group_class.trim()));
            let is_ranged = entry.all(&source.member_attribute).len();
            match (has_class, is_ranged) {
                (false, _) => check(
                    Level::Warning,
                    format!("Found: a group, but not of the Group objectClass ‘{}’ of Source Settings.", source.group_class),
                ),
                (true, 0) => check(
                    Level::Warning,
                    format!("Found: a group without any value of ‘{}’. Nobody would be in scope.", source.member_attribute),
                ),
                (true, members) => {
                    check(Level::Ok, format!("Found: a group with {members} {}.", if members == 1 { "member" } else { "members or more" }))
                }
            }
        }
        (DnField::GroupDn, _) => {
            check(Level::Failed, format!("This is {kind}, not a group. Enter the name of a group, or use a Filter instead."))
        }
    }
}

/// The names in an attribute type description (RFC 4512 section 4.1.2): `( 2.5.4.4 NAME ( 'sn' 'surname' ) ...`.
fn schema_names(definition: &str) -> Vec<&str> {
    let Some(at) = definition.find(" NAME ") else { return Vec::new() };
    let rest = definition[at + 6..].trim_start();
    let list = match rest.strip_prefix('(') {
        Some(list) => list.split(')').next().unwrap_or_default(),
        None => rest.get(..rest.char_indices().filter(|(_, c)| *c == '\'').nth(1).map_or(0, |(at, _)| at + 1)).unwrap_or_default(),
    };
    list.split('\'').skip(1).step_by(2).filter(|n| !n.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::model::data_store::LdapType;
    use proptest::prelude::*;

    #[test]
    fn schema_names_are_read() {
        assert_eq!(schema_names("( 2.5.4.4 NAME ( 'sn' 'surname' ) DESC 'RFC2256' )"), ["sn", "surname"]);
        assert_eq!(schema_names("( 0.9 NAME 'mail' EQUALITY 'x' )"), ["mail"]);
        assert!(schema_names("( 1.2.3 DESC 'nameless' )").is_empty());
    }

    #[test]
    fn names_are_judged_by_their_field() {
        let source = SourceSettings::for_type(LdapType::ActiveDirectory);
        let level = |classes: &[&str], members: &[&str], field| {
            let entry: Attributes = [("objectClass", classes.to_vec()), ("member", members.to_vec())].into_iter().collect();
            judge(&entry, field, &source).level
        };
        assert_eq!(level(&["group"], &["CN=a"], DnField::GroupDn), Level::Ok);
        assert_eq!(level(&["group"], &[], DnField::GroupDn), Level::Warning);
        assert_eq!(level(&["groupOfNames"], &["CN=a"], DnField::GroupDn), Level::Warning);
        assert_eq!(level(&["organizationalUnit"], &[], DnField::GroupDn), Level::Failed);
        assert_eq!(level(&["organizationalUnit"], &[], DnField::BaseDn), Level::Ok);
        assert_eq!(level(&["group"], &[], DnField::BaseDn), Level::Warning);
    }

    proptest! {
        #[test]
        fn schema_names_never_panic(text in "[( )'A-Z NAME]{0,40}") {
            let _ = schema_names(&text);
        }
    }
}
