import { type Locator, type Page, expect } from "@playwright/test";
import { Wizard } from "./wizard.js";

/** The areas along the top, with the entries of their menus. */
export const areas: Record<string, string[]> = {
  Authentication: ["IdP Adapters", "Sign-Ons"],
  Applications: ["SP Connections", "Channels", "People and Groups"],
  Security: ["Trusted CAs", "Signing & Decryption Keys & Certificates"],
  System: ["Data Stores", "Password Credential Validators", "Protocol Settings", "Connectors", "Notifications", "Logs", "Metadata Export"],
  Sandbox: ["Values to paste", "Company", "AWS console"],
};

function areaOf(entry: string): string {
  const found = Object.entries(areas).find(([, entries]) => entries.includes(entry));
  if (!found) throw new Error(`${entry} is in no area`);
  return found[0];
}

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
    await this.expectSignedOn();
  }

  /** The frame of somebody signed on is there. */
  async expectSignedOn(): Promise<void> {
    await expect(this.page.getByRole("banner").getByText("Account: ")).toBeAttached();
    await this.wizard.hydrated();
  }

  async trySignIn(user: string, password: string): Promise<void> {
    await this.page.getByLabel("Username").fill(user);
    await this.page.getByLabel("Password", { exact: true }).fill(password);
    await this.page.getByRole("button", { name: "Sign On" }).click();
  }

  /** Chooses from the menu of the account. */
  async account(entry: "Change Password" | "Sign Off"): Promise<void> {
    await this.page.getByRole("banner").getByRole("button", { name: "Account: " }).click();
    await this.page.getByRole("navigation", { name: "Account" }).getByText(entry, { exact: true }).click();
  }

  /** Goes through its area to an entry of the navigation, such as *Data Stores*, to the page with that heading. */
  async goTo(entry: string): Promise<void> {
    await this.follow(entry);
    await expect(this.page.getByRole("heading", { level: 1, name: entry, exact: true })).toBeVisible();
    await this.wizard.hydrated();
  }

  /** Follows an entry of the navigation, wherever it leads. */
  async follow(entry: string): Promise<void> {
    const { page } = this;
    const link = page.getByRole("navigation").getByRole("link", { name: entry, exact: true });
    const folded = page.getByRole("button", { name: "Menu", exact: true });
    if (await folded.isVisible()) await folded.click();
    else if (!(await link.isVisible())) await page.getByRole("navigation", { name: "Areas" }).getByRole("link", { name: areaOf(entry) }).click();
    await link.click();
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
