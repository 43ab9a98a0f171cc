import type { Locator, Page } from "@playwright/test";
import { expect, test } from "../fixtures.js";

test.use({ empty: false });

/** Presses Tab until this has the focus, as somebody without a mouse would; gives up after as many stops as a page may have. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let stops = 0; stops < 80; stops += 1) {
    await page.keyboard.press("Tab");
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error("Tab does not lead there.");
}

test("a Data Store is begun, refused, put right and cancelled with the keyboard alone", async ({ admin }) => {
  const { page, wizard } = admin;
  await admin.open("/data-stores");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await tabTo(page, wizard.button("Add New Data Store"));
  await page.keyboard.press("Enter");
  await wizard.expectTab("Data Store Type");
  await tabTo(page, wizard.field("Name"));
  // Enter in a text field presses Next, never Cancel or Previous; what is wrong is then announced, with a link to the field.
  await page.keyboard.press("Enter");
  const problem = page.getByRole("alert").getByRole("link", { name: /Enter the Name/ });
  await expect(problem).toBeVisible();
  await wizard.hydrated();
  if (admin.js) await expect(page.getByRole("alert")).toBeFocused();
  await tabTo(page, problem);
  await page.keyboard.press("Enter");
  if (admin.js) await expect(wizard.field("Name")).toBeFocused();
  else await tabTo(page, wizard.field("Name"));
  await page.keyboard.type("Typed");
  await page.keyboard.press("Tab");
  await expect(wizard.field("Type")).toBeFocused();
  await tabTo(page, wizard.button("Next"));
  await page.keyboard.press("Space");
  await wizard.expectTab("LDAP Configuration");
  await tabTo(page, wizard.field("Hostname(s)"));
  await page.keyboard.type("dc1.example.com");
  await tabTo(page, page.getByRole("radio", { checked: true }));
  await tabTo(page, wizard.button("Cancel"));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Data Stores" })).toBeVisible();
});

test("a channel is paused, and a question opened and closed, with the keyboard alone", async ({ admin }) => {
  const { page } = admin;
  await admin.open("/channels");
  const channel = page.getByRole("link", { name: "Canal Works to AWS", exact: true });
  await tabTo(page, channel);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Canal Works to AWS" })).toBeVisible();
  await admin.wizard.hydrated();
  await tabTo(page, page.getByRole("button", { name: "Pause" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Resume" })).toBeVisible();
  await admin.wizard.hydrated();
  const reset = page.getByRole("button", { name: "Reset Canal Works to AWS" });
  await tabTo(page, reset);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog").getByRole("button", { name: "Keep" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(reset).toBeFocused();
});
