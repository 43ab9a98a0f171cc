import { expect, expectAccessible, test } from "../fixtures.js";

test.use({ empty: false });

test("the sample channel provisions its people within a minute of start", async ({ admin, towpath }) => {
  test.setTimeout(120_000);
  await expect.poll(async () => (await towpath.scim("Users")).length, { timeout: 60_000 }).toBeGreaterThan(40);
  await admin.goTo("Channels");
  if (admin.js) await expectAccessible(admin.page);
  const channel = admin.page.getByRole("table").getByRole("link").first();
  await channel.click();
  await expect(admin.page.getByRole("heading", { level: 1 })).toBeVisible();
});

test("Pause stops the channel, Run now says why nothing runs, Resume starts it again", async ({ admin }) => {
  const { page, wizard } = admin;
  await admin.goTo("Channels");
  await page.getByRole("table").getByRole("link").first().click();
  await wizard.button("Pause").click();
  await expect(wizard.button("Resume")).toBeVisible();
  await expect(page.getByRole("main")).toContainText(/paused/i);
  await wizard.hydrated();
  await wizard.button("Resume").click();
  await expect(wizard.button("Pause")).toBeVisible();
  await wizard.hydrated();
  await wizard.button("Run now").click();
  await expect(wizard.button("Pause")).toBeVisible();
});
