import { fileURLToPath } from "node:url";
import { expect } from "@playwright/test";
import type { Console } from "./pages/console.js";
import type { Ready } from "./towpath.js";

/** Told the name of each screen while it is on view: to check it, or to take its picture. */
export type Observer = (screen: string) => Promise<void>;

const nobody: Observer = async () => {};

export const names = {
  store: "Sample Directory",
  pcv: "AD Passwords",
  adapter: "AD Sign-On",
  connection: "AWS IAM Identity Center",
  channel: "Everybody",
  keys: "Signing & Decryption Keys & Certificates",
};

/** Guide, step 1: connect the directory. */
export async function createDataStore(admin: Console, ready: Ready, seen: Observer = nobody): Promise<void> {
  const { wizard } = admin;
  const address = new URL(ready.ldap_url);
  await admin.goTo("Data Stores");
  await seen("data-stores-empty");
  await wizard.press("Add New Data Store", "Data Store Type");
  await seen("data-store-type");
  await wizard.fillTab({ Name: names.store, Type: "Directory (LDAP)" });
  await wizard.next("LDAP Configuration");
  await wizard.fillTab({
    "Hostname(s)": `${address.hostname}:${address.port}`,
    "None (plain text)": true,
    "LDAP Type": "Active Directory",
    "User DN": ready.bind_dn,
    Password: ready.bind_password,
  });
  await seen("ldap-configuration");
  await wizard.testConnection(/^Passed/);
  await seen("ldap-configuration-tested");
  await wizard.save("Data Stores");
  await expect(admin.row(names.store)).toBeVisible();
  await seen("data-stores");
}

/** Guide, step 2: create a password credential validator (PCV), up to where it is saved. */
export async function createPcv(admin: Console, ready: Ready, seen: Observer = nobody): Promise<void> {
  const { wizard } = admin;
  await admin.goTo("Password Credential Validators");
  await seen("pcvs-empty");
  await wizard.press("Create New Instance", "Type");
  await wizard.fillTab({ "Instance Name": names.pcv, "Instance ID": "adPCV", Type: "LDAP Username Password Credential Validator" });
  await seen("pcv-type");
  await wizard.next("Instance Configuration");
  await wizard.fillTab({ "LDAP Datastore": names.store, "Search Base": ready.base_dn, "Search Filter": "mail=${username}" });
  await seen("pcv-instance-configuration");
  // The guide: click Next twice.
  await wizard.next("Extended Contract");
  await seen("pcv-extended-contract");
  await wizard.next("Summary");
  await seen("pcv-summary");
}

/** Guide, step 3: create an HTML Form IdP adapter with the PCV, up to where it is saved. */
export async function createIdpAdapter(admin: Console, seen: Observer = nobody): Promise<void> {
  const { wizard } = admin;
  await admin.goTo("IdP Adapters");
  await seen("idp-adapters-empty");
  await wizard.press("Create New Instance", "Type");
  await wizard.fillTab({ "Instance Name": names.adapter, "Instance ID": "adForm", Type: "HTML Form IdP Adapter" });
  await seen("idp-adapter-type");
  await wizard.next("IdP Adapter");
  await seen("idp-adapter");
  await wizard.press("Add a new row to 'Credential Validators'", "IdP Adapter");
  await wizard.fillTab({ "Password Credential Validator Instance": names.pcv });
  await seen("idp-adapter-row");
  await wizard.press("Update", "IdP Adapter");
  await expect(admin.row(names.pcv)).toBeVisible();
  await wizard.next("Extended Contract");
  await seen("idp-adapter-extended-contract");
  await wizard.next("Adapter Attributes");
  await wizard.tick("username", "Pseudonym");
  await seen("idp-adapter-attributes");
  await wizard.next("Adapter Contract Mapping");
  await seen("idp-adapter-mapping");
  await wizard.next("Summary");
  await seen("idp-adapter-summary");
}

/** A session tag, as AWS names it. */
export const sessionTag = "https://aws.amazon.com/SAML/Attributes/AccessControl:department";

/** The metadata file that AWS IAM Identity Center lets one download. */
const awsMetadata = fileURLToPath(new URL("files/aws-sp-metadata.xml", import.meta.url));

/** A service provider: its metadata file, and what the file says. */
export interface Partner {
  file: string;
  entityId: RegExp;
  /** A part of the entity ID. */
  id: string;
  /** The beginning of the address that answers go to unless another is asked for. */
  consumer: string;
}

const real: Partner = {
  file: awsMetadata,
  entityId: /^https:\/\/us-east-1\.signin\.aws\.amazon\.com\/platform\/saml\/d-/,
  id: "d-1234567890",
  consumer: "https://us-east-1.signin.aws/",
};

