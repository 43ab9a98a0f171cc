import { expect, expectAccessible, test } from "../fixtures.js";
import { awaitProvisioned, configureTarget, createChannel, createConnection, createDataStore, names } from "../journeys.js";
import type { Console } from "../pages/console.js";

interface ScimUser {
  userName: string;
  active: boolean;
}

interface ScimGroup {
  displayName: string;
}

test("steps 1 and 7: from nothing to provisioned people", async ({ admin, towpath }) => {
  test.setTimeout(120_000);
  const { wizard, page } = admin;
  const seen = async () => {
    if (admin.js) await expectAccessible(page);
  };
  await createDataStore(admin, towpath.ready);
  expect(await towpath.scim("Users")).toEqual([]);
  await createConnection(admin, seen);
  await configureTarget(admin, towpath.ready, seen);
  await createChannel(admin, towpath.ready, seen);
  await wizard.save("SP Connections");
  await expect(admin.row(names.connection)).toBeVisible();
  await seen();
  await awaitProvisioned(admin, names.channel);

  const users = await towpath.scim<ScimUser>("Users");
  const groups = await towpath.scim<ScimGroup>("Groups");
  expect(users.length).toBeGreaterThan(40);
  expect(groups.length).toBeGreaterThan(3);
  for (const user of users) expect(user.userName, "userName is the mail address").toMatch(/@/);
  await expect(admin.row(names.channel)).toContainText(`${users.length} people`);
  await expect(admin.row(names.channel)).toContainText(`${groups.length} groups`);
});

test("Done closes the nested tasks one by one; Save at the end keeps everything", async ({ admin, towpath }) => {
  const { wizard, page } = admin;
  await createDataStore(admin, towpath.ready);
  await createConnection(admin);
  await configureTarget(admin, towpath.ready);
  await createChannel(admin, towpath.ready);
  await wizard.done("Manage Channels");
  await expect(admin.row(names.channel)).toBeVisible();
  await wizard.done("Outbound Provisioning");
  await expect(page.getByRole("main")).toContainText(`${names.channel} (Active)`);
  await wizard.next("Activation & Summary");
  await page.getByRole("link", { name: "General Info" }).click();
  await wizard.expectTab("General Info");
  await wizard.fillTab({ Company: "Canal Works" });
  await wizard.save("SP Connections");
  await wizard.press(names.connection, "Activation & Summary");
  await expect(page.getByRole("main")).toContainText("Canal Works");
  await expect(page.getByRole("main")).toContainText(names.channel);
});

