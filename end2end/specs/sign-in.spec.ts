import { expect, expectAccessible, test } from "../fixtures.js";

test("a wrong password is refused in words, and the name stays", async ({ console, towpath }) => {
  await console.open();
  if (console.js) await expectAccessible(console.page);
  await console.trySignIn(towpath.ready.admin_user, "not the password");
  await expect(console.page.getByRole("alert")).toContainText(/username or password/i);
  await expect(console.page.getByLabel("Username")).toHaveValue(towpath.ready.admin_user);
  await expect(console.page.getByLabel("Password")).toHaveValue("");
});

test("every page wants a sign-on and leads back to where one was going", async ({ console, towpath }) => {
  await console.open("/channels");
  await console.trySignIn(towpath.ready.admin_user, towpath.ready.admin_password);
  await expect(console.page.getByRole("heading", { level: 1, name: "Channels" })).toBeVisible();
});

test("after signing off, the pages are closed", async ({ admin }) => {
  await admin.account("Sign Off");
  await expect(admin.page.getByRole("button", { name: "Sign On" })).toBeVisible();
  await admin.page.goto(new URL("/data-stores", admin.url).href);
  await expect(admin.page.getByRole("button", { name: "Sign On" })).toBeVisible();
});

test("signing off keeps what was typed on a tab, and Enter there still goes on", async ({ admin, towpath }) => {
  const { page, wizard } = admin;
  await admin.goTo("Data Stores");
  await wizard.press("Add New Data Store", "Data Store Type");
  await wizard.fillTab({ Name: "Typed", "Mask Values in Log": true });
  await admin.account("Sign Off");
  await admin.trySignIn(towpath.ready.admin_user, towpath.ready.admin_password);
  await admin.expectSignedOn();
  await admin.goTo("Data Stores");
  await wizard.press("Resume Typed", "Data Store Type");
  await expect(wizard.field("Name")).toHaveValue("Typed");
  await expect(wizard.field("Mask Values in Log")).toBeChecked();
  await wizard.field("Name").press("Enter");
  await wizard.expectTab("LDAP Configuration");
  await expect(page.getByRole("alert")).toBeHidden();
});

test("a changed password counts from then on", async ({ admin, towpath }) => {
  const { page } = admin;
  const { admin_user: user, admin_password: old } = towpath.ready;
  const change = async (current: string, wanted: string, again: string) => {
    await page.getByLabel("Current Password").fill(current);
    await page.getByLabel("New Password", { exact: true }).fill(wanted);
    await page.getByLabel("Confirm New Password").fill(again);
    await page.getByRole("button", { name: "Change Password" }).click();
  };
  await admin.account("Change Password");
  await admin.wizard.hydrated();
  if (admin.js) await expectAccessible(page);
  await change(old, "short", "short");
  await expect(page.getByRole("alert")).toContainText("at least 12 characters");
  await change(old, "a longer password", "another password");
  await expect(page.getByRole("alert")).toContainText("not the same");
  await change("wrong", "a longer password", "a longer password");
  await expect(page.getByRole("alert")).toContainText("present password is not right");
  await change(old, "a longer password", "a longer password");
  await admin.expectSignedOn();
  await admin.account("Sign Off");
  await admin.trySignIn(user, old);
  await expect(page.getByRole("alert")).toContainText(/username or password/i);
  await admin.trySignIn(user, "a longer password");
  await admin.expectSignedOn();
});

test("an address that leads nowhere says so and leads back", async ({ admin }) => {
  const { page } = admin;
  const answer = await page.goto(new URL("/no-such-page", admin.url).href);
  expect(answer?.status()).toBe(404);
  admin.expectError(/404/);
  await expect(page.getByRole("heading", { level: 1, name: "Not found" })).toBeVisible();
  await page.getByRole("link", { name: "Go to Home" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Welcome to Towpath" })).toBeVisible();
});