/** Guide, steps 7.1 to 7.8: a connection from the template, up to where provisioning is configured. */
export async function createConnection(admin: Console, seen: Observer = nobody, partner: Partner = real): Promise<void> {
  const { wizard } = admin;
  await admin.goTo("SP Connections");
  await seen("sp-connections-empty");
  await wizard.press("Create Connection", "Connection Template");
  await wizard.fillTab({
    "Use a Template for this Connection": true,
    "Connection Template": "AWS SSO Cloud Connector",
    "Metadata File": { files: [partner.file] },
  });
  await seen("connection-template");
  await wizard.next("Connection Type");
  await wizard.fillTab({ "Outbound Provisioning": true });
  await seen("connection-type");
  await wizard.next("General Info");
  // The guide: make sure the autopopulated information is correct.
  await expect(wizard.field("Connection Name")).toHaveValue(new RegExp(`^${names.connection}( 2)?$`));
  await expect(wizard.field("Partner's Entity ID (Connection ID)")).toHaveValue(partner.entityId);
  await seen("general-info");
  await wizard.next("Outbound Provisioning");
  await seen("outbound-provisioning");
}

/** What the guide leaves out on Connection Type: people also sign on at AWS. From there up to the tab Browser SSO. */
export async function addBrowserSso(admin: Console, seen: Observer = nobody, partner: Partner = real): Promise<void> {
  const { wizard } = admin;
  await wizard.fillTab({ "Browser SSO Profiles": true });
  await wizard.next("Connection Options");
  await seen("connection-options");
  await wizard.next("Import Metadata");
  await expect(admin.page.getByRole("main")).toContainText(partner.id);
  await expect(admin.page.getByRole("main")).toContainText(", from a file");
  await seen("import-metadata");
  await wizard.next("General Info");
  await wizard.next("Browser SSO");
  await seen("browser-sso");
}

/** How people sign on at AWS with the adapter of the guide's step 3. The metadata and the template have filled in all the rest. */
export async function configureBrowserSso(admin: Console, seen: Observer = nobody, partner: Partner = real): Promise<void> {
  const { wizard, page } = admin;
  await wizard.press("Configure Browser SSO", "SAML Profiles");
  await expect(wizard.field("IdP-Initiated SSO")).toBeChecked();
  await expect(wizard.field("SP-Initiated SSO")).toBeChecked();
  await seen("saml-profiles");
  await wizard.next("Assertion Lifetime");
  await seen("assertion-lifetime");
  await wizard.next("Assertion Creation");
  await seen("assertion-creation");
  await wizard.press("Configure Assertion Creation", "Identity Mapping");
  await seen("identity-mapping");
  await wizard.next("Attribute Contract");
  await expect(wizard.field("Subject Name Format").locator("option:checked")).toHaveText("emailAddress");
  await wizard.press("Add a new row to 'Extend the Contract'", "Attribute Contract");
  await wizard.fillTab({ "Attribute Name": sessionTag, "Attribute Name Format": "uri" });
  await seen("attribute-contract-row");
  await wizard.press("Update", "Attribute Contract");
  await seen("attribute-contract");
  await wizard.next("Authentication Source Mapping");
  await seen("authentication-source-mapping-empty");
  await wizard.press("Map New Adapter Instance", "Adapter Instance");
  await wizard.fillTab({ "Adapter Instance": names.adapter });
  await seen("adapter-instance");
  await wizard.next("Mapping Method");
  await seen("mapping-method");
  await wizard.next("Attribute Sources & User Lookup");
  await expect(wizard.field("Filter")).toHaveValue("mail=${username}");
  await wizard.fillTab({ "Attributes to return from search": "mail\ndepartment" });
  await seen("attribute-sources");
  await wizard.next("Attribute Contract Fulfillment");
  await expect(wizard.field("Source of SAML_SUBJECT").locator("option:checked")).toHaveText("Data Store");
  await expect(wizard.field("Value of SAML_SUBJECT")).toHaveValue("mail");
  await wizard.fillTab({ [`Source of ${sessionTag}`]: "Data Store", [`Value of ${sessionTag}`]: "department" });
  await seen("attribute-contract-fulfillment");
  await wizard.next("Issuance Criteria");
  await wizard.press("Add a new row to 'Issuance Criteria'", "Issuance Criteria");
  await wizard.fillTab({
    Source: "Data Store",
    "Attribute Name": "department",
    Condition: "not equal to (case insensitive)",
    Value: "Visitors",
  });
  await seen("issuance-criteria-row");
  await wizard.press("Update", "Issuance Criteria");
  await wizard.next("Summary");
  await seen("adapter-mapping-summary");
  await wizard.done("Authentication Source Mapping");
  await expect(admin.row(names.adapter)).toContainText("Data Store: mail");
  await seen("authentication-source-mapping");
  await wizard.next("Summary");
  await wizard.done("Assertion Creation");
  await wizard.next("Protocol Settings");
  await wizard.press("Configure Protocol Settings", "Assertion Consumer Service URL");
  await expect(admin.row(partner.consumer).first()).toContainText("Yes");
  await seen("assertion-consumer-service-url");
  await wizard.next("Allowable SAML Bindings");
  await seen("allowable-saml-bindings");
  await wizard.next("Signature Policy");
  await seen("signature-policy");
  await wizard.next("Summary");
  await seen("protocol-settings-summary");
  await wizard.done("Protocol Settings");
  await seen("sso-protocol-settings");
  await wizard.next("Summary");
  await expect(page.getByRole("main")).toContainText(sessionTag);
  await seen("browser-sso-summary");
  await wizard.done("Browser SSO");
}

