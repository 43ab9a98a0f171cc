import { expect, test } from "../fixtures.js";
import { awaitProvisioned } from "../journeys.js";
import { channel } from "../pages/sandbox.js";
import { camera } from "./camera.js";

test.use({ empty: false });

test("the sandbox's company and AWS", async ({ admin }, info) => {
  const shot = camera(admin, info, "d");
  const { page, wizard } = admin;
  await awaitProvisioned(admin, channel);
  await admin.goTo("Values to paste");
  await shot("values");
  await admin.goTo("Company");
  await shot("company");
  await admin.open("/sandbox/company?show=groups");
  await shot("company-groups");
  await page.getByRole("link", { name: "Cloud Developers" }).click();
  await page.getByRole("heading", { level: 1, name: "Cloud Developers" }).waitFor();
  await shot("group");
  await admin.open("/sandbox/company?search=priya");
  await page.getByRole("link", { name: "Priya Raghunathan" }).click();
  await page.getByRole("heading", { level: 1, name: "Priya Raghunathan" }).waitFor();
  await shot("person");
  await page.getByRole("link", { name: "Marry", exact: true }).click();
  await wizard.button("Marry").waitFor();
  await wizard.hydrated();
  await wizard.fillTab({ "Family name": "Weiß", "Mail address": "nonsense" });
  await shot("marry");
  await wizard.button("Marry").click();
  await page.getByRole("alert").waitFor();
  await shot("marry-refused");
  await wizard.fillTab({ "Mail address": "priya.weiss@canal.example" });
  await wizard.button("Marry").click();
  await expect(page.getByRole("main")).toContainText("HTTP 200");
  await shot("way");
  await admin.goTo("Company");
  await page.getByRole("link", { name: "Empty the directory by mistake" }).click();
  await wizard.button("Empty the directory").click();
  await expect(page.getByRole("main")).toContainText("nobody lost access");
  await shot("way-held");
  await admin.goTo("Company");
  await shot("company-emptied");
  await admin.follow("AWS console");
  for (const area of ["Settings", "Automatic provisioning", "Users", "Groups", "Requests", "Faults"]) {
    await page.getByRole("navigation", { name: /^AWS IAM/ }).getByRole("link", { name: area, exact: true }).click();
    await page.getByRole("heading", { level: 1, name: area }).waitFor();
    await wizard.hydrated();
    await shot(`aws-${area.toLowerCase().replace(" ", "-")}`);
  }
});
