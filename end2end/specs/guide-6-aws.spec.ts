import { readFile } from "node:fs/promises";
import { expect, expectAccessible, test } from "../fixtures.js";
import { configureTarget, createConnection, createSigningKey, names, walkMetadataExport } from "../journeys.js";
import { AwsConsole } from "../pages/sandbox.js";

test("step 6: AWS takes the metadata, gives out its own, and provisioning is enabled there", async ({ admin, towpath, request }) => {
  test.setTimeout(120_000);
  const { page, wizard } = admin;
  const aws = new AwsConsole(admin);
  const seen = async () => {
    if (admin.js) await expectAccessible(page);
  };
  await createSigningKey(admin, "sso.canal.example");
  await walkMetadataExport(admin, "sso.canal.example");
  await wizard.save("Metadata Export");
  const entityId = `${towpath.ready.console_url}/idp/metadata`;
  const metadata = await (await request.get(entityId)).body();

  // 6.1 to 6.3: the identity source is an external identity provider, which is known by its metadata.
  await aws.open();
  await expect(page.getByRole("region", { name: "Identity source" })).toContainText("External identity provider");
  await page.getByLabel("IdP SAML metadata").setInputFiles({ name: "metadata.xml", mimeType: "text/xml", buffer: metadata });
  await wizard.button("Upload metadata").click();
  const provider = page.getByRole("region", { name: "Identity provider metadata" });
  await expect(provider).toContainText(entityId);
  await expect(provider).toContainText(`${towpath.ready.console_url}/idp/SSO.saml2`);
  await expect(provider).toContainText("CN=sso.canal.example");
  await wizard.hydrated();
  await seen();

  // 6.4: AWS's own metadata.
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download metadata file" }).click()]);
  const own = await readFile(await file.path(), "utf8");
  expect(own).toContain("SPSSODescriptor");
  expect(own).toContain("AssertionConsumerService");

  // 6.5 and 6.6: what the sandbox had enabled is ended, so that the administrator enables it.
  await aws.area("Automatic provisioning");
  await aws.confirm("Disable", /Disable automatic provisioning/, "Disable");
  await expect(page.getByRole("main")).toContainText("Automatic provisioning is not enabled");
  await seen();
  await wizard.button("Enable").click();

  // 6.7: both values are shown, the token once; they are what the connection wants.
  const shown = page.getByRole("region", { name: "Inbound automatic provisioning" });
  await expect(shown).toContainText("shown this once");
  await wizard.hydrated();
  await seen();
  const text = (await shown.textContent()) ?? "";
  const [endpoint] = text.match(/http:\/\/127\.0\.0\.1:\d+\/[^\s]*?\/scim\/v2\//) ?? [""];
  const [token] = text.match(/[0-9a-f]{64}/) ?? [""];
  expect(endpoint).not.toBe("");
  expect(endpoint, "another tenant has another endpoint").not.toBe(towpath.ready.scim_url);
  expect(token).not.toBe("");
  await createConnection(admin);
  await configureTarget(admin, { ...towpath.ready, scim_url: endpoint, scim_token: token });
  await wizard.previous("Target");
  await wizard.fillTab({ "Access Token": towpath.ready.scim_token });
  await wizard.testConnection(/does not accept|Failed|refused/i);
});

test("step 6.3 by hand: URL, entity ID and certificate instead of the file", async ({ admin }) => {
  const { page, wizard } = admin;
  const aws = new AwsConsole(admin);
  await createSigningKey(admin, "sso.canal.example");
  await admin.goTo(names.keys);
  await page.getByRole("link", { name: /^CN=sso\.canal\.example/ }).click();
  await wizard.hydrated();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /PEM/ }).first().click()]);
  const certificate = await readFile(await file.path(), "utf8");
  await aws.open();
  await wizard.fillTab({ "IdP sign-in URL": "not an address", "IdP issuer URL": "urn:canal:idp", "IdP certificate": "none" });
  await wizard.button("Use these values").click();
  await wizard.hydrated();
  await wizard.expectProblem("IdP sign-in URL", /./);
  await expect(wizard.field("IdP issuer URL")).toHaveValue("urn:canal:idp");
  await wizard.fillTab({ "IdP sign-in URL": "https://sso.canal.example/idp/SSO.saml2", "IdP certificate": certificate });
  await wizard.button("Use these values").click();
  await expect(page.getByRole("region", { name: "Identity provider metadata" })).toContainText("urn:canal:idp");
});
