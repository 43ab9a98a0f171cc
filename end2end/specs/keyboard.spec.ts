import { expect, test } from "../fixtures.js";

test("the first tab of a wizard is filled and sent with the keyboard alone", async ({ admin }) => {
  const { page, wizard } = admin;
  await admin.goTo("Data Stores");
  await wizard.button("Add New Data Store").focus();
  await page.keyboard.press("Enter");
  await wizard.expectTab("Data Store Type");
  await wizard.field("Name").focus();
  await page.keyboard.type("Typed");
  await page.keyboard.press("Tab");
  await expect(wizard.field("Type")).toBeFocused();
  await page.keyboard.type("Directory");
  // Enter in a text field presses Next, never Cancel or Previous.
  await wizard.field("Name").focus();
  await page.keyboard.press("Enter");
  await wizard.expectTab("LDAP Configuration");
});
