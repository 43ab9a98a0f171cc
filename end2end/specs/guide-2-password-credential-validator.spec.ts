import { expect, expectAccessible, test } from "../fixtures.js";
import { createDataStore, createPcv, names } from "../journeys.js";
import type { Console } from "../pages/console.js";

/** The Instance Configuration of a new validator of this type. */
async function configure(admin: Console, type: string): Promise<void> {
  const { wizard } = admin;
  await admin.goTo("Password Credential Validators");
  await wizard.press("Create New Instance", "Type");
  await wizard.fillTab({ "Instance Name": names.pcv, "Instance ID": "adPCV", Type: type });
  await wizard.next("Instance Configuration");
}

const LDAP = "LDAP Username Password Credential Validator";
const SIMPLE = "Simple Username Password Credential Validator";

test("step 2: a validator is named, configured, tried and saved", async ({ admin, towpath }) => {
  const { wizard, page } = admin;
  await createDataStore(admin, towpath.ready);
  await createPcv(admin, towpath.ready, async () => {
    await wizard.hydrated();
    if (admin.js) await expectAccessible(page);
  });
  await wizard.expectTabs("Type", "Instance Configuration", "Extended Contract", "Summary");
  await wizard.tryIt(towpath.ready.person_username, towpath.ready.person_password, /^Passed.*givenName/);
  if (admin.js) await expectAccessible(page);
  await wizard.save("Password Credential Validators");
  const row = admin.row(names.pcv);
  for (const text of ["adPCV", LDAP, names.store, "Nothing"]) await expect(row).toContainText(text);
  if (admin.js) await expectAccessible(page);
  // Reopened, it stands on its Summary; what cannot change any more is only read.
  await wizard.press(names.pcv, "Summary");
  await page.getByRole("link", { name: "Type", exact: true }).click();
  await wizard.expectTab("Type");
  await expect(wizard.field("Instance Name")).toHaveValue(names.pcv);
  await expect(wizard.field("Instance ID")).toHaveCount(0);
  await expect(page.getByRole("main")).toContainText("adPCV");
});

test("each tab of a validator refuses at the field, and nothing typed is lost", async ({ admin, towpath }) => {
  const { wizard } = admin;
  await createDataStore(admin, towpath.ready);
  await admin.goTo("Password Credential Validators");
  await wizard.press("Create New Instance", "Type");
  await wizard.expectRefused(
    { "Instance Name": "", "Instance ID": "" },
    { "Instance Name": /Enter the Instance Name/, "Instance ID": /Enter the Instance ID/, Type: /Choose the Type/ },
  );
  await wizard.expectRefused({ "Instance Name": names.pcv, "Instance ID": "ad pcv!", Type: LDAP }, { "Instance ID": /letters and digits only/i });
  await wizard.fillTab({ "Instance ID": "adPCV" });
  await wizard.next("Instance Configuration");
  await wizard.expectRefused(
    { "Search Base": "", "Search Filter": "" },
    {
      "LDAP Datastore": /Choose the LDAP Datastore/,
      "Search Base": /Enter the Search Base/,
      "Search Filter": /Enter the Search Filter/,
    },
  );
  await wizard.expectRefused(
    { "LDAP Datastore": names.store, "Search Base": "people", "Search Filter": "(mail=${username}", "One Level": true },
    { "Search Base": /‘people’/, "Search Filter": /‘\)’ is missing/ },
  );
  await wizard.expectRefused(
    { "Search Base": towpath.ready.base_dn, "Search Filter": "mail=somebody@example.com", "One Level": true },
    { "Search Filter": /write \$\{username\}/ },
  );
  await wizard.fillTab({ "Search Filter": "mail=${username}", Subtree: true });
  await wizard.press("Add a new row to 'Authentication Error Overrides'", "Instance Configuration");
  await wizard.expectRefused(
    { "Match Expression": "*data 533*" },
    { Error: /Choose the Error/ },
    "Update",
  );
  await wizard.fillTab({ Error: "Please try again later" });
  await wizard.press("Update", "Instance Configuration");
  await expect.poll(() => wizard.rows("Authentication Error Overrides")).toEqual([["*data 533*", "Please try again later"]]);
  await wizard.next("Extended Contract");
  await wizard.press("Add a new row to 'Extended Contract'", "Extended Contract");
  await wizard.expectRefused({ Attribute: "MAIL" }, { Attribute: /in the contract already/ });
  await wizard.expectRefused({ Attribute: "no such*" }, { Attribute: /is not an attribute name/ });
  await wizard.fillTab({ Attribute: "department" });
  await wizard.next("Summary");
  await wizard.tryIt("walter.steiner@canal.example", towpath.ready.person_password, /Please try again later.*data 533/);
  await wizard.tryIt(towpath.ready.person_username, towpath.ready.person_password, /department/);
});

test("Try it says which step failed: no username, no password, nobody, wrong password, and why an account is refused", async ({ admin, towpath }) => {
  const { wizard } = admin;
  await createDataStore(admin, towpath.ready);
  await createPcv(admin, towpath.ready);
  const { person_username: username, person_password: password } = towpath.ready;
  await wizard.tryIt("", password, /Enter a username to try/);
  await wizard.tryIt(username, "", /An empty one is refused/);
  await wizard.tryIt("nobody@canal.example", password, /Nobody below .* matches/);
  await wizard.tryIt(username, "not-the-password", /Invalid credentials\. The password is wrong/);
  for (const [who, says] of [
    ["walter.steiner", /Account disabled.*Enable it/],
    ["marta.kowalczyk", /Account expired.*expiry date/],
    ["tamsin.pendragon", /Account locked.*Unlock it/],
    ["petra.hoffmann", /User must reset password/],
    ["judith.abrahams", /Password expired/],
  ] as const) {
    await wizard.tryIt(`${who}@canal.example`, password, says);
  }
  // It used what is entered: nothing is saved yet.
  await wizard.press("Cancel");
  await expect(admin.page.getByText(/No Password Credential Validator yet/)).toBeVisible();
});

