import { expect, expectAccessible, test } from "../fixtures.js";
import {
  addBrowserSso,
  configureBrowserSso,
  configureCredentials,
  createConnection,
  createDataStore,
  createIdpAdapter,
  createPcv,
  createSigningKey,
  names,
} from "../journeys.js";

const key = "sso.canal.example";

test("a connection to AWS gets Browser SSO and credentials, nearly all of it filled in", async ({ admin, towpath }) => {
  test.setTimeout(180_000);
  const { wizard, page } = admin;
  const seen = async () => {
    if (admin.js) await expectAccessible(page);
  };
  await createDataStore(admin, towpath.ready);
  await createPcv(admin, towpath.ready);
  await wizard.save("Password Credential Validators");
  await createIdpAdapter(admin);
  await wizard.save("IdP Adapters");
  await createSigningKey(admin, key);
  await createConnection(admin);
  await wizard.previous("General Info");
  await wizard.previous("Connection Type");
  await wizard.fillTab({ "Outbound Provisioning": false });
  await addBrowserSso(admin, seen);
  await configureBrowserSso(admin, seen);
  await configureCredentials(admin, key, seen);
  await wizard.next("Activation & Summary");
  await expect(page.getByRole("main")).toContainText("Data Store: mail");
  await seen();
  await wizard.save("SP Connections");
  await expect(admin.row(names.connection)).toContainText("Browser SSO");

  // What it uses stays: the key, the adapter and the directory say who uses them.
  await admin.goTo("IdP Adapters");
  await page.getByRole("link", { name: new RegExp(`\\(usage of ${names.adapter}\\)|Check Usage of ${names.adapter}`) }).first().click();
  await expect(page.getByRole("main")).toContainText(names.connection);
});

test("each tab of Browser SSO refuses at the field, and nothing typed is lost", async ({ admin, towpath }) => {
  test.setTimeout(120_000);
  const { wizard, page } = admin;
  await createDataStore(admin, towpath.ready);
  await admin.goTo("SP Connections");
  await wizard.press("Create Connection", "Connection Template");
  await wizard.fillTab({ "Do not use a template for this connection": true });
  await wizard.next("Connection Type");
  await wizard.expectRefused({}, { "Browser SSO Profiles": /Tick Browser SSO Profiles/ });
  await wizard.fillTab({ "Browser SSO Profiles": true });
  await wizard.next("Connection Options");
  await wizard.next("Import Metadata");
  const noMetadata = { name: "page.xml", mimeType: "text/xml", buffer: Buffer.from("<html/>") };
  await wizard.field("Metadata File").setInputFiles(noMetadata);
  await wizard.press("Load Metadata");
  await wizard.expectProblem("Metadata File", /not SAML metadata: it begins with <html>/);
  await wizard.hydrated();
  await wizard.expectRefused({ "Metadata URL": "sp.example/metadata" }, { "Metadata URL": /beginning with https/ });
  await wizard.expectRefused({ "Metadata URL": "http://sp.example/metadata" }, { "Metadata URL": /Use https/ });
  await wizard.fillTab({ "Metadata URL": "" });
  await wizard.next("General Info");
  await wizard.fillTab({ "Partner's Entity ID (Connection ID)": "urn:sp", "Connection Name": "Wiki" });
  await wizard.next("Browser SSO");
  await wizard.press("Configure Browser SSO", "SAML Profiles");
  await wizard.expectRefused({}, { "IdP-Initiated SSO": /Tick IdP-Initiated SSO, SP-Initiated SSO or both/ });
  await wizard.fillTab({ "SP-Initiated SSO": true, "SP-Initiated SLO": true });
  await wizard.next("Assertion Lifetime");
  await wizard.expectRefused({ "Minutes Before": "soon", "Minutes After": "0" }, { "Minutes Before": /from 0 to 60/, "Minutes After": /from 1 to 1440/ });
  await wizard.fillTab({ "Minutes Before": "1", "Minutes After": "5" });
  await wizard.next("Assertion Creation");
  await wizard.next("Protocol Settings");
  await wizard.press("Configure Protocol Settings", "Assertion Consumer Service URL");
  await wizard.press("Next");
  await expect(page.getByRole("alert").first()).toContainText("there is nowhere to send people");
  await wizard.hydrated();
  await wizard.press("Add a new row to 'Assertion Consumer Service URL'", "Assertion Consumer Service URL");
  await wizard.fillTab({ "Endpoint URL": "javascript:alert(1)" });
  await wizard.press("Update", "Assertion Consumer Service URL");
  await wizard.expectProblem("Endpoint URL", /beginning with https/);
  await wizard.fillTab({ "Endpoint URL": "https://sp.example/acs" });
  await wizard.press("Update", "Assertion Consumer Service URL");
  await expect(admin.row("https://sp.example/acs")).toContainText("Yes");
  await wizard.next("SLO Service URLs");
  await wizard.press("Add a new row to 'SLO Service URLs'", "SLO Service URLs");
  await wizard.fillTab({ Binding: "HTTP-Redirect", "Endpoint URL": "https://sp.example/slo" });
  await wizard.press("Update", "SLO Service URLs");
  await wizard.next("Allowable SAML Bindings");
  await wizard.expectRefused({ POST: false, Redirect: false }, { POST: /Tick POST, Redirect or both/ });
  await wizard.fillTab({ POST: true });
  await wizard.next("Signature Policy");
  await wizard.expectRefused(
    { "Always Sign Assertion": false, "Sign Response As Required": false },
    { "Always Sign Assertion": /nobody takes an assertion that nothing signs/ },
  );
  await wizard.fillTab({ "Always Sign Assertion": true });
  await wizard.next("Summary");
  await wizard.done("Protocol Settings");
  await wizard.previous("Assertion Creation");
  await wizard.press("Configure Assertion Creation", "Identity Mapping");
  await wizard.fillTab({ Pseudonym: true });
  await wizard.next("Authentication Source Mapping");
  await expect(wizard.button("Attribute Contract")).toHaveCount(0);
});
