import { expect, expectAccessible, test } from "../fixtures.js";
import { awaitProvisioned } from "../journeys.js";

test.use({ empty: false });

const CHANNEL = "Canal Works to AWS";

test("the dashboard says how the channel stands and follows what happens", async ({ admin }) => {
  test.setTimeout(120_000);
  const { page } = admin;
  await awaitProvisioned(admin, CHANNEL);
  const row = admin.row(CHANNEL);
  await expect(row).toContainText("Up to date");
  await expect(row).toContainText(/\d+ people/);
  await expect(row.getByRole("img", { name: /changes.* within the last day/ })).toBeVisible();
  const states = page.getByRole("list", { name: "Show by status" });
  await expect(states.getByRole("link", { name: /^Up to date 1$/ })).toBeVisible();
  if (admin.js) await expectAccessible(page);
  await admin.act(`Pause ${CHANNEL}`);
  await admin.eventually(() => expect(states.getByRole("link", { name: /^Paused 1$/ })).toBeVisible({ timeout: 1_000 }));
  await states.getByRole("link", { name: /^Paused/ }).click();
  await expect(page).toHaveURL(/status=paused/);
  await expect(row).toContainText("Paused");
  await admin.wizard.hydrated();
  await admin.act(`Resume ${CHANNEL}`);
  await admin.eventually(() => expect(states.getByRole("link", { name: /^Up to date 1$/ })).toBeVisible({ timeout: 1_000 }));
});

test("the channel shows charts over an hour, a day and a week", async ({ admin }) => {
  test.setTimeout(120_000);
  const { page } = admin;
  await awaitProvisioned(admin, CHANNEL);
  await page.getByRole("link", { name: CHANNEL, exact: true }).click();
  const over = page.getByRole("region", { name: "Over time" });
  for (const title of ["Operations", "Failures", "Duration of cycles", "Latency of the target"])
    await expect(over.getByRole("img", { name: new RegExp(`^${title} `) })).toBeVisible();
  await over.getByRole("link", { name: "Last week" }).click();
  await expect(page).toHaveURL(/over=week/);
  await expect(over).toContainText(/operations were done in the last week/);
  await over.getByText("Figures as a table").click();
  await expect(over.getByRole("group", { name: "Figures" }).getByRole("row").nth(1)).toContainText(/\d+ ms/);
  await admin.wizard.hydrated();
  if (admin.js) await expectAccessible(page);
});

test("cycles are listed, narrowed, and lead to all they did", async ({ admin }) => {
  test.setTimeout(120_000);
  const { page } = admin;
  await awaitProvisioned(admin, CHANNEL);
  await page.getByRole("link", { name: CHANNEL, exact: true }).click();
  await page.getByRole("link", { name: "All cycles" }).click();
  await expect(page.getByRole("heading", { level: 1, name: `Cycles of ${CHANNEL}` })).toBeVisible();
  await admin.wizard.hydrated();
  await page.getByLabel("Only those that changed something").check();
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(/changed=1/);
  const rows = page.getByRole("group", { name: "Cycles" }).getByRole("row");
  await expect(rows.last()).toContainText(/\d+ created/);
  await admin.wizard.hydrated();
  if (admin.js) await expectAccessible(page);
  await rows.last().getByRole("link").click();
  await page.getByRole("list", { name: "Show by operation" }).getByRole("link", { name: /^Create / }).click();
  await expect(page).toHaveURL(/action=create/);
  await expect(page.getByRole("group", { name: "Objects" }).getByRole("row").nth(1)).toContainText("Create");
});

test("one channel is told of at DEBUG, and the log viewer shows it", async ({ admin }) => {
  test.setTimeout(120_000);
  const { page } = admin;
  await awaitProvisioned(admin, CHANNEL);
  await page.getByRole("link", { name: CHANNEL, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: CHANNEL })).toBeVisible();
  await admin.wizard.hydrated();
  await admin.act("DEBUG for 15 minutes");
  await expect(page.getByRole("button", { name: "Back to INFO now" })).toBeVisible();
  await admin.act("Run now");
  await page.getByRole("link", { name: "Its entries in provisioner.log" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Logs" })).toBeVisible();
  await expect(page.getByLabel("Channel")).toHaveValue(/.+/);
  const entries = page.getByRole("group", { name: "Entries of provisioner.log" });
  await admin.eventually(() => expect(entries).toContainText("read the directory", { timeout: 1_000 }));
  await expect(entries.getByRole("row").filter({ hasText: "DEBUG" }).first()).toBeVisible();
  await admin.wizard.hydrated();
  if (admin.js) await expectAccessible(page);
  if (admin.js) {
    // What follows is drawn anew with each entry, its form with it.
    await page.getByRole("link", { name: "Stop following" }).click();
    await expect(page).toHaveURL(/follow=0/);
    await admin.wizard.hydrated();
  }
  await page.getByLabel("Level").selectOption("INFO and graver");
  await page.getByLabel("Text").fill("CYCLE ENDS");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(/level=INFO/);
  await expect(entries).toContainText("cycle ends");
  await expect(entries).not.toContainText("DEBUG");

  await admin.open("/channels");
  await page.getByRole("link", { name: CHANNEL, exact: true }).click();
  await admin.wizard.hydrated();
  await admin.act("Back to INFO now");
  await expect(page.getByRole("button", { name: "DEBUG for an hour" })).toBeVisible();
});
