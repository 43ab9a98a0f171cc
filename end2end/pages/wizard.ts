import { type Locator, type Page, expect } from "@playwright/test";

/** A value for a field: text, the label of an option, whether a box is ticked or a radio button chosen, or files. */
export type Value = string | boolean | { files: string[] };

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** A wizard: one task of tabs, as all of them look. Finds everything by what an administrator reads. */
export class Wizard {
  constructor(
    readonly page: Page,
    readonly js: boolean,
  ) {}

  /** Waits until the page's own code has taken over; without JavaScript a page is ready as it arrives. */
  async hydrated(): Promise<void> {
    await this.page.waitForLoadState("load");
    if (this.js) await expect(this.page.locator("html[data-hydrated]")).toBeAttached();
  }

  /**
   * A field by its whole label; the mark of a required field is not part of it. `Users > Filter` is the one of that name in the
   * group *Users*.
   */
  field(label: string): Locator {
    const [name, group] = label.split(" > ").reverse();
    const within = group === undefined ? this.page : this.page.getByRole("group", { name: group, exact: true });
    return within.getByLabel(new RegExp(`^\\s*${escape(name ?? "")}\\s*\\*?\\s*$`));
  }

  /** Opens a part of the tab that is folded away, such as *Advanced LDAP Options*. */
  async unfold(title: string): Promise<void> {
    await this.page.getByRole("main").getByText(title, { exact: true }).click();
  }

  /** A button of the page itself; the bar has some of its own. */
  button(name: string): Locator {
    return this.page.getByRole("main").getByRole("button", { name, exact: true });
  }

  /** Fills fields of the current tab by label. */
  async fillTab(values: Record<string, Value>): Promise<void> {
    for (const [label, value] of Object.entries(values)) {
      const field = this.field(label);
      if (typeof value === "boolean") await field.setChecked(value);
      else if (typeof value === "object") await field.setInputFiles(value.files);
      else if ((await field.evaluate((element) => element.tagName)) === "SELECT") await field.selectOption({ label: value });
      else await field.fill(value);
    }
  }

  /** Chooses the source of a row of the attribute mapping, by the target field's name; an empty one maps nothing. */
  async map(target: string, attribute: string): Promise<void> {
    const row = this.page.getByRole("row").filter({ has: this.page.getByRole("rowheader", { name: new RegExp(`^${escape(target)}\\s*\\*?$`) }) });
    const source = row.getByRole("combobox").or(row.getByRole("textbox")).first();
    if ((await source.evaluate((element) => element.tagName)) === "SELECT") await source.selectOption(attribute === "" ? "" : { label: attribute });
    else await source.fill(attribute);
  }

  /** Ticks a box of a table, by its row's and its column's heading. */
  async tick(row: string, column: string): Promise<void> {
    const within = this.page.getByRole("row").filter({ has: this.page.getByRole("rowheader", { name: row, exact: true }) });
    await within.getByRole("checkbox", { name: new RegExp(`^${escape(column)}`) }).check();
  }

  /** The cells of each row of the tab's table, without those of buttons; a row that is being edited has none. */
  async rows(table: string): Promise<string[][]> {
    const rows = this.page.getByRole("region", { name: table, exact: true }).getByRole("row");
    const cells = await rows.evaluateAll((all) => {
      const text = (cell: Element) => cell.firstChild?.textContent ?? "";
      return all.slice(1).map((row) => Array.from(row.querySelectorAll("td:not(:last-child)"), text));
    });
    return cells;
  }

  /** Deletes a row of a table, which asks once. */
  async deleteRow(name: string, tab: string): Promise<void> {
    await this.button(`Delete ${name}`).click();
    const dialog = this.page.getByRole("dialog", { name: `Delete ‘${name}’?` });
    await dialog.getByRole("button", { name: `Delete ${name}`, exact: true }).click();
    await this.expectTab(tab);
  }

