import { type Browser, type BrowserContext } from "@playwright/test";
import { expect, expectAccessible, test } from "../fixtures.js";
import { createDataStore, names } from "../journeys.js";
import { Console } from "../pages/console.js";
import type { Towpath } from "../towpath.js";

/** The console of a second administrator, in a browser of their own. */
async function second(browser: Browser, towpath: Towpath, javaScriptEnabled: boolean | undefined): Promise<[Console, BrowserContext]> {
  const oneTime = await towpath.addAdministrator("berta");
  const context = await browser.newContext({ javaScriptEnabled: javaScriptEnabled !== false });
  const berta = new Console(await context.newPage(), towpath.ready.console_url, javaScriptEnabled !== false);
  await berta.open();
  await berta.trySignIn("berta", oneTime);
  await berta.page.getByLabel("Current Password").fill(oneTime);
  await berta.page.getByLabel("New Password", { exact: true }).fill("a second password");
  await berta.page.getByLabel(/Confirm/).fill("a second password");
  await berta.page.getByRole("button", { name: /Change|Save/ }).click();
  await expect(berta.page.getByRole("navigation").first()).toBeVisible();
  await berta.wizard.hydrated();
  return [berta, context];
}

/** Opens the saved Data Store on one of its tabs. */
async function edit(admin: Console, tab: string): Promise<void> {
  await admin.goTo("Data Stores");
  await admin.wizard.press(names.store, "Summary");
  await admin.wizard.press(`${tab} (complete)`, tab);
}

test("what both changed is chosen, what one changed is merged, and neither is lost", async ({ admin, browser, towpath, javaScriptEnabled }) => {
  await createDataStore(admin, towpath.ready);
  const [berta, context] = await second(browser, towpath, javaScriptEnabled);

  await edit(admin, "Data Store Type");
  await admin.wizard.fillTab({ Name: "Mine" });
  await admin.wizard.next("LDAP Configuration");
  await edit(berta, "Data Store Type");
  await berta.wizard.fillTab({ Name: "Hers" });
  await berta.wizard.next("LDAP Configuration");
  await berta.wizard.unfold("Advanced LDAP Options");
  await berta.wizard.fillTab({ "Read Timeout": "4000" });
  await berta.wizard.save("Data Stores");

  // Whoever comes second is told before Save, and meets what was saved with it.
  await admin.page.reload();
  await admin.wizard.hydrated();
  await expect(admin.page.getByRole("note").filter({ hasText: "berta saved this" })).toBeVisible();
  await admin.wizard.press("Save");
  await expect(admin.page.getByRole("heading", { level: 1, name: "‘Mine’ was changed meanwhile" })).toBeVisible();
  await admin.wizard.hydrated();
  const asked = admin.page.getByRole("group", { name: "Data Store Type" });
  await expect(asked.getByRole("row", { name: /^Name/ })).toContainText(`${names.store}`);
  await expect(asked.getByRole("row", { name: /^Name/ })).toContainText("Hers");
  await expect(asked.getByRole("row", { name: /^Name/ })).toContainText("Mine");
  const merged = admin.page.getByRole("main").getByText("LDAP Configuration", { exact: true });
  await merged.click();
  await expect(admin.page.getByRole("table", { name: "LDAP Configuration" }).getByRole("row", { name: /^Read Timeout/ })).toContainText("4000 ms");
  if (admin.js) await expectAccessible(admin.page);

  // Save asks for the choice that is missing; Cancel is the way back and changes nothing.
  await admin.wizard.press("Save");
  await expect(admin.page).toHaveURL(/\/changes$/);
  await admin.page.getByRole("button", { name: "Back to the draft" }).click();
  await admin.wizard.expectTab("LDAP Configuration");
  await admin.wizard.previous("Data Store Type");
  await expect(admin.wizard.field("Name")).toHaveValue("Mine");
  await admin.wizard.press("Save");
  await admin.page.getByLabel("Keep mine").check();
  await admin.wizard.save("Data Stores");
  await expect(admin.row("Mine")).toBeVisible();
  await admin.wizard.press("Mine", "Summary");
  await expect(admin.page.getByRole("main")).toContainText("4000 ms");
  await expect(admin.page.getByText(/^Last changed by admin, /)).toBeVisible();
  await context.close();
});

test("a Data Store that somebody deleted meanwhile is saved as new", async ({ admin, browser, towpath, javaScriptEnabled }) => {
  await createDataStore(admin, towpath.ready);
  const [berta, context] = await second(browser, towpath, javaScriptEnabled);
  await edit(admin, "Data Store Type");
  await admin.wizard.fillTab({ Name: "Mine" });
  await admin.wizard.next("LDAP Configuration");
  await berta.goTo("Data Stores");
  await berta.page.getByRole("button", { name: `Delete ${names.store}` }).click();
  await berta.page.getByRole("dialog").getByRole("button", { name: /^Delete/ }).click();
  await expect(berta.row(names.store)).toBeHidden();

  await admin.wizard.press("Save");
  await expect(admin.page.getByRole("heading", { level: 1, name: "‘Mine’ was deleted meanwhile" })).toBeVisible();
  await admin.wizard.hydrated();
  await expect(admin.page.getByRole("main")).toContainText(/berta deleted it, (just now|.* ago)/);
  if (admin.js) await expectAccessible(admin.page);
  await admin.page.getByRole("button", { name: "Save as new" }).click();
  await expect(admin.row("Mine")).toBeVisible();
  // Its password went with it, sealed as it was.
  await admin.wizard.press("Mine", "Summary");
  await admin.wizard.press("LDAP Configuration (complete)", "LDAP Configuration");
  await admin.wizard.testConnection(/^Passed/);
  await context.close();
});

test.describe("with the sample configuration", () => {
  test.use({ empty: false });

  test("two who work on different channels and tabs of one connection", async ({ admin, browser, towpath, javaScriptEnabled }) => {
    const [berta, context] = await second(browser, towpath, javaScriptEnabled);
    const open = async (who: Console) => {
      await who.goTo("SP Connections");
      await who.wizard.press(names.connection, "Activation & Summary");
      await who.wizard.press("Outbound Provisioning (complete)", "Outbound Provisioning");
      await who.wizard.press("Configure Provisioning", "Target");
      await who.wizard.press("Manage Channels (complete)", "Manage Channels");
    };
    await open(admin);
    await admin.wizard.press("Canal Works to AWS", "Channel Info");
    await admin.wizard.fillTab({ "Max Threads": "2" });
    await admin.wizard.done("Manage Channels");

    await open(berta);
    await berta.wizard.press("Canal Works to AWS", "Channel Info");
    await berta.wizard.press("Activation & Summary (complete)", "Activation & Summary");
    await berta.wizard.fillTab({ "Channel active": false });
    await berta.wizard.save("SP Connections");

    await admin.wizard.press("Save");
    await expect(admin.page.getByRole("heading", { level: 1, name: /was changed meanwhile$/ })).toBeVisible();
    await admin.wizard.hydrated();
    const main = admin.page.getByRole("main");
    await expect(main).toContainText("both fit together");
    await expect(main).toContainText(/Channel: Canal Works to AWS › Channel Info\s*You changed it/);
    await expect(main).toContainText(/Channel: Canal Works to AWS › Activation & Summary\s*berta changed it/);
    await admin.wizard.save("SP Connections");
    await open(admin);
    await expect(admin.row("Canal Works to AWS")).toContainText("Inactive");
    await admin.wizard.press("Canal Works to AWS", "Channel Info");
    await expect(admin.wizard.field("Max Threads")).toHaveValue("2");
    await context.close();
  });
});
