import { expect, expectAccessible, test } from "../fixtures.js";
import { awaitProvisioned } from "../journeys.js";
import { AwsConsole, Company, channel } from "../pages/sandbox.js";

test.use({ empty: false });

test("every page of the AWS console is accessible and leads on", async ({ admin }) => {
  test.setTimeout(150_000);
  const aws = new AwsConsole(admin);
  await awaitProvisioned(admin, channel);
  await aws.open();
  if (admin.js) await expectAccessible(admin.page);
  for (const name of ["Automatic provisioning", "Users", "Groups", "Requests", "Faults"]) {
    await aws.area(name);
    if (admin.js) await expectAccessible(admin.page);
  }
  await aws.area("Groups");
  await admin.page.getByRole("link", { name: "Cloud Billing" }).click();
  await expect(admin.row("beatriz.carvalho@canal.example")).toBeVisible();
  await admin.wizard.hydrated();
  if (admin.js) await expectAccessible(admin.page);
});

test("a deleted token is said, and a new one goes on", async ({ admin, towpath }) => {
  test.setTimeout(150_000);
  const [aws, company] = [new AwsConsole(admin), new Company(admin)];
  await awaitProvisioned(admin, channel);
  await aws.open();
  await aws.area("Automatic provisioning");
  await aws.confirm(/^Delete /, /Delete the access token/, "Delete");
  await expect(admin.page.getByRole("main")).toContainText("No access token.");
  await company.openPerson("Mei Lin");
  await company.task("Change job", { Title: "Head of Data" });
  await admin.goTo("Channels");
  await admin.eventually(() =>
    expect(admin.row(channel)).toContainText(/does not accept the credentials.*Enter a new token/s, { timeout: 1_000 }),
  );

  await aws.open();
  await aws.area("Automatic provisioning");
  await admin.wizard.button("Generate token").click();
  const shown = admin.page.getByRole("region", { name: "Inbound automatic provisioning" });
  await expect(shown).toContainText("shown this once");
  await admin.wizard.hydrated();
  const token = (await shown.textContent())?.match(/[0-9a-f]{64}/)?.[0] ?? "";
  expect(token).not.toBe("");
  expect(token).not.toBe(towpath.ready.scim_token);
  await aws.area("Users");
  await aws.area("Automatic provisioning");
  await expect(admin.page.getByRole("main")).not.toContainText(token);

  await admin.goTo("SP Connections");
  await admin.page.getByRole("table").getByRole("button").first().click();
  await expect(admin.page.getByRole("navigation", { name: "Tabs" })).toBeVisible();
  await admin.wizard.hydrated();
  await admin.page.getByRole("navigation", { name: "Tabs" }).getByRole("button", { name: /^Outbound Provisioning/ }).click();
  await admin.wizard.expectTab("Outbound Provisioning");
  await admin.wizard.press("Configure Provisioning", "Target");
  await admin.wizard.fillTab({ "Access Token": token });
  await admin.wizard.save("SP Connections");
  await awaitProvisioned(admin, channel);
});

test("who is deleted behind Towpath's back is made again", async ({ admin, towpath }) => {
  test.setTimeout(120_000);
  const [aws, company] = [new AwsConsole(admin), new Company(admin)];
  await awaitProvisioned(admin, channel);
  await aws.open();
  await aws.openUser("mei.lin@canal.example");
  await aws.confirm("Delete", /Delete mei\.lin/, "Delete");
  await expect(admin.page.getByRole("status").first()).toContainText("Towpath was not told");
  await company.openPerson("Mei Lin");
  await company.task("Change job", { Title: "Head of Data" });
  await company.expectWay(/HTTP 404.*HTTP 201/s);
  const users = await towpath.scim<{ userName: string; title?: string }>("Users");
  expect(users.find((user) => user.userName === "mei.lin@canal.example")).toMatchObject({ title: "Head of Data" });
});

test("a user is edited behind Towpath's back", async ({ admin, towpath }) => {
  const aws = new AwsConsole(admin);
  await awaitProvisioned(admin, channel);
  await aws.open();
  await aws.openUser("mei.lin@canal.example");
  await admin.page.getByRole("link", { name: "Edit", exact: true }).click();
  await expect(admin.wizard.button("Save changes")).toBeVisible();
  await admin.wizard.hydrated();
  if (admin.js) await expectAccessible(admin.page);
  await admin.wizard.fillTab({ "Display name": "Somebody Else", Active: false });
  await admin.wizard.button("Save changes").click();
  await expect(admin.page.getByRole("status").first()).toContainText("Towpath was not told");
  const users = await towpath.scim<{ userName: string; displayName: string; active: boolean }>("Users");
  expect(users.find((user) => user.userName === "mei.lin@canal.example")).toMatchObject({ displayName: "Somebody Else", active: false });
});

test("metadata is uploaded, and what is none is refused", async ({ admin }) => {
  const aws = new AwsConsole(admin);
  await aws.open();
  const file = (text: string) => ({ name: "idp.xml", mimeType: "text/xml", buffer: Buffer.from(text) });
  await admin.page.getByLabel("IdP SAML metadata").setInputFiles(file("<!DOCTYPE x><x/>"));
  await admin.wizard.button("Upload metadata").click();
  await expect(admin.page.getByRole("alert")).toContainText("DOCTYPE");
  await admin.wizard.hydrated();
  const [download] = await Promise.all([
    admin.page.waitForEvent("download"),
    admin.page.getByRole("link", { name: "Download metadata file" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("aws-sp-metadata.xml");
  // AWS's own file is that of a service provider.
  await admin.page.getByLabel("IdP SAML metadata").setInputFiles(await download.path());
  await admin.wizard.button("Upload metadata").click();
  await expect(admin.page.getByRole("alert")).toContainText("service provider");
});

test("a fault is begun, seen, and ended", async ({ admin }) => {
  const aws = new AwsConsole(admin);
  await aws.open();
  await aws.area("Faults");
  const failing = admin.page.getByRole("region", { name: "Failing on purpose" });
  await admin.act("Begin: Refuse every token");
  await expect(failing).toBeVisible();
  await admin.act("End the fault");
  await expect(failing).toBeHidden();
  await admin.act("A month ahead");
  await expect(admin.page.getByRole("status").first()).toContainText("30 days ahead");
});
