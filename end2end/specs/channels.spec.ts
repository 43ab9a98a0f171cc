import { expect, expectAccessible, test } from "../fixtures.js";
import { awaitProvisioned } from "../journeys.js";

test.use({ empty: false });

const CHANNEL = "Canal Works to AWS";

interface ScimUser {
  id: string;
  userName: string;
  active: boolean;
}

test("the sample people arrive within a minute, and the pages say who, why and under which request", async ({ admin, towpath }) => {
  test.setTimeout(120_000);
  const { page } = admin;
  await awaitProvisioned(admin, CHANNEL);
  if (admin.js) await expectAccessible(page);
  const users = await towpath.scim<ScimUser>("Users");
  const groups = await towpath.scim("Groups");
  expect(users.length).toBeGreaterThan(40);

  await page.getByRole("link", { name: CHANNEL, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: CHANNEL })).toBeVisible();
  const status = page.getByRole("region", { name: "Status" });
  await expect(status).toContainText("Up to date");
  await expect(status.getByRole("listitem").filter({ hasText: "People" })).toHaveText(new RegExp(`^${users.length}\\s*People$`));
  await expect(status.getByRole("listitem").filter({ hasText: "Groups" })).toHaveText(new RegExp(`^${groups.length}\\s*Groups$`));
  const skipped = page.getByRole("group", { name: "Skipped objects" }).getByRole("row");
  for (const row of (await skipped.all()).slice(1)) await expect(row.getByRole("cell").nth(1)).not.toBeEmpty();
  await admin.wizard.hydrated();
  if (admin.js) await expectAccessible(page);

  const first = page.getByRole("group", { name: "Cycles" }).getByRole("row").last();
  await expect(first).toContainText(/\d+ created/);
  await first.getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1, name: `Cycle of ${CHANNEL}` })).toBeVisible();
  await expect(page.getByRole("region", { name: "Result" })).toContainText("Succeeded");
  const objects = page.getByRole("group", { name: "Objects" }).getByRole("row");
  const created = objects.filter({ has: page.getByRole("cell", { name: "Create", exact: true }) });
  const person = users.find((user) => user.active);
  expect(person).toBeDefined();
  const row = created.filter({ hasText: person?.userName ?? "" }).first();
  const [operation, object, why, outcome, target, request] = await row.getByRole("cell").allTextContents();
  expect(operation).toBe("Create");
  expect(object).toContain(person?.userName);
  expect(why, "a reason in words").toMatch(/\w+ \w+/);
  expect(outcome).toBe("Done");
  expect(target).toBe(person?.id);
  expect(request, "the service's own request id").toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  await admin.wizard.hydrated();
  if (admin.js) await expectAccessible(page);

  const done = page.getByRole("list", { name: "Show by outcome" }).getByRole("link", { name: /^Done / });
  await done.click();
  await expect(page).toHaveURL(/outcome=done/);
  await expect(done).toHaveAttribute("aria-current", "true");
  await expect(objects.nth(1)).toContainText("Done");
});

test("Pause stops the channel, Resume starts it again, Run now runs it", async ({ admin }) => {
  test.setTimeout(120_000);
  const { page } = admin;
  await awaitProvisioned(admin, CHANNEL);
  await admin.act(`Pause ${CHANNEL}`);
  await expect(admin.row(CHANNEL)).toContainText("Paused");
  await page.getByRole("link", { name: CHANNEL, exact: true }).click();
  const status = page.getByRole("region", { name: "Status" });
  await expect(status).toContainText(/paused it.*Nothing is changed/);
  await admin.wizard.hydrated();
  await admin.act("Run now");
  await expect(page.getByRole("alert")).toContainText(/paused/i);
  await admin.act("Resume");
  await expect(page.getByRole("button", { name: "Pause" })).toBeVisible();
  await admin.eventually(() => expect(status).toContainText("Up to date", { timeout: 1_000 }));
  await admin.act("Run now");
  const byHand = page.getByRole("group", { name: "Cycles" }).getByRole("row", { name: /Succeeded.*Run now.*nothing to change/ });
  await admin.eventually(() => expect(byHand.first()).toBeVisible({ timeout: 1_000 }));
});

