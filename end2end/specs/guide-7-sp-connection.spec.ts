import { expect, expectAccessible, test } from "../fixtures.js";
import { awaitProvisioned, configureTarget, createChannel, createConnection, createDataStore, names } from "../journeys.js";

interface ScimUser {
  userName: string;
  active: boolean;
  emails?: { value: string }[];
}

interface ScimGroup {
  displayName: string;
}

test("steps 1 and 7: from nothing to provisioned people", async ({ admin, towpath }) => {
  test.setTimeout(180_000);
  const { wizard } = admin;
  const seen = async () => {
    if (admin.js) await expectAccessible(admin.page);
  };
  await createDataStore(admin, towpath.ready);
  expect(await towpath.scim("Users")).toEqual([]);
  await createConnection(admin, seen);
  await configureTarget(admin, towpath.ready, seen);
  await createChannel(admin, towpath.ready, seen);
  await wizard.save("SP Connections");
  await expect(admin.row(names.connection)).toBeVisible();
  await awaitProvisioned(admin, seen);

  const users = await towpath.scim<ScimUser>("Users");
  const groups = await towpath.scim<ScimGroup>("Groups");
  expect(users.length).toBeGreaterThan(40);
  expect(groups.length).toBeGreaterThan(3);
  for (const user of users) expect(user.userName, "userName is the mail address").toMatch(/@/);

  await admin.page.getByRole("link", { name: names.channel, exact: true }).click();
  await expect(admin.page.getByRole("heading", { level: 1 })).toContainText(names.channel);
  await seen();
});

test("Done closes the nested tasks one by one; Save at the end keeps everything", async ({ admin, towpath }) => {
  const { wizard } = admin;
  await createDataStore(admin, towpath.ready);
  await createConnection(admin);
  await configureTarget(admin, towpath.ready);
  await createChannel(admin, towpath.ready);
  await wizard.done("Manage Channels");
  await expect(admin.row(names.channel)).toBeVisible();
  await wizard.done("Outbound Provisioning");
  await wizard.next("Activation & Summary");
  await expect(admin.page.getByRole("link", { name: /General Info/ })).toBeVisible();
  await wizard.save("SP Connections");
  await expect(admin.row(names.connection)).toBeVisible();
});

test("a token that the service refuses is said in words at Test Connection", async ({ admin, towpath }) => {
  const { wizard } = admin;
  await createDataStore(admin, towpath.ready);
  await createConnection(admin);
  await wizard.press("Configure Provisioning", "Target");
  await wizard.fillTab({ "SCIM URL": towpath.ready.scim_url, "Access Token": "not-the-token" });
  await wizard.testConnection(/access token/i);
  await expect(wizard.field("SCIM URL")).toHaveValue(towpath.ready.scim_url);
});

test("each tab of a channel refuses at the field, and nothing typed is lost", async ({ admin, towpath }) => {
  const { wizard } = admin;
  await createDataStore(admin, towpath.ready);
  await createConnection(admin);
  await configureTarget(admin, towpath.ready);
  await wizard.press("Create", "Channel Info");
  await wizard.press("Next");
  await wizard.expectProblem("Channel Name", /name/i);
  await wizard.fillTab({ "Channel Name": names.channel, "Max Threads": "0" });
  await wizard.press("Next");
  await wizard.expectProblem("Max Threads", /1/);
  await expect(wizard.field("Channel Name")).toHaveValue(names.channel);
  await wizard.fillTab({ "Max Threads": "8" });
  await wizard.next("Source");
  await wizard.fillTab({ "Active Data Store": names.store });
  await wizard.next("Source Settings");
  await wizard.next("Source Location");
  await wizard.fillTab({ "Base DN": "not a DN" });
  await wizard.press("Next");
  await wizard.expectProblem("Base DN", /DN/);
  await expect(wizard.field("Base DN")).toHaveValue("not a DN");
});

test("a channel whose userName is not mapped cannot be finished", async ({ admin, towpath }) => {
  const { wizard } = admin;
  await createDataStore(admin, towpath.ready);
  await createConnection(admin);
  await configureTarget(admin, towpath.ready);
  await createChannel(admin, towpath.ready);
  await wizard.previous("Attribute Mapping");
  await wizard.map("userName", "");
  await wizard.press("Next");
  await expect(admin.page.getByRole("alert")).toContainText(/userName/);
  await wizard.expectTab("Attribute Mapping");
});

test("Cancel in a nested task restores it as it was", async ({ admin, towpath }) => {
  const { wizard } = admin;
  await createDataStore(admin, towpath.ready);
  await createConnection(admin);
  await configureTarget(admin, towpath.ready);
  await wizard.press("Create", "Channel Info");
  await wizard.fillTab({ "Channel Name": names.channel });
  await wizard.next("Source");
  await wizard.press("Cancel", "Manage Channels");
  await expect(admin.row(names.channel)).toHaveCount(0);
});
