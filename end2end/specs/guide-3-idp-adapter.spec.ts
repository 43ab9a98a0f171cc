import { expect, expectAccessible, test } from "../fixtures.js";
import { createDataStore, createIdpAdapter, createPcv, names } from "../journeys.js";

test("steps 2 and 3: an HTML Form IdP Adapter asks the validator of step 2", async ({ admin, towpath }) => {
  const { wizard, page } = admin;
  await createDataStore(admin, towpath.ready);
  await createPcv(admin, towpath.ready);
  await wizard.save("Password Credential Validators");
  await createIdpAdapter(admin, async () => {
    await wizard.hydrated();
    if (admin.js) await expectAccessible(page);
  });
  await wizard.expectTabs("Type", "IdP Adapter", "Extended Contract", "Adapter Attributes", "Adapter Contract Mapping", "Summary");
  const summary = page.getByRole("main");
  for (const text of [names.pcv, "HTML Form IdP Adapter", "adForm", "Pseudonym", "Challenge Retries"]) await expect(summary).toContainText(text);
  await wizard.save("IdP Adapters");
  await expect(admin.row(names.adapter)).toContainText(names.pcv);
  if (admin.js) await expectAccessible(page);
});

test.describe("with the sample configuration", () => {
  test.use({ empty: false });

  test("each tab of an adapter refuses at the field, and nothing typed is lost", async ({ admin }) => {
    const { wizard, page } = admin;
    await admin.goTo("IdP Adapters");
    await wizard.press("Create New Instance", "Type");
    await wizard.expectRefused(
      { "Instance Name": "canal works sign-on", "Instance ID": "canalform" },
      { "Instance Name": /already named/, "Instance ID": /already has the Instance ID/, Type: /Choose the Type/ },
    );
    await wizard.fillTab({ "Instance Name": names.adapter, "Instance ID": "adForm", Type: "HTML Form IdP Adapter" });
    await wizard.next("IdP Adapter");
    await wizard.press("Next");
    await expect(page.getByRole("alert")).toContainText("Add a row to 'Credential Validators'");
    await wizard.hydrated();
    await wizard.press("Add a new row to 'Credential Validators'", "IdP Adapter");
    await wizard.press("Update", "IdP Adapter");
    await wizard.expectProblem("Password Credential Validator Instance", /Choose the Password Credential Validator Instance/);
    await wizard.fillTab({ "Password Credential Validator Instance": "Canal Works Passwords" });
    await wizard.press("Update", "IdP Adapter");
    await wizard.press("Add a new row to 'Credential Validators'", "IdP Adapter");
    await wizard.expectRefused(
      { "Password Credential Validator Instance": "Canal Works Passwords" },
      { "Password Credential Validator Instance": /in the list already/ },
      "Update",
    );
    await wizard.press("Cancel this row", "IdP Adapter");
    await wizard.unfold("Advanced Fields");
    await wizard.expectRefused(
      { "Challenge Retries": "0", "Session Timeout": "long", "Session Max Timeout": "480", "Logout Redirect": "nowhere" },
      { "Challenge Retries": /from 1 to 100/, "Session Timeout": /whole number from 1/, "Logout Redirect": /https:\/\// },
    );
    await wizard.expectRefused(
      { "Challenge Retries": "5", "Session Timeout": "60", "Logout Redirect": "", "Sign-On Title": "" },
      { "Sign-On Title": /Enter the Sign-On Title/ },
    );
    await wizard.expectRefused(
      {
        "Session Max Timeout": "30",
        "Per Adapter": true,
        "Sign-On Title": "Welcome",
        "Logout Path": "/sign off",
      },
      { "Session Max Timeout": /cannot be shorter/, "Logout Path": /Use letters, digits/ },
    );
    await wizard.fillTab({ "Session Max Timeout": "480", "Logout Path": "/signoff" });
    await wizard.next("Extended Contract");
    await wizard.press("Add a new row to 'Extended Contract'", "Extended Contract");
    await wizard.expectRefused({ Attribute: "shoeSize" }, { Attribute: /No validator of this adapter gives ‘shoeSize’; they give DN, givenName, mail/ }, "Update");
    await wizard.fillTab({ Attribute: "mail" });
    await wizard.press("Update", "Extended Contract");
    await wizard.next("Adapter Attributes");
    await wizard.expectRefused({ "Unique User Key Attribute": "mail" }, { "Pseudonym of username": /Select Pseudonym for at least one/ });
    await wizard.tick("username", "Pseudonym");
    await wizard.tick("mail", "Mask Log Values");
    await wizard.next("Adapter Contract Mapping");
    await expect(page.getByRole("main")).toContainText("Adapter: mail");
    await wizard.next("Summary");
    await wizard.save("IdP Adapters");
    // What was entered is there again, folded away or not.
    await wizard.press(names.adapter, "Summary");
    await page.getByRole("link", { name: "IdP Adapter", exact: true }).last().click();
    await wizard.expectTab("IdP Adapter");
    await expect(wizard.field("Challenge Retries")).toHaveValue("5");
    await wizard.unfold("Advanced Fields");
    await expect(wizard.field("Sign-On Title")).toHaveValue("Welcome");
    await expect(wizard.field("Logout Path")).toHaveValue("/signoff");
  });

  test("validators are added, put in order, changed and taken out", async ({ admin }) => {
    const { wizard, page } = admin;
    const table = "Credential Validators";
    const pcvs = async (...wanted: string[]) => expect.poll(() => wizard.rows(table)).toEqual(wanted.map((name) => [name]));
    await admin.goTo("IdP Adapters");
    await wizard.press("Create New Instance", "Type");
    await wizard.fillTab({ "Instance Name": names.adapter, "Instance ID": "adForm", Type: "HTML Form IdP Adapter" });
    await wizard.next("IdP Adapter");
    // A second validator is made on the way, from the tab that wants it.
    await wizard.press("Manage Password Credential Validators");
    await expect(page.getByRole("heading", { level: 1, name: "Password Credential Validators" })).toBeVisible();
    await wizard.hydrated();
    await wizard.press("Create New Instance", "Type");
    await wizard.fillTab({ "Instance Name": "Night Shift", "Instance ID": "night", Type: "Simple Username Password Credential Validator" });
    await wizard.next("Instance Configuration");
    await wizard.press("Add a new row to 'Users'", "Instance Configuration");
    await wizard.fillTab({ Username: "ann", Password: "correct horse" });
    await wizard.next("Extended Contract");
    await wizard.next("Summary");
    await wizard.save("Password Credential Validators");
    await wizard.press(`Return to IdP Adapter: ${names.adapter}`, "IdP Adapter");

    for (const name of ["Canal Works Passwords", "Night Shift"]) {
      await wizard.press(`Add a new row to '${table}'`, "IdP Adapter");
      await wizard.fillTab({ "Password Credential Validator Instance": name });
      await wizard.press("Update", "IdP Adapter");
    }
    await pcvs("Canal Works Passwords", "Night Shift");
    if (admin.js) await expectAccessible(page);
    await wizard.press("Move Night Shift up", "IdP Adapter");
    await pcvs("Night Shift", "Canal Works Passwords");
    await wizard.press("Move Night Shift down", "IdP Adapter");
    await pcvs("Canal Works Passwords", "Night Shift");
    await wizard.deleteRow("Canal Works Passwords", "IdP Adapter");
    await pcvs("Night Shift");
    await wizard.press("Edit Night Shift", "IdP Adapter");
    await wizard.fillTab({ "Password Credential Validator Instance": "Canal Works Passwords" });
    await wizard.press("Update", "IdP Adapter");
    await pcvs("Canal Works Passwords");
    await page.reload();
    await wizard.hydrated();
    await pcvs("Canal Works Passwords");
  });

  test("an adapter in use stays, and one that nothing uses is deleted after a question", async ({ admin }) => {
    const { wizard, page } = admin;
    await admin.goTo("IdP Adapters");
    await page.getByRole("link", { name: "Check Usage of Canal Works Sign-On" }).click();
    await expect(page.getByRole("row").filter({ hasText: "AWS IAM Identity Center" })).toContainText("Authentication Source Mapping");
    await wizard.hydrated();
    await admin.goTo("IdP Adapters");
    await page.getByRole("button", { name: "Delete Canal Works Sign-On" }).click();
    await expect(page.getByRole("alert")).toContainText(/used by the SP Connection ‘AWS IAM Identity Center’/);
    await wizard.hydrated();

    await wizard.press("Create New Instance", "Type");
    await wizard.fillTab({ "Instance Name": "Spare", "Instance ID": "spare", Type: "HTML Form IdP Adapter" });
    await wizard.next("IdP Adapter");
    await wizard.press("Add a new row to 'Credential Validators'", "IdP Adapter");
    await wizard.fillTab({ "Password Credential Validator Instance": "Canal Works Passwords" });
    await wizard.next("Extended Contract");
    await wizard.next("Adapter Attributes");
    await wizard.tick("username", "Pseudonym");
    await wizard.save("IdP Adapters");
    await page.getByRole("link", { name: "Check Usage of Spare" }).click();
    await expect(page.getByText("Nothing uses this IdP Adapter.")).toBeVisible();
    await wizard.hydrated();
    await admin.goTo("IdP Adapters");
    await page.getByRole("button", { name: "Delete Spare" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete Instance" }).click();
    await expect(admin.row("Spare")).toHaveCount(0);
    await expect(admin.row("Canal Works Sign-On")).toBeVisible();
  });
});
