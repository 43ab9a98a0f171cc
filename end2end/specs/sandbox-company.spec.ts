import { expect, expectAccessible, test } from "../fixtures.js";
import { awaitProvisioned } from "../journeys.js";
import { Company, channel } from "../pages/sandbox.js";
import type { Towpath } from "../towpath.js";

test.use({ empty: false });

interface ScimUser {
  id: string;
  userName: string;
  displayName: string;
  active: boolean;
  emails: { value: string }[];
}

async function scimUser(towpath: Towpath, userName: string): Promise<ScimUser | undefined> {
  return (await towpath.scim<ScimUser>("Users")).find((user) => user.userName === userName);
}

test("somebody is hired, marries, and leaves", async ({ admin, towpath }) => {
  test.setTimeout(150_000);
  const company = new Company(admin);
  await awaitProvisioned(admin, channel);
  await admin.goTo("Company");
  if (admin.js) await expectAccessible(admin.page);
  await company.task("Hire", { "Given name": "Jane", "Family name": "Doe", "Mail address": "jane.doe@canal.example", Title: "Diver" });
  await company.expectWay(/Jane Doe is hired/, /Towpath read the directory/, /New in the source location/, /HTTP 201/, /What AWS has now/);
  if (admin.js) await expectAccessible(admin.page);
  const hired = await scimUser(towpath, "jane.doe@canal.example");
  expect(hired).toMatchObject({ displayName: "Jane Doe", active: true });

  await company.openPerson("Jane Doe");
  if (admin.js) await expectAccessible(admin.page);
  await company.task("Marry", { "Family name": "Smith", "Mail address": "jane.smith@canal.example" });
  await company.expectWay(/Jane Doe is called Jane Smith from now on/, /jane\.smith@canal\.example/, /HTTP 200/);
  const married = await scimUser(towpath, "jane.smith@canal.example");
  expect(married).toMatchObject({ id: hired?.id, emails: [{ value: "jane.smith@canal.example" }] });
  expect(await scimUser(towpath, "jane.doe@canal.example")).toBeUndefined();

  await company.openPerson("Jane Smith");
  await company.task("Remove");
  await company.expectWay(/Jane Smith is deleted/, /Disable/, /HTTP 200/, /Disabled/);
  expect(await scimUser(towpath, "jane.smith@canal.example")).toMatchObject({ id: hired?.id, active: false });
});

test("a directory that is emptied by mistake takes nobody's access", async ({ admin, towpath }) => {
  test.setTimeout(150_000);
  const company = new Company(admin);
  await awaitProvisioned(admin, channel);
  const active = async () => (await towpath.scim<ScimUser>("Users")).filter((user) => user.active).length;
  const before = await active();
  await admin.goTo("Company");
  await company.task("Empty the directory by mistake", {}, "Empty the directory");
  await company.expectWay(/60 people are deleted/, /held, so nobody lost access/);
  if (admin.js) await expectAccessible(admin.page);
  expect(await active()).toBe(before);
  await admin.page.getByRole("link", { name: "Look at what is held" }).click();
  await admin.eventually(() => expect(admin.page.getByRole("main")).toContainText(/removals wait for you/, { timeout: 1_000 }));
  await admin.goTo("Company");
  if (admin.js) await expectAccessible(admin.page);
  await company.task("Bring everybody back");
  await company.expectWay(/60 people are back/, /What AWS has now/);
  expect(await active()).toBe(before);
});

test("who is in no group is not provisioned, and the page says so", async ({ admin, towpath }) => {
  const company = new Company(admin);
  await awaitProvisioned(admin, channel);
  await admin.goTo("Company");
  const outside = { "Given name": "Out", "Family name": "Sider", "Mail address": "out.sider@canal.example", "Member of ‘AWS Users’": false };
  await company.task("Hire", outside);
  await company.expectWay(/Nothing provisions Out Sider: not a member of ‘AWS Users’/, /Nothing was sent to AWS/);
  expect(await scimUser(towpath, "out.sider@canal.example")).toBeUndefined();
});

test("a group is made, filled, and seen in AWS", async ({ admin, towpath }) => {
  test.setTimeout(120_000);
  const company = new Company(admin);
  await awaitProvisioned(admin, channel);
  await admin.goTo("Company");
  await company.task("New group", { Name: "Night Shift" }, "Make the group");
  await company.expectWay(/The group ‘Night Shift’ is made/, /HTTP 201/);
  await admin.page.getByRole("link", { name: "Open Night Shift" }).click();
  await expect(admin.page.getByRole("heading", { level: 1, name: "Night Shift" })).toBeVisible();
  await admin.wizard.hydrated();
  if (admin.js) await expectAccessible(admin.page);
  await company.task("Nest a group", { Group: "Cloud Billing" }, "Nest");
  await company.expectWay(/Cloud Billing is a member of ‘Night Shift’ now/, /3 members/);
  expect((await towpath.scim<{ displayName: string }>("Groups")).map((group) => group.displayName)).toContain("Night Shift");
});

test("a form says what is wrong and keeps what was typed", async ({ admin }) => {
  await admin.goTo("Company");
  await new Company(admin).task("Hire", { "Given name": "Mei", "Family name": "Double", "Mail address": "mei.lin@canal.example" });
  await admin.wizard.expectProblem("Mail address", /belongs to another account/);
  await expect(admin.wizard.field("Given name")).toHaveValue("Mei");
  if (admin.js) await expectAccessible(admin.page);
});

test.describe("with nothing configured", () => {
  test.use({ empty: true });

  test("the values to paste are all there", async ({ admin, towpath }) => {
    await admin.goTo("Values to paste");
    const main = admin.page.getByRole("main");
    for (const value of [towpath.ready.bind_dn, towpath.ready.bind_password, towpath.ready.scim_url, towpath.ready.scim_token]) {
      await expect(main).toContainText(value);
    }
    if (admin.js) await expectAccessible(admin.page);
  });

  test("a value is copied with one press", { tag: "@js-only" }, async ({ admin, towpath }) => {
    await admin.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await admin.goTo("Values to paste");
    const copy = admin.page.getByRole("button", { name: "Copy Access token" });
    await copy.click();
    await expect(copy).toHaveText("Copied");
    expect(await admin.page.evaluate(() => navigator.clipboard.readText())).toBe(towpath.ready.scim_token);
  });
});
