import { expect, expectAccessible, test } from "../fixtures.js";
import {
  addBrowserSso,
  awaitProvisioned,
  configureBrowserSso,
  configureCredentials,
  configureTarget,
  createChannel,
  createConnection,
  createDataStore,
  createIdpAdapter,
  createPcv,
  createSigningKey,
  names,
  sessionTag,
  walkMetadataExport,
} from "../journeys.js";
import type { Console } from "../pages/console.js";
import { AccessPortal } from "../pages/portal.js";
import { AwsConsole, channel } from "../pages/sandbox.js";
import type { Towpath } from "../towpath.js";

const key = "sso.canal.example";

const portalOf = (console: Console, towpath: Towpath) => new AccessPortal(console.page, towpath.ready.portal_url, console.js);

test("the guide's next steps: from an empty sandbox to a person signed on at the access portal", async ({ admin, towpath, request }) => {
  test.setTimeout(240_000);
  const { page, wizard } = admin;
  const { ready } = towpath;
  const portal = portalOf(admin, towpath);
  const aws = new AwsConsole(admin);

  await portal.open();
  await expect(page.getByRole("status")).toContainText("No identity provider is known yet");
  if (admin.js) await expectAccessible(page);
  await admin.open();

  // Steps 1 to 3 and 5: the directory, who checks passwords, the form, and what AWS has to know.
  await createDataStore(admin, ready);
  await createPcv(admin, ready);
  await wizard.save("Password Credential Validators");
  await createIdpAdapter(admin);
  await wizard.save("IdP Adapters");
  await createSigningKey(admin, key);
  await walkMetadataExport(admin, key);
  await wizard.save("Metadata Export");
  const metadata = await (await request.get(`${ready.console_url}/idp/metadata`)).body();

  // Step 6: each side gets the other's metadata.
  await aws.open();
  await page.getByLabel("IdP SAML metadata").setInputFiles({ name: "metadata.xml", mimeType: "text/xml", buffer: metadata });
  await wizard.button("Upload metadata").click();
  await expect(page.getByRole("region", { name: "Identity provider metadata" })).toContainText(`CN=${key}`);
  await wizard.hydrated();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download metadata file" }).click()]);
  const origin = new URL(ready.portal_url).origin;
  const partner = { file: await download.path(), entityId: new RegExp(`^${origin}/platform/saml/d-`), id: `${origin}/platform/saml/d-`, consumer: origin };

  // Step 7: the connection, which provisions people and signs them on.
  await createConnection(admin, undefined, partner);
  await wizard.previous("General Info");
  await wizard.previous("Connection Type");
  await addBrowserSso(admin, undefined, partner);
  await configureBrowserSso(admin, undefined, partner);
  await configureCredentials(admin, key);
  await wizard.next("Outbound Provisioning");
  await configureTarget(admin, ready);
  await createChannel(admin, ready);
  await wizard.save("SP Connections");
  await awaitProvisioned(admin, names.channel);

  // Next steps: open Settings in the user portal, and sign on with the mail address.
  await portal.open();
  await portal.openSettings();
  await portal.signIn();
  if (admin.js) await expectAccessible(page);
  await portal.signOn(ready.person_username, ready.person_password);
  await portal.expectHeading("Settings");
  await portal.expectFact("NameID", ready.person_username);
  await portal.expectFact("Begun by", "This portal");
  await portal.expectFact("Verified by", "certificate 1 of 1 in the metadata");
  await expect(page.getByRole("region", { name: "Session tags" })).toContainText(sessionTag.split(":").pop() ?? "");
  if (admin.js) await expectAccessible(page);
});

test.describe("on the sample configuration", () => {
  test.use({ empty: false });

  test("a person signs on from the portal, who is disabled does not", async ({ admin, towpath }) => {
    test.setTimeout(120_000);
    const { page } = admin;
    const { person_username: name, person_password: password } = towpath.ready;
    const portal = portalOf(admin, towpath);
    await awaitProvisioned(admin, channel);

    // The wrong password first.
    await portal.open();
    if (admin.js) await expectAccessible(page);
    await portal.signIn();
    await portal.signOn(name, "not the password", false);
    await expect(page.getByRole("alert")).toBeVisible();
    await expect(page.getByLabel("Username")).toHaveValue(name);
    await portal.signOn(name, password);
    await portal.expectHeading(/^Signed in as /);
    await portal.expectFact("Username", name);
    if (admin.js) await expectAccessible(page);
    await portal.signOut();

    // The request goes by HTTP-POST as well.
    await portal.signIn("Sign in by HTTP-POST");
    await portal.signOn(name, password);
    await portal.expectHeading(/^Signed in as /);
    await portal.signOut();

    // The identity provider may begin.
    const partner = `${new URL(towpath.ready.portal_url).origin}/platform/saml/`;
    await admin.open("/sandbox/aws");
    const issuer = (await page.getByRole("main").textContent())?.match(/\/platform\/saml\/(d-[0-9a-f]{10})/)?.[1] ?? "";
    await page.goto(`${towpath.ready.console_url}/idp/startSSO.ping?PartnerSpId=${encodeURIComponent(partner + issuer)}`);
    await portal.signOn(name, password);
    await portal.expectHeading(/^Signed in as /);
    await portal.openSettings();
    await portal.expectFact("Begun by", "The identity provider");

    // Disabled at AWS: the password is right all the same, and the session that was open ends.
    await admin.open("/sandbox/aws");
    const aws = new AwsConsole(admin);
    await aws.openUser(name);
    await page.getByRole("link", { name: "Edit", exact: true }).click();
    await admin.wizard.fillTab({ Active: false });
    await admin.wizard.button("Save changes").click();
    await expect(page).toHaveURL(/said=/);
    await portal.open();
    await portal.signIn();
    await portal.signOn(name, password);
    await portal.expectRefused(/is disabled in IAM Identity Center/);
    if (admin.js) await expectAccessible(page);
    admin.expectError(/403/);

    // All of it is in the journal, the latest first.
    await admin.open("/sandbox/aws/requests");
    const journal = page.getByRole("region", { name: "Sign-ins" }).getByRole("row");
    await expect(journal).toHaveCount(5);
    await expect(journal.nth(1)).toContainText("is disabled");
    await expect(journal.nth(2)).toContainText("Identity provider");
  });
});
