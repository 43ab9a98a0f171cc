import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Page, test as base, expect } from "@playwright/test";
import type { AxeResults, RunOptions } from "axe-core";
import { Console } from "./pages/console.js";
import { SelfSigned } from "./tls.js";
import { Towpath } from "./towpath.js";

interface Options {
  /** Whether the sandbox starts with nothing configured. */
  empty: boolean;
}

interface Fixtures {
  towpath: Towpath;
  /** The console, not signed in yet. */
  console: Console;
  /** The console of an administrator who has signed in. */
  admin: Console;
  /** A TLS server whose certificate nobody trusts. */
  untrusted: SelfSigned;
}

export const test = base.extend<Options & Fixtures>({
  empty: [true, { option: true }],
  towpath: async ({ empty }, use) => {
    const towpath = await Towpath.start(...(empty ? ["--empty"] : []));
    await use(towpath);
    await towpath.stop();
  },
  console: async ({ page, towpath, javaScriptEnabled }, use) => {
    const console = new Console(page, towpath.ready.console_url, javaScriptEnabled !== false);
    page.on("pageerror", (error) => console.errors.push(String(error)));
    page.on("console", (message) => message.type() === "error" && console.errors.push(message.text()));
    await use(console);
    expect(console.errors, "errors in the browser's console").toEqual([]);
  },
  admin: async ({ console, towpath }, use) => {
    await console.signIn(towpath.ready.admin_user, towpath.ready.admin_password);
    await use(console);
  },
  untrusted: async ({}, use) => {
    const server = await SelfSigned.start();
    await use(server);
    await server.stop();
  },
});

export { expect };

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * Fails with the list of what axe finds wrong on the page, in its light and in its dark colours. Runs past the page's content
 * security policy, as a person's tool would.
 */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe);
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    const found = await page.evaluate(async () => {
      const engine = (globalThis as unknown as { axe: { run(where: Document, options: RunOptions): Promise<AxeResults> } }).axe;
      const runOnly = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];
      const result = await engine.run(document, { runOnly, resultTypes: ["violations"] });
      return result.violations.map((v) => `${v.id} (${v.impact}): ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
    });
    expect(found, `accessibility of ${page.url()}, ${colorScheme}`).toEqual([]);
  }
}
