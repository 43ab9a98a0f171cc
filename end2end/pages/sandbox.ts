import { expect } from "@playwright/test";
import type { Console } from "./console.js";
import type { Value } from "./wizard.js";

/** The name of the sample channel. */
export const channel = "Canal Works to AWS";

/** The sample company's pages. */
export class Company {
  constructor(readonly admin: Console) {}

  async openPerson(name: string): Promise<void> {
    const { admin } = this;
    await admin.goTo("Company");
    await admin.page.getByLabel("Search people").fill(name);
    await admin.wizard.button("Search").click();
    await admin.page.getByRole("link", { name, exact: true }).click();
    await expect(admin.page.getByRole("heading", { level: 1, name })).toBeVisible();
    await admin.wizard.hydrated();
  }

  /** Follows a link to the form of a task, fills it in and sends it. */
  async task(name: string, values: Record<string, Value> = {}, button = name): Promise<void> {
    const { page, wizard } = this.admin;
    await page.getByRole("main").getByRole("link", { name, exact: true }).first().click();
    await expect(wizard.button(button)).toBeVisible();
    await wizard.hydrated();
    await wizard.fillTab(values);
    await expect(page.getByLabel("Run the channel at once")).toBeChecked();
    await wizard.button(button).click();
  }

  /** The way of the change says all of this, sooner or later. */
  async expectWay(...says: RegExp[]): Promise<void> {
    const { page } = this.admin;
    await expect(page).toHaveURL(/\/sandbox\/company\/changes\/\d+$/);
    await this.admin.eventually(async () => {
      for (const text of says) await expect(page.getByRole("main")).toContainText(text, { timeout: 1_000 });
    });
  }
}

/** The emulated console of AWS. */
export class AwsConsole {
  constructor(readonly admin: Console) {}

  async open(): Promise<void> {
    await this.admin.follow("AWS console");
    await this.expectHeading("Settings");
  }

  /** One of its areas, such as *Users*. */
  async area(name: string): Promise<void> {
    const areas = this.admin.page.getByRole("navigation", { name: "AWS IAM Identity Center (emulated)" });
    await areas.getByRole("link", { name, exact: true }).click();
    await this.expectHeading(name);
  }

  async openUser(userName: string): Promise<void> {
    await this.area("Users");
    await this.admin.page.getByLabel("Search users").fill(userName);
    await this.admin.wizard.button("Search").click();
    await this.admin.page.getByRole("link", { name: userName, exact: true }).click();
    await this.expectHeading(userName);
  }

  /** Presses a button that asks first, and the button that means it. */
  async confirm(opener: string | RegExp, question: RegExp, answer: string): Promise<void> {
    await this.admin.page.getByRole("main").getByRole("button", { name: opener }).first().click();
    await this.admin.page.getByRole("dialog", { name: question }).getByRole("button", { name: answer, exact: true }).click();
    await expect(this.admin.page).toHaveURL(/said=/);
    await this.admin.wizard.hydrated();
  }

  private async expectHeading(name: string): Promise<void> {
    await expect(this.admin.page.getByRole("heading", { level: 1, name, exact: true })).toBeVisible();
    await this.admin.wizard.hydrated();
  }
}