test("Try it says when the Data Store is the trouble", async ({ admin }) => {
  const { wizard } = admin;
  await admin.goTo("Data Stores");
  await wizard.press("Add New Data Store", "Data Store Type");
  await wizard.fillTab({ Name: names.store, Type: "Directory (LDAP)" });
  await wizard.next("LDAP Configuration");
  await wizard.fillTab({ "Hostname(s)": "127.0.0.1:1", "None (plain text)": true, "User DN": "CN=svc", Password: "any" });
  await wizard.save("Data Stores");
  await configure(admin, LDAP);
  await wizard.fillTab({ "LDAP Datastore": names.store, "Search Base": "dc=mylab,dc=local", "Search Filter": "uid=${username}" });
  await wizard.next("Extended Contract");
  await wizard.next("Summary");
  await wizard.tryIt("somebody", "a-password", /Connect to ‘Sample Directory’.*127\.0\.0\.1:1 cannot be reached/);
});

test("a list of users is kept, and their passwords are not shown again", async ({ admin }) => {
  const { wizard, page } = admin;
  await configure(admin, SIMPLE);
  await wizard.press("Next");
  await expect(page.getByRole("alert")).toContainText("Add at least one user.");
  await wizard.hydrated();
  await wizard.press("Add a new row to 'Users'", "Instance Configuration");
  await expect(wizard.field("Username")).toBeFocused();
  await wizard.expectRefused({ Username: "" }, { Username: /Enter the Username/, Password: /Enter the Password/ }, "Update");
  await wizard.fillTab({ Username: "ann", Password: "correct horse" });
  if (admin.js) await expectAccessible(page);
  await wizard.press("Update", "Instance Configuration");
  await expect.poll(() => wizard.rows("Users")).toEqual([["ann", "Set"]]);
  await wizard.press("Add a new row to 'Users'", "Instance Configuration");
  await wizard.fillTab({ Username: "bob", Password: "battery staple" });
  // Next takes the row that is open.
  await wizard.next("Extended Contract");
  await wizard.previous("Instance Configuration");
  await wizard.deleteRow("bob", "Instance Configuration");
  await wizard.press("Edit ann", "Instance Configuration");
  await wizard.fillTab({ Username: "other" });
  await wizard.press("Cancel this row", "Instance Configuration");
  await expect.poll(() => wizard.rows("Users")).toEqual([["ann", "Set"]]);
  await expect(page.getByRole("main")).not.toContainText("argon2");
  await wizard.next("Extended Contract");
  await wizard.next("Summary");
  await wizard.tryIt("ann", "correct horse", /^Passed/);
  await wizard.tryIt("ann", "not-the-password", /The password is wrong/);
  await wizard.tryIt("bob", "battery staple", /not in the list of Users/);
  await wizard.save("Password Credential Validators");
  await expect(admin.row(names.pcv)).toContainText("A list of 1 user");
});

test("Manage Data Stores leads there and back to the same draft", async ({ admin, towpath }) => {
  const { wizard, page } = admin;
  await configure(admin, LDAP);
  await wizard.fillTab({ "Search Base": "dc=mylab,dc=local", "Search Filter": "mail=${username}" });
  await wizard.press("Manage Data Stores");
  await expect(page.getByRole("heading", { level: 1, name: "Data Stores" })).toBeVisible();
  await wizard.hydrated();
  if (admin.js) await expectAccessible(page);
  await createDataStore(admin, towpath.ready);
  await wizard.press(`Return to Password Credential Validator: ${names.pcv}`, "Instance Configuration");
  await expect(wizard.field("Search Base")).toHaveValue("dc=mylab,dc=local");
  await expect(wizard.field("Search Filter")).toHaveValue("mail=${username}");
  await wizard.fillTab({ "LDAP Datastore": names.store });
  await wizard.next("Extended Contract");
  await admin.goTo("Data Stores");
  await expect(page.getByRole("button", { name: /^Return to/ })).toHaveCount(0);
});

test.describe("with the sample configuration", () => {
  test.use({ empty: false });

  test("names and ids are unique, and a validator in use stays", async ({ admin }) => {
    const { wizard, page } = admin;
    await admin.goTo("Password Credential Validators");
    await wizard.press("Create New Instance", "Type");
    await wizard.expectRefused(
      { "Instance Name": "canal works passwords", "Instance ID": "CANALPCV", Type: LDAP },
      { "Instance Name": /already named/, "Instance ID": /already has the Instance ID/ },
    );
    await wizard.press("Cancel");
    await wizard.hydrated();
    await page.getByRole("button", { name: "Delete Canal Works Passwords" }).click();
    await expect(page.getByRole("alert")).toContainText(/used by the IdP Adapter ‘Canal Works Sign-On’/);
    await wizard.hydrated();
    await page.getByRole("link", { name: "Check Usage of Canal Works Passwords" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Usage of Canal Works Passwords");
    await wizard.hydrated();
    if (admin.js) await expectAccessible(page);
    await wizard.press("Canal Works Sign-On", "Summary");
    // The Data Store knows its validator, too.
    await admin.goTo("Data Stores");
    await expect(admin.row("Canal Works Directory")).toContainText("1 validator");
    await page.getByRole("link", { name: "Check Usage of Canal Works Directory" }).click();
    await wizard.hydrated();
    await wizard.press("Canal Works Passwords", "Summary");
  });
});
