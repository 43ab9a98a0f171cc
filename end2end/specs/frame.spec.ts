import { expect, expectAccessible, test } from "../fixtures.js";
import { createDataStore } from "../journeys.js";
import { areas } from "../pages/console.js";

test("every screen is reached through its area, and its menu says where one is", async ({ admin }) => {
  const { page } = admin;
  for (const [area, entries] of Object.entries(areas)) {
    // The emulated AWS console has headings of its own.
    for (const entry of entries.filter((entry) => entry !== "AWS console")) {
      await admin.goTo(entry);
      const current = page.getByRole("navigation", { name: "Areas" }).getByRole("link", { name: area });
      await expect(current).toHaveAttribute("aria-current", "true");
      await expect(page.getByRole("navigation", { name: area }).getByRole("link", { name: entry, exact: true })).toHaveAttribute("aria-current", "page");
    }
  }
});

test("on a narrow or magnified page the areas are folded into one menu", async ({ admin }) => {
  const { page } = admin;
  for (const width of [360, 640]) {
    await page.setViewportSize({ width, height: 800 });
    await admin.open();
    await expect(page.getByRole("navigation", { name: "Areas" })).toBeHidden();
    // An entry closes the menu also where it leads to the page that is shown.
    for (const entry of ["Metadata Export", "SP Connections", "SP Connections"]) {
      await admin.goTo(entry);
      await expect(page.getByRole("navigation", { name: "Menu" })).toBeHidden();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }
  }
});

test("what is opened from the bar closes with Escape, with a click elsewhere, and when something else is opened", async ({ admin }) => {
  const { page } = admin;
  await page.setViewportSize({ width: 640, height: 800 });
  const account = page.getByRole("navigation", { name: "Account" });
  const menu = page.getByRole("navigation", { name: "Menu" });
  const opens = (name: RegExp | string) => page.getByRole("banner").getByRole("button", { name });
  await opens("Account: ").focus();
  await page.keyboard.press("Enter");
  await expect(account).toBeVisible();
  if (admin.js) await expectAccessible(page);
  // It stands at the end of the page, and the keyboard finds it behind its button.
  await page.keyboard.press("Tab");
  await expect(account.getByRole("link", { name: "Change Password" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(account).toBeHidden();
  await expect(opens("Account: ")).toBeFocused();
  await opens("Account: ").click();
  await opens("Menu").click();
  await expect(account).toBeHidden();
  await expect(menu).toBeVisible();
  if (admin.js) await expectAccessible(page);
  await page.getByRole("contentinfo").click();
  await expect(menu).toBeHidden();
});

test("the search leads to what was found", async ({ admin, towpath }) => {
  const { page } = admin;
  await createDataStore(admin, towpath.ready);
  const search = page.getByRole("search", { name: "Console" }).getByRole("searchbox");
  await search.fill("metadata");
  await search.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Search: metadata" })).toBeVisible();
  await admin.wizard.hydrated();
  if (admin.js) await expectAccessible(page);
  await page.getByRole("main").getByRole("link", { name: "Metadata Export" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Metadata Export" })).toBeVisible();
  await admin.wizard.hydrated();
  await search.fill("no such thing");
  await search.press("Enter");
  await expect(page.getByRole("status").filter({ hasText: "Nothing is called" })).toBeVisible();
});

test("suggestions come while one types, and the keyboard goes through them", { tag: "@js-only" }, async ({ admin }) => {
  const { page } = admin;
  const search = page.getByRole("search", { name: "Console" }).getByRole("searchbox");
  await search.pressSequentially("data st");
  const suggestions = page.getByRole("banner").getByRole("link", { name: "Data Stores", exact: true }).last();
  await expect(suggestions).toBeVisible();
  await search.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Data Stores" })).toBeVisible();
  await search.fill("data st");
  await expect(page.getByText("All that was found")).toBeVisible();
  await expectAccessible(page);
  await search.press("Escape");
  await expect(page.getByText("All that was found")).toBeHidden();
  await expect(search).toBeFocused();
});

test("help opens beside the page and loses nothing that was typed", async ({ admin, context }) => {
  const { page } = admin;
  await admin.goTo("Data Stores");
  await admin.wizard.press("Add New Data Store", "Data Store Type");
  await admin.wizard.fillTab({ Name: "Typed" });
  const help = page.getByRole("banner").getByRole("link", { name: "Help", exact: true });
  if (admin.js) {
    await help.click();
    const panel = page.getByRole("complementary", { name: "Data Store Type" });
    await expect(panel).toContainText("Mask Values in Log");
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await expect(panel).toBeHidden();
    await expect(help).toBeFocused();
  } else {
    const [other] = await Promise.all([context.waitForEvent("page"), help.click()]);
    await expect(other.getByRole("heading", { level: 2, name: "Data Store Type" })).toBeVisible();
    await other.close();
  }
  await expect(admin.wizard.field("Name")).toHaveValue("Typed");
});

test("Home is the guide's checklist, and ticks what is done", async ({ admin, towpath }) => {
  const { page } = admin;
  await expect(page.getByRole("heading", { level: 1, name: "Welcome to Towpath" })).toBeVisible();
  await expect(page.getByText("1 of 7 done")).toBeVisible();
  if (admin.js) await expectAccessible(page);
  await page.getByRole("main").getByRole("button", { name: "Add New Data Store" }).click();
  await admin.wizard.expectTab("Data Store Type");
  await createDataStore(admin, towpath.ready);
  await admin.open();
  await expect(page.getByText("2 of 7 done")).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: "Connect your directory" })).toContainText("Done");
  await page.getByRole("main").getByRole("link", { name: "Data Stores" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Data Stores" })).toBeVisible();
});

test("the help's pages are accessible", { tag: "@js-only" }, async ({ admin }) => {
  await admin.open("/help/contents");
  await expectAccessible(admin.page);
  await admin.page.getByRole("main").getByRole("link", { name: "Data Store", exact: true }).click();
  await expect(admin.page.getByRole("heading", { level: 1, name: "Data Store" })).toBeVisible();
  await expectAccessible(admin.page);
});

test.describe("with the sample configuration", () => {
  test.use({ empty: false });
  test("Home says how channels stand", async ({ admin }) => {
    const { page } = admin;
    await admin.eventually(async () => {
      await expect(page.getByRole("region", { name: "Channels" })).toContainText("Up to date", { timeout: 1000 });
    });
    if (admin.js) await expectAccessible(page);
    await page.getByRole("link", { name: "All channels" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Channels" })).toBeVisible();
  });
});
