//! Data Store: Data Store Type, LDAP Configuration, Summary.

use crate::form::{Check, Choice, FieldSpec, Fields, choices, split_attributes};
use crate::id::TrustedCaId;
use crate::model::data_store::{DataStore, LdapSettings, LdapType, TlsMode};
use crate::problem::Problems;
use crate::secret::Sealed;
use crate::wizard::{Catalog, Flow, Tab, no_create, no_delete, no_keys, no_nested};

/// The task.
pub const FLOW: Flow<DataStore> = Flow {
    title: |store| if store.name.is_empty() { "Data Store".into() } else { format!("Data Store: {}", store.name) },
    tabs: &[
        Tab::plain("data-store-type", "Data Store Type", type_fields, type_read, type_write)
            .intro("Name this connection to your directory. Channels and sign-on refer to it by this name.")
            .holds(&["name", "mask_values"]),
        Tab::plain("ldap-configuration", "LDAP Configuration", ldap_fields, ldap_read, ldap_write)
            .intro("Where the directory is, how the connection is protected, and the account that reads it. Read access is enough.")
            .actions(&[("test", "Test Connection")])
            .holds(&["ldap"]),
        Tab::summary("summary", "Summary"),
    ],
    nested: no_nested,
    keys: no_keys,
    create: no_create,
    delete: no_delete,
};

fn type_fields(_: &DataStore, _: &Catalog) -> Vec<FieldSpec> {
    let kinds = vec![Choice { value: "ldap".into(), label: "Directory (LDAP)".into() }];
    vec![
        FieldSpec::text("name", "Name").required().checked(Check::Text(128)),
        FieldSpec::select("type", "Type", kinds).required(),
        FieldSpec::checkbox("mask_values", "Mask Values in Log")
            .help("Values read from this directory appear as dots in logs and cycle records."),
    ]
}

fn type_read(store: &DataStore) -> Fields {
    Fields::new().with("name", &store.name).with("type", "ldap").with_check("mask_values", store.mask_values)
}

fn type_write(store: &mut DataStore, fields: &Fields, catalog: &Catalog) -> Problems {
    store.name = fields.text("name");
    store.mask_values = fields.is_checked("mask_values");
    if catalog.taken_names.contains(&store.name.to_lowercase()) {
        return Problems::at("name", format!("Another Data Store is already named ‘{}’; choose another name.", store.name));
    }
    Problems::none()
}

fn ldap_fields(store: &DataStore, catalog: &Catalog) -> Vec<FieldSpec> {
    let ldap = &store.ldap;
    let named = !ldap.bind_anonymously;
    let plain = if ldap.tls == TlsMode::None && named {
        "The password and everything read cross the network in clear text. Use LDAPS or StartTLS outside a test."
    } else {
        ""
    };
    let unverified = if ldap.tls != TlsMode::None && !ldap.verify_hostname {
        "Any certificate of a trusted authority is accepted, whoever it was issued to."
    } else {
        ""
    };
    let hosts_label = if ldap.use_dns_srv {
        "the domain, for example example.com"
    } else {
        "separated by blanks, each with an optional :port; the first that answers is used"
    };
    let stored_ca = catalog.trusted_ca_field(ldap.trusted_ca_id.as_ref()).map(|field| field.section("Certificates"));
    let mut fields = vec![
        FieldSpec::text("hostnames", "Hostname(s)")
            .required()
            .checked(Check::Hosts)
            .help(format!("Host names or addresses, {hosts_label}.")),
        FieldSpec::radio("tls", "Connection Security", choices(TlsMode::ALL, TlsMode::id, TlsMode::label)).required().warning(plain),
        FieldSpec::select("ldap_type", "LDAP Type", choices(LdapType::ALL, LdapType::id, LdapType::label))
            .required()
            .help("Sets the defaults of a channel's Source Settings and Attribute Mapping."),
        FieldSpec::checkbox("bind_anonymously", "Bind Anonymously").section("Account"),
        FieldSpec::text("user_dn", "User DN")
            .required_if(named)
            .section("Account")
            .help("The account that reads the directory: a DN, or for Active Directory also user@domain."),
        FieldSpec::secret("password", "Password", ldap.password.is_some()).required_if(named).section("Account"),
    ];
    fields.extend(stored_ca);
    fields.extend([
        FieldSpec::area("trusted_ca", "Trusted CA", 6, Check::Pem)
            .section("Certificates")
            .help("If your directory's certificate was issued by a private authority, paste that authority's certificate (PEM)."),
        FieldSpec::checkbox("verify_hostname", "Verify LDAPS Hostname")
            .section("Certificates")
            .warning(unverified)
            .help("The certificate must name the host that was connected to."),
        FieldSpec::checkbox("use_dns_srv", "Use DNS SRV Record")
            .section("Advanced LDAP Options")
            .advanced()
            .help("Hostname(s) is then exactly one domain."),
        FieldSpec::text("srv_prefix", "LDAP DNS SRV Record Prefix")
            .section("Advanced LDAP Options")
            .advanced()
            .required()
            .checked(Check::Text(64)),
        FieldSpec::text("ldaps_srv_prefix", "LDAPS DNS SRV Record Prefix")
            .section("Advanced LDAP Options")
            .advanced()
            .required()
            .checked(Check::Text(64)),
        FieldSpec::checkbox("follow_referrals", "Follow LDAP Referrals").section("Advanced LDAP Options").advanced(),
        FieldSpec::checkbox("retry_failed_operations", "Retry Failed Operations").section("Advanced LDAP Options").advanced(),
        FieldSpec::number("connection_timeout_ms", "Connection Timeout", "ms", 100, 120_000)
            .section("Advanced LDAP Options")
            .advanced()
            .required(),
        FieldSpec::number("read_timeout_ms", "Read Timeout", "ms", 100, 600_000).section("Advanced LDAP Options").advanced().required(),
        FieldSpec::number("max_connections", "Maximum Connections", "", 1, 100).section("Advanced LDAP Options").advanced().required(),
        FieldSpec::number("max_wait_ms", "Maximum Wait", "ms", 0, 120_000)
            .section("Advanced LDAP Options")
            .advanced()
            .required()
            .help("For a free connection."),
        FieldSpec::number("dns_ttl_ms", "DNS TTL", "ms", 0, 3_600_000).section("Advanced LDAP Options").advanced().required(),
        FieldSpec::area("binary_attributes", "LDAP Binary Attributes", 3, Check::Attributes)
            .section("Advanced LDAP Options")
            .advanced()
            .help("Attributes read as bytes, besides those known for the LDAP Type (for Active Directory objectGUID and others)."),
    ]);
    fields
}

