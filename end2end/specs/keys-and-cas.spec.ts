import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, expectAccessible, test as base } from "../fixtures.js";
import { createSigningKey, names } from "../journeys.js";

const openssl = promisify(execFile);

interface Files {
  /** A key whose certificate ends in a month, as PKCS#12 under the password `over the sea`, and that certificate as PEM. */
  files: { p12: string; pem: string };
}

const test = base.extend<Files>({
  files: async ({}, use) => {
    const dir = await mkdtemp(path.join(tmpdir(), "towpath-keys-"));
    const [key, pem, p12] = [path.join(dir, "key.pem"), path.join(dir, "certificate.pem"), path.join(dir, "key.p12")];
    const request = ["req", "-x509", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=old.canal.example", "-days", "30"];
    await openssl("openssl", [...request, "-keyout", key, "-out", pem]);
    await openssl("openssl", ["pkcs12", "-export", "-inkey", key, "-in", pem, "-out", p12, "-passout", "pass:over the sea"]);
    await use({ p12, pem });
    await rm(dir, { recursive: true, force: true });
  },
});

test("a key is imported with its password, and warns before its certificate ends", async ({ admin, files }) => {
  const { wizard, page } = admin;
  const seen = async () => {
    if (admin.js) await expectAccessible(page);
  };
  await admin.goTo(names.keys);
  await expect(page.getByRole("main")).toContainText("No key yet");
  await page.getByRole("link", { name: "Import", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Import Key" })).toBeVisible();
  await wizard.hydrated();
  await seen();
  await wizard.fillTab({ File: { files: [files.p12] }, Password: "under the sea" });
  await wizard.press("Import");
  await expect(page.getByRole("alert")).toContainText("The password is not the one of this file.");
  await wizard.hydrated();
  await wizard.fillTab({ File: { files: [files.pem] }, Password: "over the sea" });
  await wizard.press("Import");
  await expect(page.getByRole("alert")).toContainText("openssl pkcs12 -export");
  await wizard.hydrated();
  await wizard.fillTab({ File: { files: [files.p12] }, Password: "over the sea" });
  await wizard.press("Import");
  await expect(page.getByRole("heading", { level: 1, name: "old.canal.example" })).toBeVisible();
  await expect(page.getByRole("main")).toContainText("Expires soon");
  await expect(page.getByRole("main")).toContainText("RSA 2048");
  await seen();
  await admin.goTo(names.keys);
  await expect(admin.row("CN=old.canal.example")).toContainText(/Expires soon.*in 29 days/);
});

test("a key is rotated in two steps, and what is dropped is asked about", async ({ admin }) => {
  const { page } = admin;
  await createSigningKey(admin, "sso.canal.example");
  await page.getByRole("link", { name: /^CN=sso\.canal\.example/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: "sso.canal.example" })).toBeVisible();
  const fingerprint = async (section: string) =>
    await page.getByRole("region", { name: section }).getByRole("definition").filter({ hasText: /^([0-9A-F]{2}:){31}/ }).innerText();
  const first = await fingerprint("Certificate in use");
  await admin.act("Rotate");
  const next = await fingerprint("Next certificate");
  expect(next).not.toBe(first);
  if (admin.js) await expectAccessible(page);
  await page.getByRole("button", { name: "Activate", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Activate next key" }).click();
  await expect(page.getByRole("region", { name: "Next certificate" })).toHaveCount(0);
  expect(await fingerprint("Certificate in use")).toBe(next);
  await admin.goTo(names.keys);
  await page.getByRole("button", { name: /^Delete/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete key" }).click();
  await expect(page.getByRole("main")).toContainText("No key yet");
});

test("a Trusted CA is imported, chosen by a Data Store, and kept while it is used", async ({ admin, files, untrusted }) => {
  const { wizard, page } = admin;
  const seen = async () => {
    if (admin.js) await expectAccessible(page);
  };
  await admin.goTo("Trusted CAs");
  await page.getByRole("link", { name: "Import", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Import Trusted CAs" })).toBeVisible();
  await wizard.hydrated();
  await seen();
  await wizard.fillTab({ "Or paste it": "no certificate" });
  await wizard.press("Import");
  await expect(page.getByRole("alert")).toContainText("There is no certificate in it");
  await wizard.hydrated();
  await wizard.fillTab({ "Or paste it": (await readFile(files.pem, "utf8")) + untrusted.pem });
  await wizard.press("Import");
  await expect(admin.row("CN=old.canal.example")).toBeVisible();
  await expect(admin.row("CN=127.0.0.1")).toBeVisible();
  await seen();

  // The server's certificate is trusted once its authority is chosen: the connection gets as far as LDAP, which it does not speak.
  await admin.goTo("Data Stores");
  await wizard.press("Add New Data Store", "Data Store Type");
  await wizard.fillTab({ Name: names.store, Type: "Directory (LDAP)" });
  await wizard.next("LDAP Configuration");
  await wizard.fillTab({ "Hostname(s)": untrusted.host, LDAPS: true, "Bind Anonymously": true });
  await wizard.testConnection(/certificate.*127\.0\.0\.1.*not trusted/);
  const stored = wizard.field("Stored Trusted CA");
  await stored.selectOption(await stored.locator("option", { hasText: "CN=127.0.0.1" }).getAttribute("value"));
  await wizard.testConnection(/with a trusted certificate/);
  await wizard.next("Summary");
  await expect(page.getByRole("main")).toContainText("CN=127.0.0.1 (until");
  await wizard.save("Data Stores");

  await admin.goTo("Trusted CAs");
  await admin.row("CN=127.0.0.1").getByRole("button", { name: /^Delete/ }).click();
  await expect(page.getByRole("alert")).toContainText(`used by the Data Store ‘${names.store}’`);
  await wizard.hydrated();
  await admin.row("CN=old.canal.example").getByRole("button", { name: /^Delete/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete Trusted CA" }).click();
  await expect(admin.row("CN=old.canal.example")).toHaveCount(0);
});
