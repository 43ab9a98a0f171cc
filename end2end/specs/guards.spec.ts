import { expect, expectAccessible, test } from "../fixtures.js";
import { awaitProvisioned } from "../journeys.js";
import type { Console } from "../pages/console.js";

test.use({ empty: false });

const CHANNEL = "Canal Works to AWS";

interface ScimUser {
  userName: string;
  active: boolean;
}

/** Opens the sample channel for editing, on one of its tabs. */
async function openTab(admin: Console, tab: string): Promise<void> {
  const { wizard } = admin;
  await admin.goTo("SP Connections");
  await wizard.press("AWS IAM Identity Center", "Activation & Summary");
  await wizard.press("Outbound Provisioning (complete)", "Outbound Provisioning");
  await wizard.press("Configure Provisioning", "Target");
  await wizard.next("Manage Channels");
  await wizard.press(CHANNEL, "Channel Info");
  await wizard.press(`${tab} (complete)`, tab);
}

test("the limits of a channel and whom it protects are its own, and are kept to", async ({ admin, towpath }) => {
  test.setTimeout(240_000);
  const { page, wizard } = admin;
  await awaitProvisioned(admin, CHANNEL);
  const people = async () => await towpath.scim<ScimUser>("Users");
  await openTab(admin, "Guards");
  await expect(wizard.field("Largest drop")).toHaveValue("20");
  await expect(wizard.field("Most removals at once")).toHaveValue("10");
  await expect(wizard.field("Hold when nobody is found")).toBeChecked();
  if (admin.js) await expectAccessible(page);
  await wizard.expectRefused(
    { "Largest drop": "120", "Most removals at once": "few", "User names": "svc-*" },
    { "Largest drop": /from 0 to 100/, "Most removals at once": /whole number/ },
  );
  await wizard.expectRefused({ "Largest drop": "100", "Most removals at once": "0", "User names": "svc-*\n*" }, { "User names": /‘\*’ is everybody/ });
  await expect(wizard.field("Largest drop")).toHaveAccessibleDescription(/no drop is ever held/);
  const before = (await people()).filter((user) => user.active);
  await wizard.fillTab({ "Or this share of those linked": "0", "User names": `${before[0]?.userName ?? ""}\nbreakglass@*` });
  await wizard.save("SP Connections");

  // The protected one leaves too, with somebody else.
  await page.goto("about:blank");
  await towpath.restartWith("CN=AWS Users", (group) => {
    group.members.splice(0, 12);
  });
  await admin.open();
  await admin.goTo("Channels");
  await page.getByRole("link", { name: CHANNEL, exact: true }).click();
  await wizard.hydrated();
  await admin.act("Run now");
  const held = page.getByRole("region", { name: /removals? waits? for you/ });
  await admin.eventually(() => expect(held).toBeVisible({ timeout: 1_000 }));
  await expect(held).toContainText(/would be disabled or deleted; the limit is 0 at once/);
  await expect(page.getByText("Protected people")).toBeVisible();
  await page.getByRole("button", { name: "Approve once" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Approve these removals" }).click();
  await admin.eventually(async () => expect((await people()).filter((user) => user.active).length).toBeLessThan(before.length));
  await admin.eventually(() => expect(held).toHaveCount(0, { timeout: 1_000 }));
  const kept = (await people()).find((user) => user.userName === before[0]?.userName);
  expect(kept?.active, "nothing is taken away from who is protected, approved or not").toBe(true);
});

test("an edited filter says whom it would remove before it is saved, and which guard would hold them", async ({ admin, towpath }) => {
  test.setTimeout(180_000);
  const { page, wizard } = admin;
  await awaitProvisioned(admin, CHANNEL);
  const before = await towpath.scim<ScimUser>("Users");
  await openTab(admin, "Source Location");
  await wizard.fillTab({ "Users > Group DN": "", "Users > Filter": "" });
  await wizard.press("Preview");
  await wizard.expectProblem("Users > Group DN", /Group DN or a Filter/);
  await wizard.fillTab({ "Users > Filter": "(department=No Such Department)" });
  await wizard.press("Preview");
  await expect(page.getByRole("heading", { level: 1, name: `Preview of ${CHANNEL} as edited` })).toBeVisible();
  await wizard.hydrated();
  const summary = page.getByRole("region", { name: "Who would enter and leave" });
  await expect(summary).toContainText(/Nobody would enter and \d+ would leave\..*\d+ removals would wait for approval\./);
  await expect(summary).toContainText(/Would leave \(\d+ people\)/);
  await expect(summary).toContainText(before.find((user) => user.active)?.userName ?? "nobody");
  await expect(page.getByRole("main")).toContainText(/Nobody found: The directory read found nobody at all, and \d+ people are linked\./);
  if (admin.js) await expectAccessible(page);

  await page.getByRole("link", { name: "Back to the form" }).click();
  await wizard.expectTab("Source Location");
  await expect(wizard.field("Users > Filter")).toHaveValue("(department=No Such Department)");
  await wizard.fillTab({ "Users > Filter": "(mail=*)" });
  await wizard.press("Preview");
  await expect(summary).toContainText(/(\d+ people|1 person|Nobody) would enter and nobody would leave\./);
  await page.getByRole("link", { name: "Back to the form" }).click();
  await wizard.expectTab("Source Location");

  // The mapping as well, and the summary.
  await wizard.press("Attribute Mapping (complete)", "Attribute Mapping");
  await wizard.map("title", "department");
  await wizard.press("Preview");
  await expect(page.getByRole("group", { name: "Operations" })).toContainText(/title changed/);
  await page.getByRole("link", { name: "Back to the form" }).click();
  await wizard.expectTab("Attribute Mapping");
  await wizard.press("Activation & Summary (complete)", "Activation & Summary");
  await expect(wizard.button("Preview")).toBeVisible();
  expect(await towpath.scim("Users"), "nothing was written").toEqual(before);
});

test("Remove User Action leaves people, or deletes them days later", async ({ admin }) => {
  test.setTimeout(120_000);
  const { wizard } = admin;
  await admin.goTo("SP Connections");
  await wizard.press("AWS IAM Identity Center", "Activation & Summary");
  await wizard.press("Outbound Provisioning (complete)", "Outbound Provisioning");
  await wizard.press("Configure Provisioning", "Target");
  await wizard.fillTab({ Nothing: true });
  await wizard.next("Manage Channels");
  await wizard.previous("Target");
  await expect(admin.page.getByText(/keep the access they have/)).toBeVisible();
  await wizard.expectRefused({ "Delete after some days disabled": true, "Days disabled before deletion": "" }, { "Days disabled before deletion": /Enter the Days/ });
  await wizard.fillTab({ "Days disabled before deletion": "14" });
  await wizard.save("SP Connections");
  await admin.goTo("Channels");
  await admin.page.getByRole("link", { name: CHANNEL, exact: true }).click();
  await expect(admin.page.getByText("Disable, and delete after 14 days")).toBeVisible();
});
