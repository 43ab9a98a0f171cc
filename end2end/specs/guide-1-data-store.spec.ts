import { expect, expectAccessible, test } from "../fixtures.js";
import { createDataStore, names } from "../journeys.js";

test("step 1: a Data Store is named, tested and saved", async ({ admin, towpath }) => {
  await createDataStore(admin, towpath.ready, async () => {
    if (admin.js) await expectAccessible(admin.page);
  });
  // Reopened, it stands on its Summary, where each part can be gone to.
  await admin.wizard.press(names.store, "Summary");
  await admin.page.getByRole("link", { name: "Data Store Type" }).click();
  await admin.wizard.expectTab("Data Store Type");
  await expect(admin.wizard.field("Name")).toHaveValue(names.store);
});

test("each tab of a Data Store refuses at the field, and nothing typed is lost", async ({ admin, towpath }) => {
  const { wizard } = admin;
  await admin.goTo("Data Stores");
  await wizard.press("Add New Data Store", "Data Store Type");
  await wizard.expectRefused({ Name: "", "Mask Values in Log": true }, { Name: /Enter the Name/ });
  await wizard.expectRefused({ Name: "x".repeat(129), "Mask Values in Log": true }, { Name: /longer than 128/ });
  await wizard.fillTab({ Name: names.store, Type: "Directory (LDAP)" });
  await wizard.next("LDAP Configuration");
  await wizard.expectRefused(
    { "Hostname(s)": "", LDAPS: true, "LDAP Type": "Active Directory" },
    { "Hostname(s)": /Enter at least one/, "User DN": /Enter the User DN/, Password: /Enter the Password/ },
  );
  await wizard.unfold("Advanced LDAP Options");
  await wizard.expectRefused(
    {
      "Hostname(s)": "ldap://dc1.example.com",
      "User DN": towpath.ready.bind_dn,
      Password: "typed once",
      "Trusted CA": "not a certificate",
      "Connection Timeout": "soon",
    },
    {
      "Hostname(s)": /Leave out ‘ldap:\/\/’/,
      "Trusted CA": /BEGIN CERTIFICATE/,
      "Connection Timeout": /whole number from 100/,
    },
  );
});

test("a second Data Store of the same name is refused", async ({ admin, towpath }) => {
  const { wizard } = admin;
  await createDataStore(admin, towpath.ready);
  await wizard.press("Add New Data Store", "Data Store Type");
  await wizard.expectRefused({ Name: names.store.toUpperCase() }, { Name: /already named/ });
});

test("Test Connection says what is wrong and what to do: nobody listens, no such host, wrong password", async ({ admin, towpath }) => {
  const { wizard } = admin;
  const { host } = new URL(towpath.ready.ldap_url);
  await admin.goTo("Data Stores");
  await wizard.press("Add New Data Store", "Data Store Type");
  await wizard.fillTab({ Name: names.store, Type: "Directory (LDAP)" });
  await wizard.next("LDAP Configuration");
  await wizard.fillTab({ "Hostname(s)": "127.0.0.1:1", "None (plain text)": true, "User DN": towpath.ready.bind_dn, Password: "wrong" });
  await wizard.testConnection(/127\.0\.0\.1:1 cannot be reached.*refused.*Check the port/);
  // Another host asks for the password again, so that a stored one is never sent somewhere else.
  await wizard.expectRefused({ "Hostname(s)": "dc1.invalid", Password: "" }, { Password: /Enter the password again/ }, "Test Connection");
  await wizard.fillTab({ Password: "wrong" });
  await wizard.testConnection(/dc1\.invalid.*(name|DNS)/i);
  await wizard.fillTab({ "Hostname(s)": host, Password: "wrong" });
  await wizard.testConnection(/password/i);
  await expect(wizard.field("Hostname(s)")).toHaveValue(host);
  await expect(wizard.field("User DN")).toHaveValue(towpath.ready.bind_dn);
});

test("an untrusted certificate is named, and trusted once its PEM is pasted", async ({ admin, untrusted }) => {
  const { wizard } = admin;
  await admin.goTo("Data Stores");
  await wizard.press("Add New Data Store", "Data Store Type");
  await wizard.fillTab({ Name: names.store, Type: "Directory (LDAP)" });
  await wizard.next("LDAP Configuration");
  await wizard.fillTab({ "Hostname(s)": untrusted.host, LDAPS: true, "Bind Anonymously": true });
  await wizard.testConnection(/certificate.*127\.0\.0\.1.*not trusted.*Trusted CA/);
  await wizard.fillTab({ "Trusted CA": untrusted.pem });
  await wizard.testConnection(/with a trusted certificate/);
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
  await second.close();
  await wizard.next("LDAP Configuration");
  await expect(wizard.field("Hostname(s)")).toHaveValue("dc1.example.com");
  await page.goBack();
  await wizard.expectTab("Data Store Type");
  await expect(wizard.field("Name")).toHaveValue(names.store);
  // The draft waits above the list.
  await admin.goTo("Data Stores");
  await wizard.press(`Resume ${names.store}`, "LDAP Configuration");
  await expect(wizard.field("Hostname(s)")).toHaveValue("dc1.example.com");
});

test.describe("with the sample configuration", () => {
  test.use({ empty: false });

  test("a Data Store in use cannot be deleted, and Check Usage says by whom", async ({ admin }) => {
    const { page } = admin;
    await admin.goTo("Data Stores");
    await page.getByRole("link", { name: /^Check Usage of / }).click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Usage of");
    await expect(page.getByRole("row", { name: /Channel.*AWS/ })).toBeVisible();
    await admin.wizard.hydrated();
    if (admin.js) await expectAccessible(page);
    await admin.goTo("Data Stores");
    await page.getByRole("button", { name: /^Delete / }).click();
    await expect(page.getByRole("alert")).toContainText(/used by/i);
    await expect(page.getByRole("link", { name: /^Check Usage of / })).toBeVisible();
  });
});
