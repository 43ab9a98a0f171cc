import { expect, expectAccessible, test } from "../fixtures.js";
import { createDataStore, names } from "../journeys.js";

test("step 1: a Data Store is named, tested and saved", async ({ admin, towpath }) => {
  await createDataStore(admin, towpath.ready, async () => {
    if (admin.js) await expectAccessible(admin.page);
  });
  await admin.wizard.press(names.store, "Data Store Type");
  await expect(admin.wizard.field("Name")).toHaveValue(names.store);
});

test("a Data Store without a name or type is refused at the field, and nothing typed is lost", async ({ admin, towpath }) => {
  const { wizard } = admin;
  await admin.goTo("Data Stores");
  await wizard.press("Add New Data Store", "Data Store Type");
  await wizard.press("Next");
  await wizard.expectProblem("Name", /name/i);
  await wizard.fillTab({ Name: names.store, Type: "Directory (LDAP)" });
  await wizard.next("LDAP Configuration");
  await wizard.fillTab({ "Hostname(s)": "not a host!", "User DN": towpath.ready.bind_dn });
  await wizard.press("Next");
  await wizard.expectProblem("Hostname(s)", /not a host!/);
  await expect(wizard.field("Hostname(s)")).toHaveValue("not a host!");
  await expect(wizard.field("User DN")).toHaveValue(towpath.ready.bind_dn);
});

test("Test Connection says what is wrong and what to do: nobody listens, wrong password", async ({ admin, towpath }) => {
  const { wizard } = admin;
  const { host } = new URL(towpath.ready.ldap_url);
  await admin.goTo("Data Stores");
  await wizard.press("Add New Data Store", "Data Store Type");
  await wizard.fillTab({ Name: names.store, Type: "Directory (LDAP)" });
  await wizard.next("LDAP Configuration");
  await wizard.fillTab({ "Hostname(s)": "127.0.0.1:1", "None (plain text)": true, "User DN": towpath.ready.bind_dn, Password: "wrong" });
  await wizard.testConnection(/127\.0\.0\.1:1/);
  await wizard.testConnection(/refused/i);
  // Another host asks for the password again, so that a stored one is never sent somewhere else.
  await wizard.fillTab({ "Hostname(s)": host, Password: "wrong" });
  await wizard.testConnection(/password/i);
  await expect(wizard.field("Hostname(s)")).toHaveValue(host);
});

test("reload, back and a second tab lose nothing of a draft", async ({ admin }) => {
  const { wizard, page } = admin;
  await admin.goTo("Data Stores");
  await wizard.press("Add New Data Store", "Data Store Type");
  await wizard.fillTab({ Name: names.store, Type: "Directory (LDAP)" });
  await wizard.next("LDAP Configuration");
  await wizard.fillTab({ "Hostname(s)": "dc1.example.com" });
  await wizard.previous("Data Store Type");
  await page.reload();
  await wizard.hydrated();
  await expect(wizard.field("Name")).toHaveValue(names.store);
  const second = await page.context().newPage();
  await second.goto(page.url());
  await expect(second.getByLabel(/^\s*Name/)).toHaveValue(names.store);
  await wizard.next("LDAP Configuration");
  await expect(wizard.field("Hostname(s)")).toHaveValue("dc1.example.com");
});

test.describe("with the sample configuration", () => {
  test.use({ empty: false });

  test("a Data Store in use cannot be deleted, and Check Usage says by whom", async ({ admin }) => {
    const { page } = admin;
    await admin.goTo("Data Stores");
    const row = page.getByRole("row").filter({ has: page.getByRole("cell") }).first();
    await row.getByRole("link", { name: /Check Usage/ }).or(row.getByRole("button", { name: /Check Usage/ })).click();
    await expect(page.getByRole("main")).toContainText(/AWS/);
    await admin.goTo("Data Stores");
    await row.getByRole("button", { name: /Delete/ }).click();
    await expect(page.getByRole("alert")).toContainText(/in use|used by/i);
    await expect(row).toBeVisible();
  });
});
