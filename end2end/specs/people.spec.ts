import { expect, expectAccessible, test } from "../fixtures.js";
import { awaitProvisioned } from "../journeys.js";
import type { Console } from "../pages/console.js";
import { AwsConsole, Company, channel } from "../pages/sandbox.js";

test.use({ empty: false });

interface ScimUser {
  id: string;
  userName: string;
  title?: string;
  displayName: string;
  active: boolean;
}

const jane = { "Given name": "Jane", "Family name": "Doe", "Mail address": "jane.doe@canal.example", Title: "Diver" };

/** Does a task of the sample company without a cycle after it. */
async function quietly(admin: Console, task: string, values: Record<string, string>, button = task): Promise<void> {
  const { page, wizard } = admin;
  await page.getByRole("main").getByRole("link", { name: task, exact: true }).first().click();
  await expect(wizard.button(button)).toBeVisible();
  await wizard.hydrated();
  await wizard.fillTab(values);
  await page.getByLabel("Run the channel at once").uncheck();
  await wizard.button(button).click();
  await expect(page).toHaveURL(/\/sandbox\/company\/changes\/\d+$/);
}

async function explain(admin: Console, name: string): Promise<void> {
  const { page, wizard } = admin;
  await admin.goTo("Channels");
  await page.getByRole("link", { name: channel, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: channel })).toBeVisible();
  await wizard.hydrated();
  await page.getByRole("link", { name: "Explain", exact: true }).click();
  await page.getByLabel("User name, e-mail address, DN or id").fill(name);
  await wizard.button("Explain").click();
  await expect(page).toHaveURL(/\/explain\?name=/);
  await expect(page.getByRole("heading", { level: 1, name: `Explain: ${name}` })).toBeVisible();
  await wizard.hydrated();
}

test("a person is explained, written alone, and found in the list", async ({ admin, towpath }) => {
  test.setTimeout(150_000);
  const { page } = admin;
  await awaitProvisioned(admin, channel);
  await admin.goTo("Company");
  await quietly(admin, "Hire", jane);
  await explain(admin, jane["Mail address"]);
  const answer = page.getByRole("status", { name: "Answer" });
  await expect(answer).toContainText("The next cycle writes it");
  const checks = page.getByRole("region", { name: "From the directory to the service" });
  for (const check of ["Data Store", "In the directory", "Exactly one", "Base DN", "Group DN", "Enabled", "Attribute Mapping", "Unique"]) {
    await expect(checks.getByRole("listitem").filter({ hasText: check }).first()).toContainText("Passed");
  }
  if (admin.js) await expectAccessible(page);
  await admin.act("Sync now");
  await expect(page.getByRole("main")).toContainText(/Done in|Nothing was to be done/);
  const written = (await towpath.scim<ScimUser>("Users")).find((user) => user.userName === jane["Mail address"]);
  expect(written).toMatchObject({ displayName: "Jane Doe", title: "Diver", active: true });
  await expect(page.getByRole("region", { name: "Status" })).toContainText(written?.id ?? "no id");
  await expect(page.getByRole("group", { name: "What was done" }).getByRole("row").nth(1)).toContainText("Create");
  if (admin.js) await expectAccessible(page);

  await admin.goTo("People and Groups");
  await page.getByLabel("Name, e-mail, DN or id at the service").fill("jane.doe");
  await admin.wizard.button("Search").click();
  await expect(page).toHaveURL(/q=jane.doe/);
  await expect(admin.row("jane.doe@canal.example")).toContainText("In sync");
  if (admin.js) await expectAccessible(page);
  await page.getByLabel("Status").selectOption("skipped");
  await admin.wizard.button("Search").click();
  await expect(page).toHaveURL(/state=skipped/);
  await expect(page.getByRole("main")).toContainText("Nobody is like this");
});

test("a person left out is mended in the directory, fails at the service, and is tried again", async ({ admin, towpath }) => {
  test.setTimeout(240_000);
  const { page } = admin;
  const users = async () => (await towpath.scim<ScimUser>("Users")).filter((user) => user.displayName === "Jane Doe");
  await awaitProvisioned(admin, channel);
  await admin.goTo("Company");
  // AWS takes user names of up to 128 characters.
  await quietly(admin, "Hire", { ...jane, "Mail address": `jane.doe@${"dock.".repeat(26)}canal.example` });
  await explain(admin, "Jane Doe");
  await expect(page.getByRole("status", { name: "Answer" })).toContainText("Not provisioned");
  const mapping = page.getByRole("region", { name: "From the directory to the service" }).getByRole("listitem").filter({ hasText: "Attribute Mapping" });
  await expect(mapping).toContainText("Failed");
  await expect(mapping).toContainText("takes at most 128");
  if (admin.js) await expectAccessible(page);
  const company = new Company(admin);
  await company.openPerson("Jane Doe");
  await quietly(admin, "Marry", { "Family name": "Doe", "Mail address": jane["Mail address"] });
  await explain(admin, jane["Mail address"]);
  await expect(page.getByRole("status", { name: "Answer" })).toContainText("The next cycle writes it");
  const explained = page.url();

  const aws = new AwsConsole(admin);
  await aws.open();
  await aws.area("Faults");
  await admin.act("Begin: Answer 500 to the next 20 requests");
  await page.goto(explained);
  await admin.wizard.hydrated();
  await admin.act("Sync now");
  const status = page.getByRole("region", { name: "Status" });
  await expect(status).toContainText("Failed");
  await expect(page.getByRole("group", { name: "What was done" }).getByRole("row").nth(1)).toContainText("500");
  if (admin.js) await expectAccessible(page);
  // A request is repeated a few times, so that some tries use the twenty up.
  for (let tries = 0; tries < 10 && (await admin.wizard.button("Retry").isVisible()); tries++) {
    await admin.act("Retry");
    await admin.wizard.hydrated();
  }
  await expect(status).toContainText("In sync");
  expect(await users()).toMatchObject([{ userName: jane["Mail address"], title: "Diver", active: true }]);
});

test("one leads to the next: the list, a person, their channel, Verify", async ({ admin }) => {
  test.setTimeout(150_000);
  const { page } = admin;
  await awaitProvisioned(admin, channel);
  await admin.goTo("People and Groups");
  await admin.page.getByLabel("Name, e-mail, DN or id at the service").fill("adaeze");
  await admin.wizard.button("Search").click();
  await expect(page).toHaveURL(/q=adaeze/);
  await page.getByRole("group", { name: "People and groups" }).getByRole("row").nth(1).getByRole("link").click();
  await expect(page.getByRole("region", { name: "Attributes" })).toBeVisible();
  await admin.wizard.hydrated();
  await page.getByRole("link", { name: "People and Groups", exact: true }).last().click();
  await expect(page.getByRole("heading", { level: 1, name: `People and Groups of ${channel}` })).toBeVisible();
  await admin.wizard.hydrated();
  await page.getByRole("link", { name: "Verify", exact: true }).click();
  await admin.wizard.hydrated();
  await admin.act("Verify now");
  await expect(page.getByRole("status", { name: "Result" })).toContainText("As written");
  await expect(page.getByRole("status", { name: "Result" })).toContainText("could not be verified");
  if (admin.js) await expectAccessible(page);
});
