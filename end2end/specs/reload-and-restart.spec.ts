import { expect, test } from "../fixtures.js";
import { createConnection, createDataStore, names } from "../journeys.js";

test("a channel is made across reloads, Back and a restart of the server", async ({ admin, towpath }) => {
  const { wizard, page } = admin;
  await createDataStore(admin, towpath.ready);
  await createConnection(admin);
  await wizard.press("Configure Provisioning", "Target");
  await wizard.fillTab({ "SCIM URL": towpath.ready.scim_url, "Access Token": towpath.ready.scim_token });
  await wizard.next("Manage Channels");
  await wizard.press("Create", "Channel Info");
  await page.reload();
  await wizard.hydrated();
  await wizard.fillTab({ "Channel Name": names.channel });
  await wizard.next("Source");
  const source = page.url();

  await towpath.restart();
  // The page that was open before works on, and so does its address.
  await wizard.fillTab({ "Active Data Store": names.store });
  await wizard.next("Source Settings");
  await page.goto(source);
  await wizard.hydrated();
  await expect(wizard.field("Active Data Store").locator("option:checked")).toHaveText(names.store);
  await wizard.next("Source Settings");
  await wizard.next("Source Location");
  await wizard.fillTab({ "Base DN": towpath.ready.base_dn, "Users > Group DN": towpath.ready.users_group_dn });
  await wizard.next("Attribute Mapping");
  // Back shows the tab before with what was typed there, not an empty one, and posts nothing.
  await page.goBack();
  await wizard.expectTab("Source Location");
  await expect(wizard.field("Base DN")).toHaveValue(towpath.ready.base_dn);
  await wizard.next("Attribute Mapping");
  await wizard.map("userName", "mail");
  await towpath.restart();
  await wizard.next("Guards");
  await wizard.save("SP Connections");
  await expect(admin.row(names.connection)).toBeVisible();
});

test("a draft that was left waits in its list after a restart, problems and all", async ({ admin, towpath }) => {
  const { wizard, page } = admin;
  await admin.goTo("Data Stores");
  await wizard.press("Add New Data Store", "Data Store Type");
  await wizard.fillTab({ Name: "Half done", Type: "Directory (LDAP)" });
  await wizard.next("LDAP Configuration");
  await wizard.unfold("Advanced LDAP Options");
  await wizard.fillTab({ "Hostname(s)": "dc1.example.com", "Read Timeout": "soon" });
  await wizard.previous("Data Store Type");
  await towpath.restart();
  await admin.goTo("Data Stores");
  await wizard.press("Resume Half done", "Data Store Type");
  await page.goBack();
  await page.goForward();
  await wizard.hydrated();
  await wizard.next("LDAP Configuration");
  await expect(wizard.field("Hostname(s)")).toHaveValue("dc1.example.com");
  await expect(wizard.field("Read Timeout")).toHaveValue("soon");
  await wizard.expectProblem("Read Timeout", /whole number/);
});

test("what no button has sent is there after Back, and never covers what the draft holds by now", async ({ admin }) => {
  const { wizard, page } = admin;
  await admin.goTo("Data Stores");
  await wizard.press("Add New Data Store", "Data Store Type");
  await wizard.fillTab({ Name: "Half typed", Type: "Directory (LDAP)" });
  await wizard.next("LDAP Configuration");
  await wizard.fillTab({ "Hostname(s)": "dc1.example.com", "LDAP Type": "OpenLDAP", "Trusted CA": "a certificate\nof two lines" });
  await admin.goTo("Password Credential Validators");
  await page.goBack();
  await wizard.expectTab("LDAP Configuration");
  await expect(wizard.field("Hostname(s)")).toHaveValue("dc1.example.com");
  await expect(wizard.field("LDAP Type").locator("option:checked")).toHaveText("OpenLDAP");
  await expect(wizard.field("Trusted CA")).toHaveValue("a certificate\nof two lines");
  // The same tab twice, each time with something else that was sent.
  await wizard.previous("Data Store Type");
  await wizard.next("LDAP Configuration");
  await wizard.fillTab({ "Hostname(s)": "dc2.example.com" });
  await wizard.previous("Data Store Type");
  for (const tab of ["LDAP Configuration", "Data Store Type", "LDAP Configuration"]) {
    await page.goBack();
    await wizard.expectTab(tab);
  }
  await expect(wizard.field("Hostname(s)")).toHaveValue("dc2.example.com");
});

test("Manage Data Stores leads away and back to the same draft, also through a draft of a Data Store", async ({ admin, towpath }) => {
  const { wizard, page } = admin;
  await admin.goTo("Password Credential Validators");
  await wizard.press("Create New Instance", "Type");
  await wizard.fillTab({ "Instance Name": "AD", "Instance ID": "ad", Type: "LDAP Username Password Credential Validator" });
  await wizard.next("Instance Configuration");
  await wizard.fillTab({ "Search Base": towpath.ready.base_dn, "Search Filter": "mail=${username}" });
  await wizard.press("Manage Data Stores");
  await expect(page.getByRole("heading", { level: 1, name: "Data Stores" })).toBeVisible();
  await expect(page.getByRole("note").filter({ hasText: "waits as you left it" })).toBeVisible();
  await createDataStore(admin, towpath.ready);
  await towpath.restart();
  await page.reload();
  await wizard.hydrated();
  await wizard.press("Return to Password Credential Validator: AD", "Instance Configuration");
  await expect(wizard.field("Search Base")).toHaveValue(towpath.ready.base_dn);
  await expect(wizard.field("Search Filter")).toHaveValue("mail=${username}");
  await wizard.fillTab({ "LDAP Datastore": names.store });
  await wizard.next("Extended Contract");
  await wizard.next("Summary");
  await wizard.save("Password Credential Validators");
  // Done with it, nothing waits any more.
  await admin.goTo("Data Stores");
  await expect(page.getByRole("note").filter({ hasText: "waits as you left it" })).toBeHidden();
});
