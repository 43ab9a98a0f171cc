import { expect, expectAccessible, test } from "../fixtures.js";

test("a wrong password is refused in words, and the name stays", async ({ console, towpath, javaScriptEnabled }) => {
  await console.open();
  if (javaScriptEnabled !== false) await expectAccessible(console.page);
  await console.trySignIn(towpath.ready.admin_user, "not the password");
  await expect(console.page.getByRole("alert")).toContainText(/username or password/i);
  await expect(console.page.getByLabel("Username")).toHaveValue(towpath.ready.admin_user);
});

test("every page wants a sign-on and leads back to where one was going", async ({ console, towpath }) => {
  await console.open("/channels");
  await console.trySignIn(towpath.ready.admin_user, towpath.ready.admin_password);
  await expect(console.page.getByRole("heading", { level: 1, name: "Channels" })).toBeVisible();
});

test("after signing off, the pages are closed", async ({ admin }) => {
  await admin.page.getByRole("button", { name: "Sign Off" }).click();
  await expect(admin.page.getByRole("button", { name: "Sign On" })).toBeVisible();
  await admin.page.goto(new URL("/data-stores", admin.url).href);
  await expect(admin.page.getByRole("button", { name: "Sign On" })).toBeVisible();
});
