import { test } from "../fixtures.js";
import {
  awaitProvisioned,
  configureTarget,
  createChannel,
  createConnection,
  createDataStore,
  createIdpAdapter,
  createPcv,
  createSigningKey,
  names,
  walkMetadataExport,
} from "../journeys.js";
import { camera } from "./camera.js";

test("from nothing to provisioned people", async ({ console, towpath }, info) => {
  const shot = camera(console, info, "a");
  await console.open();
  await shot("sign-on");
  await console.trySignIn(towpath.ready.admin_user, "wrong");
  await console.page.getByRole("alert").waitFor();
  await shot("sign-on-refused");
  await console.signIn(towpath.ready.admin_user, towpath.ready.admin_password);
  await shot("home-empty");
  await console.goTo("Channels");
  await shot("channels-empty");
  await createDataStore(console, towpath.ready, shot);
  await createPcv(console, towpath.ready, shot);
  await console.wizard.tryIt(towpath.ready.person_username, towpath.ready.person_password, /^Passed/);
  await shot("pcv-tried");
  await console.wizard.save("Password Credential Validators");
  await shot("pcvs");
  await createIdpAdapter(console, shot);
  await console.wizard.save("IdP Adapters");
  await shot("idp-adapters");
  await createConnection(console, shot);
  await configureTarget(console, towpath.ready, shot);
  await createChannel(console, towpath.ready, shot);
  await console.wizard.save("SP Connections");
  await shot("sp-connections");
  await awaitProvisioned(console, names.channel, shot);
});

test("refusals", async ({ admin }, info) => {
  const shot = camera(admin, info, "b");
  await admin.goTo("Data Stores");
  await admin.wizard.press("Add New Data Store", "Data Store Type");
  await admin.wizard.press("Next");
  await admin.page.getByRole("alert").first().waitFor();
  await shot("data-store-type-refused");
  await admin.wizard.fillTab({ Name: "Directory", Type: "Directory (LDAP)" });
  await admin.wizard.next("LDAP Configuration");
  await admin.wizard.fillTab({ "Hostname(s)": "not a host!" });
  await admin.wizard.press("Next");
  await admin.page.getByRole("alert").first().waitFor();
  await shot("ldap-configuration-refused");
});

test("keys, settings and metadata", async ({ admin, untrusted }, info) => {
  const shot = camera(admin, info, "d");
  await createSigningKey(admin, "sso.canal.example", shot);
  await admin.page.getByRole("link", { name: /^CN=sso\.canal\.example/ }).click();
  await admin.act("Rotate");
  await admin.page.getByRole("heading", { name: "Next certificate" }).waitFor();
  await shot("signing-key");
  await walkMetadataExport(admin, "sso.canal.example", shot);
  await admin.wizard.save("Metadata Export");
  await shot("metadata-export");
  await admin.goTo("Protocol Settings");
  await shot("protocol-settings");
  await admin.wizard.press("Edit Settings", "Federation Info");
  await shot("federation-info");
  await admin.wizard.next("Outbound Provisioning");
  await shot("outbound-provisioning-settings");
  await admin.goTo(names.keys);
  await admin.page.getByRole("link", { name: "Import", exact: true }).click();
  await admin.page.getByLabel("File").waitFor();
  await shot("import-key");
  await admin.goTo("Trusted CAs");
  await admin.page.getByRole("link", { name: "Import", exact: true }).click();
  await admin.page.getByLabel("Or paste them").fill(untrusted.pem);
  await shot("import-trusted-cas");
  await admin.wizard.press("Import");
  await shot("trusted-cas");
});

test.describe("with the sample configuration", () => {
  test.use({ empty: false });
  test("channels and cycles", async ({ admin, towpath }, info) => {
    const shot = camera(admin, info, "c");
    while ((await towpath.scim("Users")).length < 40) await admin.page.waitForTimeout(500);
    await admin.open();
    await shot("home");
    await admin.goTo("Channels");
    await shot("channels");
    await admin.page.getByRole("table").getByRole("link").first().click();
    await admin.page.waitForLoadState();
    await shot("channel");
    const cycle = admin.page.getByRole("table").getByRole("link").first();
    await cycle.click();
    await admin.page.waitForLoadState();
    await shot("cycle");
  });
});
