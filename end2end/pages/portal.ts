import { type Page, expect } from "@playwright/test";

/** The access portal of the emulated AWS, and the form of the identity provider that it leads to. */
export class AccessPortal {
  constructor(
    readonly page: Page,
    readonly url: string,
    readonly js: boolean,
  ) {}

  async open(): Promise<void> {
    await this.page.goto(this.url);
    await this.expectHeading("Sign in");
  }

  async openSettings(): Promise<void> {
    await this.page.getByRole("navigation", { name: "Portal" }).getByRole("link", { name: "Settings" }).click();
  }

  /** Leads to the identity provider, which asks who it is. */
  async signIn(link = "Sign in"): Promise<void> {
    await this.page.getByRole("link", { name: link, exact: true }).click();
    // By HTTP-POST a form takes the request along.
    if (link !== "Sign in") await this.page.getByRole("button", { name: "Continue" }).click();
    await expect(this.page.getByLabel("Username")).toBeVisible();
  }

  /** Fills in the identity provider's form, and lets it lead back where the password is right. */
  async signOn(username: string, password: string, isRight = true): Promise<void> {
    await this.page.getByLabel("Username").fill(username);
    await this.page.getByLabel("Password", { exact: true }).fill(password);
    await this.page.getByRole("button", { name: "Sign On" }).click();
    // Without JavaScript nothing presses it by itself.
    if (isRight && !this.js) await this.page.getByRole("button", { name: "Continue" }).click();
  }

  async signOut(): Promise<void> {
    await this.page.getByRole("button", { name: "Sign out" }).click();
    await expect(this.page.getByRole("status")).toContainText("You are signed out of this portal");
  }

  async expectHeading(name: string | RegExp): Promise<void> {
    await expect(this.page.getByRole("heading", { level: 1, name })).toBeVisible();
  }

  /** It says why nobody is signed in. */
  async expectRefused(why: RegExp): Promise<void> {
    await expect(this.page.getByRole("alert")).toContainText("We couldn’t verify your sign-in credentials");
    await expect(this.page.getByRole("region", { name: "What is wrong" })).toContainText(why);
  }

  /** What stands behind a label. */
  async expectFact(label: string, value: string | RegExp): Promise<void> {
    const rows = this.page.getByRole("main").locator("dl > div").filter({ has: this.page.getByText(label, { exact: true }) });
    await expect(rows.getByRole("definition")).toHaveText(value);
  }
}
