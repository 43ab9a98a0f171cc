//! The areas of the console, the headings in them and their screens: what the navigation shows, and what the search finds.

use crate::routes::Page;

/// An area, along the top.
pub struct Area {
    /// What is read.
    pub title: &'static str,
    /// What is in it.
    pub groups: &'static [Group],
}

/// Screens under a heading.
pub struct Group {
    /// The heading.
    pub title: &'static str,
    /// Its screens.
    pub screens: &'static [Screen],
}

/// A screen that the navigation leads to.
pub struct Screen {
    /// What is read.
    pub title: &'static str,
    /// Where it is.
    pub page: Page,
}

const fn screen(title: &'static str, page: Page) -> Screen {
    Screen { title, page }
}

/// All areas; the last one only in a sandbox.
pub static AREAS: &[Area] = &[
    Area {
        title: "Authentication",
        groups: &[
            Group { title: "Integration", screens: &[screen("IdP Adapters", Page::IdpAdapters)] },
            Group { title: "Monitoring", screens: &[screen("Sign-Ons", Page::SignOns)] },
        ],
    },
    Area {
        title: "Applications",
        groups: &[
            Group { title: "Integration", screens: &[screen("SP Connections", Page::SpConnections)] },
            Group { title: "Provisioning", screens: &[screen("Channels", Page::Channels), screen("People and Groups", Page::People)] },
        ],
    },
    Area {
        title: "Security",
        groups: &[Group {
            title: "Certificate & Key Management",
            screens: &[screen("Trusted CAs", Page::TrustedCas), screen("Signing & Decryption Keys & Certificates", Page::SigningKeys)],
        }],
    },
    Area {
        title: "System",
        groups: &[
            Group {
                title: "Data & Credential Stores",
                screens: &[screen("Data Stores", Page::DataStores), screen("Password Credential Validators", Page::Pcvs)],
            },
            Group {
                title: "Server",
                screens: &[
                    screen("Protocol Settings", Page::ProtocolSettings),
                    screen("Connectors", Page::Connectors),
                    screen("Notifications", Page::Notifications),
                    screen("Logs", Page::Logs),
                ],
            },
            Group { title: "Protocol Metadata", screens: &[screen("Metadata Export", Page::MetadataExport)] },
        ],
    },
    Area {
        title: SANDBOX,
        groups: &[Group {
            title: "Sample counterparts",
            screens: &[
                screen("Values to paste", Page::Sandbox("values")),
                screen("Company", Page::Sandbox("company")),
                screen("AWS console", Page::Sandbox("aws")),
            ],
        }],
    },
];

/// The area that only a sandbox has.
const SANDBOX: &str = "Sandbox";

/// The areas that are there.
pub fn areas(is_sandbox: bool) -> impl Iterator<Item = &'static Area> {
    AREAS.iter().filter(move |area| is_sandbox || area.title != SANDBOX)
}

/// The screen that lists objects of a kind, as in the `kind` of a draft.
pub fn list_of(kind: &str) -> Option<&'static Screen> {
    let list = Page::list_of(kind)?;
    AREAS.iter().flat_map(Area::screens).find(|screen| screen.page == list)
}

impl Area {
    /// Its screens in order.
    pub fn screens(&self) -> impl Iterator<Item = &'static Screen> + use<> {
        self.groups.iter().flat_map(|group| group.screens)
    }
    /// Where the area itself leads.
    pub fn href(&self) -> String {
        self.screens().next().map_or_else(|| Page::Home.href(), |screen| screen.page.href())
    }
}

impl Screen {
    /// Whether a page is this screen or belongs to it; `kind` is that of the draft that is edited there, if one is.
    pub fn holds(&self, path: &str, kind: &str) -> bool {
        if path.starts_with("/wizard/") || path.starts_with("/drafts/") {
            return list_of(kind).is_some_and(|list| list.page == self.page);
        }
        let within = |base: &str| path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        within(&self.page.href()) || (self.page == Page::Channels && within("/cycles"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, kind: &str) -> Option<(&'static str, &'static str)> {
        let all = AREAS.iter().flat_map(|area| area.screens().map(move |screen| (area, screen)));
        let mut found = all.filter(|(_, screen)| screen.holds(path, kind)).map(|(area, screen)| (area.title, screen.title));
        let first = found.next();
        assert_eq!(found.next(), None, "{path} is in two places");
        first
    }

    #[test]
    fn every_page_has_its_area() {
        for (path, kind, area, screen) in [
            ("/idp-adapters", "", "Authentication", "IdP Adapters"),
            ("/idp-adapters/a1/usage", "", "Authentication", "IdP Adapters"),
            ("/sign-ons", "", "Authentication", "Sign-Ons"),
            ("/sp-connections/c1/test", "", "Applications", "SP Connections"),
            ("/sp-connections", "", "Applications", "SP Connections"),
            ("/channels/c1/preview", "", "Applications", "Channels"),
            ("/cycles/c1", "", "Applications", "Channels"),
            ("/people/c1/user", "", "Applications", "People and Groups"),
            ("/trusted-cas/import", "", "Security", "Trusted CAs"),
            ("/signing-keys", "", "Security", "Signing & Decryption Keys & Certificates"),
            ("/data-stores", "", "System", "Data Stores"),
            ("/sandbox/company/people/1", "", "Sandbox", "Company"),
            ("/wizard/d1/type", "pcv", "System", "Password Credential Validators"),
            ("/drafts/d1/changes", "idp_adapter", "Authentication", "IdP Adapters"),
            ("/wizard/d1/type", "idp_adapter", "Authentication", "IdP Adapters"),
            ("/wizard/d1/outbound-provisioning/configure/target", "sp_connection", "Applications", "SP Connections"),
            ("/wizard/d1/metadata-mode", "metadata_export", "System", "Metadata Export"),
            ("/wizard/d1/federation-info", "protocol_settings", "System", "Protocol Settings"),
            ("/logs", "", "System", "Logs"),
            ("/channels/c1/cycles", "", "Applications", "Channels"),
            ("/wizard/d1/e-mail", "notifications", "System", "Notifications"),
            ("/wizard/d1/create-certificate", "signing_key", "Security", "Signing & Decryption Keys & Certificates"),
            ("/wizard/d1/ldap-configuration", "data_store", "System", "Data Stores"),
        ] {
            assert_eq!(of(path, kind), Some((area, screen)), "{path} {kind}");
        }
        for path in ["/", "/search", "/data-stores-of-another-kind", "/wizard/d1/type"] {
            assert_eq!(of(path, ""), None, "{path}");
        }
    }

    #[test]
    fn the_sandbox_is_only_there_where_there_is_one() {
        assert_eq!(areas(true).count(), areas(false).count() + 1);
        assert!(areas(false).all(|area| area.title != SANDBOX));
    }
}
