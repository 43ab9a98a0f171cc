import { readFileSync } from "node:fs";
import { expect, expectAccessible, test } from "../fixtures.js";

const sample = "AWS IAM Identity Center";

test.describe("with the sample configuration", () => {
  test.use({ empty: false });

  test("the list is searched, narrowed, sorted and linked to", async ({ admin }) => {
    const { page, wizard } = admin;
    await admin.goTo("SP Connections");
    await expect(admin.row(sample)).toContainText("Outbound Provisioning, 1 channel · AWS SSO Cloud Connector");
    await expect(page.getByRole("columnheader", { name: "Connection Name" })).toHaveAttribute("aria-sort", "ascending");
    if (admin.js) await expectAccessible(page);

    await page.getByLabel("Name or Connection ID").fill("identity");
    await page.getByLabel("Status").selectOption("Enabled");
    await wizard.button("Search").click();
    await expect(page).toHaveURL(/q=identity&status=enabled/);
    await expect(admin.row(sample)).toBeVisible();
    await page.getByRole("link", { name: "Last Modified" }).click();
    await expect(page).toHaveURL(/sort=updated&order=descending/);
    await expect(page.getByRole("columnheader", { name: "Last Modified" })).toHaveAttribute("aria-sort", "descending");
    await expect(page.getByLabel("Name or Connection ID")).toHaveValue("identity");

    await admin.open("/sp-connections?q=nothing+like+it");
    await expect(page.getByRole("main")).toContainText("No SP Connection is like this");
    await expect(page.getByLabel("Name or Connection ID")).toHaveValue("nothing like it");
    if (admin.js) await expectAccessible(page);
    await page.getByRole("link", { name: "Show all" }).click();
    await expect(admin.row(sample)).toBeVisible();
  });

  test("turning a connection off says what stops", async ({ admin }) => {
    const { page } = admin;
    await admin.goTo("SP Connections");
    const toggle = page.getByRole("switch", { name: `${sample} enabled` });
    await toggle.click();
    const question = page.getByRole("dialog", { name: `Turn off the SP Connection ‘${sample}’?` });
    await expect(question).toContainText("Its channel ‘Canal Works to AWS’ stops");
    await question.getByRole("button", { name: "Keep" }).click();
    await expect(toggle).toBeChecked();
    await toggle.click();
    await question.getByRole("button", { name: "Turn Off" }).click();
    await expect(toggle).not.toBeChecked();
    await toggle.click();
    await expect(toggle).toBeChecked();
  });

  test("a connection is copied, exported, imported and deleted from its menu", async ({ admin }) => {
    const { page, wizard } = admin;
    await admin.goTo("SP Connections");
    const open = async (action: string): Promise<void> => {
      await page.getByRole("button", { name: `Select Action for ${sample}` }).click();
      if (admin.js && action === "Copy") await expectAccessible(page);
      await page.getByRole(["Copy", "Delete"].includes(action) ? "button" : "link", { name: `${action} ${sample}`, exact: true }).click();
    };

    const downloaded = page.waitForEvent("download");
    await open("Export");
    const path = await (await downloaded).path();
    const text = readFileSync(path, "utf8");
    expect(JSON.parse(text)).toMatchObject({ format: "towpath-sp-connection", version: 1, secrets: ["access_token"] });
    expect(text).not.toContain("ciphertext");

    await page.reload();
    await wizard.hydrated();
    await open("Copy");
    await page.getByRole("button", { name: "Copy SP Connection" }).click();
    const note = page.getByRole("note");
    await expect(note).toContainText(`This is a copy of ‘${sample}’`);
    await expect(note).toContainText("Its channels are inactive");
    await wizard.hydrated();
    if (admin.js) await expectAccessible(page);
    await admin.goTo("SP Connections");
    await expect(page.getByRole("button", { name: `Resume Copy of ${sample}` })).toBeVisible();

    await page.getByRole("link", { name: "Import Connection" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Import Connection" })).toBeVisible();
    await wizard.hydrated();
    if (admin.js) await expectAccessible(page);
    await page.getByLabel("Or paste it").fill(text.replace('"version": 1', '"version": 2'));
    await wizard.button("Import").click();
    await expect(page.getByRole("alert")).toContainText("format version 2, and this Towpath reads version 1");
    await page.getByLabel("File").setInputFiles(path);
    await wizard.button("Import").click();
    await expect(note).toContainText("Secrets were left out");

    await admin.goTo("SP Connections");
    await open("Delete");
    await page.getByRole("dialog", { name: `Delete the SP Connection ‘${sample}’?` }).getByRole("button", { name: "Delete SP Connection" }).click();
    await expect(admin.row(sample)).toHaveCount(0);
  });
});

test("an empty list says how to begin", async ({ admin }) => {
  await admin.goTo("SP Connections");
  await expect(admin.page.getByRole("main")).toContainText("No SP Connection yet");
  await expect(admin.page.getByRole("search", { name: "SP Connections" })).toHaveCount(0);
  if (admin.js) await expectAccessible(admin.page);
});
