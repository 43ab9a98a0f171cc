import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, expectAccessible, test } from "../fixtures.js";
import { createSigningKey, names, walkMetadataExport } from "../journeys.js";

/** Follows a link that downloads a file; what is in it. */
async function download(page: Page, link: string): Promise<{ name: string; text: string }> {
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: link, exact: true }).click()]);
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
}

/** What a service provider reads in the metadata. */
function read(metadata: string) {
  const all = (pattern: RegExp) => [...metadata.matchAll(pattern)].map((match) => match[1]);
  return {
    entityId: all(/entityID="([^"]*)"/g),
    signOn: all(/<md:SingleSignOnService Binding="[^"]*:(HTTP-POST|HTTP-Redirect)" Location="[^"]*\/idp\/SSO\.saml2"/g),
    certificates: all(/<ds:X509Certificate>([^<]*)</g),
    isSigned: metadata.includes("<ds:SignatureValue>"),
  };
}

test("step 5: the metadata is exported, and served to whoever asks once it is saved", async ({ admin, towpath, request }) => {
  const seen = async () => {
    if (admin.js) await expectAccessible(admin.page);
  };
  const { wizard, page } = admin;
  const address = `${towpath.ready.console_url}/idp/metadata`;
  expect((await request.get(address)).status(), "before anything was exported").toBe(404);
  await createSigningKey(admin, "sso.canal.example", seen);
  await walkMetadataExport(admin, "sso.canal.example", seen);

  const exported = await download(page, "Export");
  expect(exported.name).toBe("metadata.xml");
  const found = read(exported.text);
  expect(found.entityId).toEqual([`${towpath.ready.console_url}/idp/metadata`]);
  expect(found.signOn).toEqual(["HTTP-POST", "HTTP-Redirect"]);
  expect(found.certificates).toHaveLength(1);
  expect(found.isSigned).toBe(false);

  await wizard.save("Metadata Export");
  await expect(page.getByRole("main")).toContainText("Served");
  await seen();
  const served = await request.get(await page.getByRole("link", { name: address }).getAttribute("href").then(String));
  expect(served.headers()["content-type"]).toBe("application/samlmetadata+xml");
  expect(read(await served.text())).toEqual(found);
});

test("the metadata wants a key, and says where to make one", async ({ admin }) => {
  const { wizard } = admin;
  await admin.goTo("Metadata Export");
  await wizard.press("Export Metadata", "Metadata Mode");
  await wizard.next("Signing Key");
  await expect(wizard.field("Digital Signature Keys/Certs")).toHaveAccessibleDescription(/There is no key yet/);
  await wizard.press("Next");
  await wizard.expectProblem("Digital Signature Keys/Certs", /Choose/);
  await wizard.press("Manage Certificates");
  await expect(admin.page.getByRole("heading", { level: 1, name: names.keys })).toBeVisible();
  await wizard.hydrated();
  await createSigningKey(admin, "sso.canal.example");
  await wizard.press("Return to Export Metadata", "Signing Key");
  await expect(wizard.field("Digital Signature Keys/Certs").getByRole("option", { name: /^CN=sso\.canal\.example/ })).toBeAttached();
});

test("a signature is made by the chosen key, and while a key is rotated both certificates are there", async ({ admin, request, towpath }) => {
  const { wizard, page } = admin;
  await createSigningKey(admin, "sso.canal.example");
  await walkMetadataExport(admin, "sso.canal.example");
  await wizard.previous("Metadata Signing");
  const signer = wizard.field("Signing Certificate");
  await signer.selectOption(await signer.locator("option", { hasText: "sso.canal.example" }).getAttribute("value"));
  await wizard.next("Export & Summary");
  expect(read((await download(page, "Export")).text).isSigned).toBe(true);
  await wizard.save("Metadata Export");
  const served = async () => read(await (await request.get(`${towpath.ready.console_url}/idp/metadata`)).text()).certificates;
  const [before] = await served();

  await admin.goTo("Signing & Decryption Keys & Certificates");
  await page.getByRole("link", { name: /^CN=sso\.canal\.example/ }).click();
  await admin.act("Rotate");
  await expect(page.getByRole("heading", { name: "Next certificate" })).toBeVisible();
  // The signature's own certificate, then the one in use, then the next.
  const [signature, inUse, next] = await served();
  expect([signature, inUse]).toEqual([before, before]);
  expect(next).not.toBe(before);
});

test("the Base URL and Entity ID of Protocol Settings are in the metadata", async ({ admin, request, towpath }) => {
  const { wizard, page } = admin;
  await admin.goTo("Protocol Settings");
  await expect(page.getByRole("main")).toContainText("STANDALONE (the default)");
  if (admin.js) await expectAccessible(page);
  await wizard.press("Edit Settings", "Federation Info");
  await wizard.expectRefused({ "Base URL": "sso.canal.example", "SAML 2.0 Entity ID": "urn:canal:idp" }, { "Base URL": /not a web address/ });
  await wizard.fillTab({ "Base URL": "https://sso.canal.example" });
  await wizard.next("Outbound Provisioning");
  await wizard.expectRefused({ "Synchronization Frequency": "1" }, { "Synchronization Frequency": /from 5/ }, "Save");
  await wizard.fillTab({ "Synchronization Frequency": "120" });
  if (admin.js) await expectAccessible(page);
  await wizard.save("Protocol Settings");
  await expect(page.getByRole("main")).toContainText("120 seconds");

  await createSigningKey(admin, "sso.canal.example");
  await walkMetadataExport(admin, "sso.canal.example");
  await wizard.save("Metadata Export");
  const metadata = await (await request.get(`${towpath.ready.console_url}/idp/metadata`)).text();
  expect(read(metadata).entityId).toEqual(["urn:canal:idp"]);
  expect(metadata).toContain('Location="https://sso.canal.example/idp/SSO.saml2"');
});
