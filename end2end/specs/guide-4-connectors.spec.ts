import { readFileSync } from "node:fs";
import { expect, expectAccessible, test } from "../fixtures.js";

const builtIn = readFileSync(new URL("../../server/connectors/scim-2.0.toml", import.meta.url), "utf8");
const wiki = (version: string): string =>
  builtIn
    .replace('id = "scim-2.0"', 'id = "wiki"')
    .replace('version = "1.0.0"', `version = "${version}"`)
    .replace('name = "SCIM 2.0"', 'name = "Wiki"')
    .replace('template = "SCIM Connector"', 'template = "Wiki Connector"');

test("step 4: the AWS connector is there, provisioning is on, and nothing has to be restarted", async ({ admin }) => {
  const { page, wizard } = admin;
  await admin.goTo("Connectors");
  const row = admin.row("AWS IAM Identity Center");
  await expect(row).toContainText("Built in");
  await expect(row).toContainText(/\d+\.\d+\.\d+/);
  await admin.goTo("Protocol Settings");
  await expect(page.getByRole("main")).toContainText("Provisioner Mode");
  await expect(page.getByRole("main")).toContainText("STANDALONE (the default)");
  await admin.goTo("SP Connections");
  await wizard.press("Create Connection", "Connection Template");
  await expect(page.getByRole("main").getByRole("option", { name: "AWS SSO Cloud Connector" })).toBeAttached();
});

test("a connector is put right line by line, offered at once, and deleted", async ({ admin }) => {
  const { page, wizard } = admin;
  await admin.goTo("Connectors");
  await expect(admin.row("AWS IAM Identity Center")).toContainText("Built in");
  if (admin.js) await expectAccessible(page);

  const bad = wiki("1.0.0").replace("required = true", "requird = true");
  await page.getByLabel("Or paste it").fill(bad);
  await wizard.button("Install").click();
  const alert = page.getByRole("alert").filter({ hasText: "This connector was not installed" });
  const line = bad.split("\n").findIndex((text) => text.includes("requird")) + 1;
  await expect(alert.getByRole("row").filter({ hasText: "requird = true" })).toContainText(String(line));
  await wizard.hydrated();
  if (admin.js) await expectAccessible(page);
  // What was pasted is still there.
  await expect(page.getByLabel("Or paste it")).toHaveValue(/requird = true/);
  await page.getByLabel("Or paste it").fill("");
  await page.getByLabel("File").setInputFiles({ name: "wiki.toml", mimeType: "application/toml", buffer: Buffer.from(wiki("1.0.0")) });
  await wizard.button("Install").click();
  await expect(admin.row("Wiki")).toContainText("Uploaded");
  await expect(alert).toHaveCount(0);

  await admin.goTo("SP Connections");
  await wizard.press("Create Connection", "Connection Template");
  await expect(page.getByRole("main").getByRole("option", { name: "Wiki Connector" })).toBeAttached();

  await admin.goTo("Connectors");
  await page.getByRole("button", { name: "Delete version 1.0.0 of Wiki" }).click();
  await page.getByRole("button", { name: "Delete connector" }).click();
  await expect(admin.row("Wiki")).toHaveCount(0);
});