/** The key that signs what is sent to AWS, which verifies nothing in return. */
export async function configureCredentials(admin: Console, commonName: string, seen: Observer = nobody): Promise<void> {
  const { wizard } = admin;
  await wizard.next("Credentials");
  await wizard.press("Configure Credentials", "Digital Signature Settings");
  const key = wizard.field("Signing Certificate");
  await key.selectOption(await key.locator("option", { hasText: commonName }).getAttribute("value"));
  await wizard.fillTab({ "Signing Algorithm": "ECDSA SHA256" });
  await seen("digital-signature-settings");
  await wizard.next("Signature Verification Settings");
  await seen("signature-verification-settings");
  await wizard.next("Summary");
  await wizard.done("Credentials");
  await seen("credentials");
}

/** Guide, steps 7.8 and 7.9: where the users go. */
export async function configureTarget(admin: Console, ready: Ready, seen: Observer = nobody): Promise<void> {
  const { wizard } = admin;
  await wizard.press("Configure Provisioning", "Target");
  await wizard.fillTab({ "SCIM URL": ready.scim_url, "Access Token": ready.scim_token });
  await seen("target");
  await wizard.testConnection(/^Passed/);
  await seen("target-tested");
  await wizard.next("Manage Channels");
  await seen("manage-channels-empty");
}

/** Guide, steps 7.10 to 7.16: the channel, up to what is saved. */
export async function createChannel(admin: Console, ready: Ready, seen: Observer = nobody): Promise<void> {
  const { wizard } = admin;
  await wizard.press("Create", "Channel Info");
  await wizard.fillTab({ "Channel Name": names.channel });
  await seen("channel-info");
  await wizard.next("Source");
  await wizard.fillTab({ "Active Data Store": names.store });
  await seen("source");
  await wizard.next("Source Settings");
  await seen("source-settings");
  await wizard.next("Source Location");
  await wizard.fillTab({
    "Base DN": ready.base_dn,
    "Users > Group DN": ready.users_group_dn,
    "Groups > Group DN": ready.groups_group_dn,
  });
  await seen("source-location");
  await wizard.next("Attribute Mapping");
  await wizard.map("userName", "mail");
  await seen("attribute-mapping");
  await wizard.next("Guards");
  await seen("guards");
  await wizard.next("Activation & Summary");
  await seen("channel-summary");
}

/** Waits until the channel's first cycle has ended and the page says so; with JavaScript the page learns it by itself. */
export async function awaitProvisioned(admin: Console, channel: string, seen: Observer = nobody): Promise<void> {
  await admin.goTo("Channels");
  await admin.eventually(() => expect(admin.row(channel)).toContainText("Up to date", { timeout: 1_000 }));
  await seen("channels");
}

/** Makes a signing key; its certificate is for this name. */
export async function createSigningKey(admin: Console, commonName: string, seen: Observer = nobody): Promise<void> {
  const { wizard } = admin;
  await admin.goTo(names.keys);
  await seen("signing-keys-empty");
  await wizard.press("Create New", "Create Certificate");
  await wizard.fillTab({ "Common Name": commonName, Organization: "Canal Works", Country: "GB", "Key Algorithm": "EC P-256" });
  await seen("create-certificate");
  await wizard.next("Summary");
  await wizard.save(names.keys);
  await expect(admin.row(commonName)).toContainText("Valid");
  await seen("signing-keys");
}

/** Guide, step 5: the wizard up to its last tab, where the file is. */
export async function walkMetadataExport(admin: Console, commonName: string, seen: Observer = nobody): Promise<void> {
  const { wizard } = admin;
  await admin.goTo("Metadata Export");
  await seen("metadata-export-empty");
  await wizard.press("Export Metadata", "Metadata Mode");
  await wizard.fillTab({ "Select information to include in metadata manually": true });
  await seen("metadata-mode");
  await wizard.next("Signing Key");
  const key = wizard.field("Digital Signature Keys/Certs");
  await key.selectOption(await key.locator("option", { hasText: commonName }).getAttribute("value"));
  await seen("signing-key");
  await wizard.next("Metadata Signing");
  await seen("metadata-signing");
  await wizard.next("Export & Summary");
  await seen("export-summary");
}