fn ldap_read(store: &DataStore) -> Fields {
    let ldap = &store.ldap;
    Fields::new()
        .with("hostnames", &ldap.hostnames)
        .with("tls", ldap.tls.id())
        .with("ldap_type", ldap.ldap_type.id())
        .with_check("bind_anonymously", ldap.bind_anonymously)
        .with("user_dn", &ldap.user_dn)
        .with("trusted_ca_id", ldap.trusted_ca_id.as_ref().map_or("", TrustedCaId::as_str))
        .with("trusted_ca", &ldap.trusted_ca)
        .with_check("verify_hostname", ldap.verify_hostname)
        .with_check("use_dns_srv", ldap.use_dns_srv)
        .with("srv_prefix", &ldap.srv_prefix)
        .with("ldaps_srv_prefix", &ldap.ldaps_srv_prefix)
        .with_check("follow_referrals", ldap.follow_referrals)
        .with_check("retry_failed_operations", ldap.retry_failed_operations)
        .with("connection_timeout_ms", ldap.connection_timeout_ms.to_string())
        .with("read_timeout_ms", ldap.read_timeout_ms.to_string())
        .with("max_connections", ldap.max_connections.to_string())
        .with("max_wait_ms", ldap.max_wait_ms.to_string())
        .with("dns_ttl_ms", ldap.dns_ttl_ms.to_string())
        .with("binary_attributes", ldap.binary_attributes.join("\n"))
}

fn ldap_write(store: &mut DataStore, fields: &Fields, _: &Catalog) -> Problems {
    let mut problems = Problems::none();
    let previous = store.ldap.clone();
    let ldap = &mut store.ldap;
    *ldap = LdapSettings {
        hostnames: fields.get("hostnames").split_whitespace().collect::<Vec<_>>().join(" "),
        tls: TlsMode::of(fields.get("tls")).unwrap_or(previous.tls),
        use_dns_srv: fields.is_checked("use_dns_srv"),
        follow_referrals: fields.is_checked("follow_referrals"),
        retry_failed_operations: fields.is_checked("retry_failed_operations"),
        ldap_type: LdapType::of(fields.get("ldap_type")).unwrap_or(previous.ldap_type),
        bind_anonymously: fields.is_checked("bind_anonymously"),
        user_dn: fields.text("user_dn"),
        password: previous.password.clone(),
        verify_hostname: fields.is_checked("verify_hostname"),
        trusted_ca: fields.get("trusted_ca").trim().replace("\r\n", "\n"),
        trusted_ca_id: TrustedCaId::parse(fields.get("trusted_ca_id")).ok(),
        connection_timeout_ms: fields.number("connection_timeout_ms", previous.connection_timeout_ms),
        read_timeout_ms: fields.number("read_timeout_ms", previous.read_timeout_ms),
        max_connections: fields.number("max_connections", previous.max_connections),
        max_wait_ms: fields.number("max_wait_ms", previous.max_wait_ms),
        dns_ttl_ms: fields.number("dns_ttl_ms", previous.dns_ttl_ms),
        srv_prefix: fields.text("srv_prefix"),
        ldaps_srv_prefix: fields.text("ldaps_srv_prefix"),
        binary_attributes: split_attributes(fields.get("binary_attributes")),
    };
    let place = ldap.place();
    if ldap.bind_anonymously {
        ldap.password = None;
    } else {
        match fields.get("password") {
            "" => match &ldap.password {
                Some(sealed) if sealed.bound_to != place => {
                    problems.add("password", "Enter the password again: the host or the connection security changed, and a stored password is not sent to another place.");
                }
                _ => {}
            },
            ciphertext => ldap.password = Some(Sealed { ciphertext: ciphertext.to_owned(), bound_to: place }),
        }
    }
    if ldap.use_dns_srv && ldap.hostnames.contains([' ', ':']) {
        problems.add("hostnames", "With Use DNS SRV Record, enter exactly one domain without a port.");
    }
    problems
}