  /** Is on the tab with this title. */
  async expectTab(title: string): Promise<void> {
    await expect(this.page.locator('[aria-current="step"]')).toHaveText(new RegExp(`^\\s*${escape(title)}\\s*$`));
    await this.hydrated();
  }

  /** Shows these tabs, in this order. */
  async expectTabs(...titles: string[]): Promise<void> {
    const tabs = this.page.getByRole("navigation", { name: "Tabs" }).getByRole("listitem");
    await expect(tabs).toHaveText(titles.map((title) => new RegExp(escape(title))));
  }

  /** Presses a button and, where it leads to another tab, waits for that. */
  async press(name: string, tab?: string): Promise<void> {
    await this.button(name).click();
    if (tab) await this.expectTab(tab);
  }

  async next(tab: string): Promise<void> {
    await this.press("Next", tab);
  }

  async previous(tab: string): Promise<void> {
    await this.press("Previous", tab);
  }

  /** Closes a nested task; its parent is then on this tab. */
  async done(tab: string): Promise<void> {
    await this.press("Done", tab);
  }

  /** Saves the whole resource; the list it belongs to follows. */
  async save(list: string): Promise<void> {
    await this.press("Save");
    await expect(this.page.getByRole("heading", { level: 1, name: list, exact: true })).toBeVisible();
    await this.hydrated();
  }

  /** The field is marked as wrong and says why. */
  async expectProblem(label: string, says: string | RegExp): Promise<void> {
    const field = this.field(label);
    await expect(field).toHaveAttribute("aria-invalid", "true");
    await expect(field).toHaveAccessibleDescription(says instanceof RegExp ? says : new RegExp(escape(says)));
  }

  /**
   * Fills the tab, presses a button, and is refused: each of these fields says what is wrong, the same stands at the top, and
   * everything typed is still there.
   */
  async expectRefused(typed: Record<string, Value>, problems: Record<string, RegExp>, button = "Next"): Promise<void> {
    await this.fillTab(typed);
    await this.press(button);
    const summary = this.page.getByRole("alert").filter({ hasText: /attention/ });
    await expect(summary.getByRole("listitem")).toHaveCount(Object.keys(problems).length);
    for (const [label, says] of Object.entries(problems)) {
      await this.expectProblem(label, says);
      await expect(summary).toContainText(says);
    }
    for (const [label, value] of Object.entries(typed)) {
      await this.expectKept(label, value);
    }
    await this.hydrated();
  }

  /** The field holds this value; a secret may have been put away instead, and is then said to be set. */
  private async expectKept(label: string, value: Value): Promise<void> {
    const field = this.field(label);
    if (typeof value === "boolean") await expect(field).toBeChecked({ checked: value });
    else if (typeof value === "object") throw new Error(`${label}: a browser forgets chosen files`);
    else if ((await field.evaluate((element) => element.tagName)) === "SELECT") await expect(field.locator("option:checked")).toHaveText(value);
    else if (value !== "" && (await field.getAttribute("type")) === "password" && (await field.inputValue()) === "") await expect(field).toHaveAccessibleDescription(/Set\. /);
    else await expect(field).toHaveValue(value);
  }

  /** Tries a username and password on a Summary and waits for the report to say this. */
  async tryIt(username: string, password: string, says: string | RegExp): Promise<void> {
    await this.fillTab({ Username: username, Password: password });
    await this.press("Try it");
    const report = this.page.getByRole("region", { name: "Try it" });
    await expect(report).toContainText(says, { timeout: 20_000 });
    await expect(report).not.toContainText(password === "" ? "\u0000" : password);
    await this.hydrated();
  }

  /** Presses Test Connection and waits for its report to say this. */
  async testConnection(says: string | RegExp): Promise<void> {
    await this.press("Test Connection");
    await expect(this.page.getByRole("region", { name: "Test Connection" })).toContainText(says, { timeout: 20_000 });
    await this.hydrated();
  }
}
