import type { Page } from "@playwright/test";
import { expect, expectAccessible, test } from "../fixtures.js";
import { createDataStore, names } from "../journeys.js";
import { Console } from "../pages/console.js";

/** Another window of the same administrator, at the same address. */
async function another(admin: Console): Promise<Console> {
  const page: Page = await admin.page.context().newPage();
  const window = new Console(page, admin.url, admin.js);
  await page.goto(admin.page.url());
  await window.wizard.hydrated();
  return window;
}

test("two windows on one draft: each changes only its own tab", async ({ admin }) => {
  await admin.goTo("Data Stores");
  await admin.wizard.press("Add New Data Store", "Data Store Type");
  await admin.wizard.fillTab({ Name: "First", Type: "Directory (LDAP)" });
  await admin.wizard.next("LDAP Configuration");
  const other = await another(admin);
  await other.wizard.fillTab({ "Hostname(s)": "dc1.example.com" });
  await admin.wizard.previous("Data Store Type");
  await admin.wizard.fillTab({ Name: "Second" });
  await admin.wizard.next("LDAP Configuration");
  // The other window still shows the draft as it was; what it posts is about its own tab.
  await other.wizard.previous("Data Store Type");
  await expect(other.wizard.field("Name")).toHaveValue("Second");
  await admin.page.reload();
  await admin.wizard.hydrated();
  await expect(admin.wizard.field("Hostname(s)")).toHaveValue("dc1.example.com");
});

test("a second Save says that the draft was saved already, and keeps what is not", async ({ admin, towpath }) => {
  await createDataStore(admin, towpath.ready);
  await admin.wizard.press(names.store, "Summary");
  await admin.wizard.press("Data Store Type (complete)", "Data Store Type");
  const other = await another(admin);
  await admin.wizard.fillTab({ Name: "Saved first" });
  await admin.wizard.save("Data Stores");

  await other.wizard.fillTab({ Name: "Typed in the other window" });
  await other.wizard.press("Save");
  await expect(other.page.getByRole("heading", { level: 1, name: "Saved already" })).toBeVisible();
  await expect(other.page.getByRole("main")).toContainText("Nothing was saved a second time.");
  if (admin.js) await expectAccessible(other.page);
  await other.page.getByRole("link", { name: "Look at that draft" }).click();
  await other.wizard.expectTab("Data Store Type");
  await expect(other.wizard.field("Name")).toHaveValue("Typed in the other window");
  await other.wizard.press("Cancel");
  await expect(other.row("Saved first")).toBeVisible();

  // Reloaded, a window of a draft that is gone leads to what was saved.
  await other.wizard.press("Saved first", "Summary");
  const late = await another(other);
  await other.wizard.save("Data Stores");
  await late.page.reload();
  await expect(late.page.getByRole("heading", { level: 1, name: "Saved already" })).toBeVisible();
  await late.wizard.hydrated();
  await late.wizard.press("Open what is saved", "Summary");
  await expect(late.page.getByRole("heading", { level: 1 })).toContainText("Saved first");
});

test("what was typed when the session had ended is there after signing on again", async ({ admin, towpath }) => {
  const { wizard, page } = admin;
  await admin.goTo("Data Stores");
  await wizard.press("Add New Data Store", "Data Store Type");
  await wizard.fillTab({ Name: "Typed for nothing?", Type: "Directory (LDAP)", "Mask Values in Log": true });
  await page.context().clearCookies();
  await wizard.press("Next");
  await expect(page.getByRole("heading", { level: 1, name: "Your session has ended" })).toBeVisible();
  admin.errors.length = 0;
  await admin.trySignIn(towpath.ready.admin_user, towpath.ready.admin_password);
  await wizard.expectTab("Data Store Type");
  await expect(wizard.field("Name")).toHaveValue("Typed for nothing?");
  await expect(wizard.field("Mask Values in Log")).toBeChecked();
  await wizard.next("LDAP Configuration");
});
