import { type Locator, type Page, expect } from "@playwright/test";
import { Wizard } from "./wizard.js";

/** The console: where one signs in, the navigation, and the lists that wizards start from. */
export class Console {
  readonly wizard: Wizard;
  /** What the browser complained about; a test ends with none. */
  readonly errors: string[] = [];

  constructor(
    readonly page: Page,
    readonly url: string,
    readonly js: boolean,
  ) {
    this.wizard = new Wizard(page, js);
  }

  async open(path = ""): Promise<void> {
    await this.page.goto(new URL(path, this.url).href);
    await this.wizard.hydrated();
  }

  async signIn(user: string, password: string): Promise<void> {
    await this.open();
    await this.trySignIn(user, password);
    await expect(this.page.getByRole("navigation").getByRole("link", { name: "Data Stores" })).toBeVisible();
    await this.wizard.hydrated();
  }

  async trySignIn(user: string, password: string): Promise<void> {
    await this.page.getByLabel("Username").fill(user);
    await this.page.getByLabel("Password", { exact: true }).fill(password);
    await this.page.getByRole("button", { name: "Sign On" }).click();
  }

  /** Follows an entry of the navigation, such as *Data Stores*, to the page with that heading. */
  async goTo(entry: string): Promise<void> {
    await this.page.getByRole("navigation").getByRole("link", { name: entry, exact: true }).click();
    await expect(this.page.getByRole("heading", { level: 1, name: entry, exact: true })).toBeVisible();
    await this.wizard.hydrated();
  }

  /** The row of a table that has this text in a cell. */
  row(text: string): Locator {
    return this.page.getByRole("row").filter({ has: this.page.getByRole("cell", { name: text }) });
  }

  /** Repeats a look at the page until it holds; without JavaScript the page is loaded anew each time, with it the page changes by itself. */
  async eventually(look: () => Promise<void>): Promise<void> {
    await expect(async () => {
      if (!this.js) await this.page.reload();
      await look();
    }).toPass({ timeout: 60_000 });
  }

  /** The browser complained about exactly this, as it should. */
  expectError(says: RegExp): void {
    expect(this.errors).toEqual([expect.stringMatching(says)]);
    this.errors.length = 0;
  }

  /** Presses a button that acts at once and leads back to the page. */
  async act(button: string): Promise<void> {
    await this.page.getByRole("button", { name: button, exact: true }).click();
    await this.wizard.hydrated();
  }
}