test.describe("with a Data Store at hand", () => {
  test.use({ empty: false });

  test("each tab of a connection refuses at the field, and nothing typed is lost", async ({ admin, towpath }) => {
    const { wizard } = admin;
    await admin.goTo("SP Connections");
    await wizard.press("Create Connection", "Connection Template");
    await wizard.fillTab({ "Use a Template for this Connection": true });
    await wizard.expectRefused({}, { "Connection Template": /Choose the Connection Template/ });
    await wizard.fillTab({ "Connection Template": "AWS SSO Cloud Connector" });
    await wizard.next("Connection Type");
    await wizard.expectRefused({ "Outbound Provisioning": false }, { "Browser SSO Profiles": /Tick Browser SSO Profiles, Outbound Provisioning or both/ });
    await wizard.fillTab({ "Outbound Provisioning": true });
    await wizard.next("General Info");
    await wizard.expectRefused({ "Connection Name": "", Company: "Canal Works" }, { "Connection Name": /Enter the Connection Name/ });
    await wizard.expectRefused(
      { "Connection Name": "Second", "Base URL": "ftp.example.com", "Contact Email": "nobody" },
      { "Base URL": /https:\/\//, "Contact Email": /‘nobody’ is not an e-mail address/ },
    );
    await wizard.fillTab({ "Base URL": "", "Contact Email": "" });
    await wizard.next("Outbound Provisioning");
    await wizard.press("Configure Provisioning", "Target");
    await wizard.expectRefused({ "SCIM URL": "" }, { "SCIM URL": /Enter the SCIM URL/, "Access Token": /Enter the Access Token/ });
    await wizard.expectRefused(
      { "SCIM URL": "http://scim.example.com/v2", "Access Token": "typed once", "User Create": false },
      { "SCIM URL": /clear text/ },
      "Test Connection",
    );
    await wizard.fillTab({ "SCIM URL": towpath.ready.scim_url, "Access Token": towpath.ready.scim_token });
    await wizard.next("Manage Channels");
  });

  test("Test Connection of a target says what is wrong and what to do", async ({ admin, towpath, untrusted }) => {
    const { wizard } = admin;
    await createConnection(admin);
    await wizard.press("Configure Provisioning", "Target");
    await wizard.fillTab({ "SCIM URL": towpath.ready.scim_url, "Access Token": "not-the-token" });
    await wizard.testConnection(/does not accept the credentials \(401\).*Enter a new token/);
    await expect(wizard.field("SCIM URL")).toHaveValue(towpath.ready.scim_url);
    await wizard.fillTab({ "SCIM URL": "https://scim.invalid/v2/", "Access Token": "any" });
    await wizard.testConnection(/scim\.invalid.*(name|DNS)/i);
    await wizard.fillTab({ "SCIM URL": `https://${untrusted.host}/v2/`, "Access Token": "any" });
    await wizard.testConnection(/certificate.*127\.0\.0\.1.*not trusted.*Trusted CA/);
    await wizard.fillTab({ "Trusted CA": untrusted.pem });
    await wizard.testConnection(/certificate.*CN=127\.0\.0\.1/i);
    await expect(admin.page.getByRole("region", { name: "Test Connection" })).not.toContainText("not trusted");
  });

  test("each tab of a channel refuses at the field, and nothing typed is lost", async ({ admin, towpath }) => {
    const { wizard, page } = admin;
    const { ready } = towpath;
    await createConnection(admin);
    await configureTarget(admin, ready);
    await wizard.press("Create", "Channel Info");
    await wizard.expectRefused({ "Channel Name": "" }, { "Channel Name": /Enter the Channel Name/ });
    await wizard.expectRefused(
      { "Channel Name": names.channel, "Max Threads": "0", "Timeout (secs)": "long" },
      { "Max Threads": /from 1 to 64/, "Timeout (secs)": /from 1 to 3600/ },
    );
    await wizard.fillTab({ "Max Threads": "8", "Timeout (secs)": "60" });
    await wizard.next("Source");
    await wizard.expectRefused({}, { "Active Data Store": /Choose the Active Data Store/ });
    await wizard.fillTab({ "Active Data Store": "Canal Works Directory" });
    await wizard.next("Source Settings");
    await wizard.expectRefused(
      { "Entry GUID Attribute": "object GUID", "User objectClass": "us*er", "Group objectClass": "team" },
      { "Entry GUID Attribute": /‘object GUID’ is not an attribute name/, "User objectClass": /‘us\*er’/ },
    );
    await wizard.fillTab({ "Entry GUID Attribute": "objectGUID", "User objectClass": "user", "Group objectClass": "group" });
    await wizard.next("Source Location");
    await wizard.expectRefused({ "Base DN": "" }, { "Base DN": /Enter the Base DN/, "Users > Group DN": /Say who is provisioned/ });
    await wizard.expectRefused(
      { "Base DN": "people", "Users > Filter": "(mail", "Users > Nested Search": true, "Groups > Group DN": "CN=" },
      { "Base DN": /‘people’/, "Users > Filter": /‘mail’ has no comparison/, "Groups > Group DN": /has no value/ },
    );
    await wizard.expectRefused(
      {
        "Base DN": ready.base_dn,
        "Users > Group DN": ready.users_group_dn,
        "Users > Filter": "(mail=*)",
        "Groups > Group DN": `OU=Groups,${ready.base_dn}`,
      },
      { "Users > Filter": /not both/, "Groups > Group DN": /container, not of a group/ },
    );
    await wizard.fillTab({ "Users > Filter": "", "Groups > Group DN": ready.groups_group_dn });
    await wizard.next("Attribute Mapping");
    await wizard.map("userName", "");
    await wizard.expectRefused({}, { userName: /AWS IAM Identity Center requires it/ });
    await wizard.press("Edit userName", "Specify Attribute Mapping");
    await wizard.expectRefused({ "Attribute(s)": "mail\nsn" }, { Expression: /Several attributes need an expression/ }, "Done");
    await wizard.expectRefused({ "Attribute(s)": "mail", Expression: "mail ~" }, { Expression: /expression/i }, "Done");
    await wizard.fillTab({ Expression: "mail | lower" });
    await wizard.press("Try");
    // Nobody is named, so it is tried on the first person in scope, not on the directory's first account.
    await expect(page.getByRole("region", { name: "Try" })).toContainText(/@canal\.example/, { timeout: 20_000 });
    await wizard.hydrated();
    await wizard.done("Attribute Mapping");
    await wizard.next("Guards");
  });

  test("Check in Directory says which name of a Source Location is not there", async ({ admin, towpath }) => {
    const { wizard, page } = admin;
    await openSampleChannel(admin);
    await wizard.press("Source Location (complete)", "Source Location");
    await wizard.fillTab({ "Users > Group DN": `CN=Nobody,OU=Groups,${towpath.ready.base_dn}` });
    await wizard.press("Check in Directory");
    await expect(page.getByRole("region", { name: "Check in Directory" })).toContainText(/There is no entry ‘CN=Nobody,OU=Groups/);
  });

  test("Cancel in a nested task restores it as it was", async ({ admin }) => {
    const { wizard } = admin;
    await openSampleChannel(admin);
    await wizard.fillTab({ "Channel Name": "Changed" });
    await wizard.next("Source");
    await wizard.press("Cancel", "Manage Channels");
    await expect(admin.row("Changed")).toHaveCount(0);
    await expect(admin.row("Canal Works to AWS")).toBeVisible();
    await wizard.press("Create", "Channel Info");
    await wizard.fillTab({ "Channel Name": "Begun" });
    await wizard.next("Source");
    await wizard.press("Cancel", "Manage Channels");
    await expect(admin.row("Begun")).toHaveCount(0);
  });
});

/** Opens the sample channel for editing, on its first tab. */
async function openSampleChannel(admin: Console): Promise<void> {
  const { wizard } = admin;
  await admin.goTo("SP Connections");
  await wizard.press("AWS IAM Identity Center", "Activation & Summary");
  await wizard.press("Outbound Provisioning (complete)", "Outbound Provisioning");
  await wizard.press("Configure Provisioning", "Target");
  await wizard.next("Manage Channels");
  await wizard.press("Canal Works to AWS", "Channel Info");
}