test("Preview says what a cycle would do and does nothing", async ({ admin, towpath }) => {
  test.setTimeout(120_000);
  const { page } = admin;
  await awaitProvisioned(admin, CHANNEL);
  const before = await towpath.scim("Users");
  await page.getByRole("link", { name: CHANNEL, exact: true }).click();
  await page.getByRole("link", { name: "Preview" }).click();
  await expect(page.getByRole("heading", { level: 1, name: `Preview of ${CHANNEL}` })).toBeVisible();
  await expect(page.getByRole("main")).toContainText("Nothing to change");
  await admin.wizard.hydrated();
  if (admin.js) await expectAccessible(page);
  expect(await towpath.scim("Users")).toEqual(before);
});

test("when many people leave at once, their removal is held until somebody approves it", async ({ admin, towpath }) => {
  test.setTimeout(180_000);
  const { page } = admin;
  await awaitProvisioned(admin, CHANNEL);
  const active = async () => (await towpath.scim<ScimUser>("Users")).filter((user) => user.active).length;
  const before = await active();
  await page.goto("about:blank");
  await towpath.restartWith("CN=AWS Users", (group) => {
    group.members.splice(0, 20);
  });

  await admin.open();
  await admin.goTo("Channels");
  await page.getByRole("link", { name: CHANNEL, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: CHANNEL })).toBeVisible();
  await admin.wizard.hydrated();
  await admin.act("Run now");
  const held = page.getByRole("region", { name: /removals wait for you/ });
  await admin.eventually(() => expect(held).toBeVisible({ timeout: 1_000 }));
  const said = Number(/(\d+) removals/.exec((await held.getByRole("heading", { level: 2 }).textContent()) ?? "")?.[1]);
  expect(said).toBeGreaterThan(10);
  await expect(held).toContainText(/need approval|approve if this is meant|the limit is/);
  await expect(held.getByRole("cell", { name: /@canal\.example/ }).first()).toBeVisible();
  expect(await active(), "nobody is disabled before somebody says so").toBe(before);
  if (admin.js) await expectAccessible(page);

  const question = page.getByRole("dialog");
  if (admin.js) {
    // A cycle ends, the page asks anew how the channel is, and the question is opened before the answer is there: it stays open.
    let answer = () => {};
    const asked = new Promise<void>((resolve) => (answer = resolve));
    let answered = () => {};
    const drawn = new Promise<void>((resolve) => (answered = resolve));
    let questions = 0;
    await page.route("**/channels/show", async (route) => {
      questions += 1;
      const response = await route.fetch();
      await asked;
      await route.fulfill({ response });
      answered();
    });
    await towpath.runChannel(CHANNEL);
    await expect.poll(() => questions, { timeout: 30_000 }).toBeGreaterThan(0);
    await page.getByRole("button", { name: "Approve once" }).click();
    await expect(question).toBeVisible();
    answer();
    await drawn;
    // As long as a page takes to be drawn anew, and longer.
    await page.waitForTimeout(1_500);
    await expect(question, "a question that is open stays open").toBeVisible();
    await page.unroute("**/channels/show");
  } else {
    await page.getByRole("button", { name: "Approve once" }).click();
  }
  await expect(question).toContainText(/Let \d+ removals happen\?/);
  await question.getByRole("button", { name: "Approve these removals" }).click();
  await admin.eventually(async () => expect(await active()).toBeLessThanOrEqual(before - 10));
  await admin.eventually(() => expect(page.getByRole("region", { name: "Status" })).toContainText("Up to date", { timeout: 1_000 }));
  await expect(held).toHaveCount(0);
});
