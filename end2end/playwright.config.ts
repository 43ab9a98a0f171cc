import { defineConfig } from "@playwright/test";
import { browser } from "./browser.js";

export default defineConfig({
  testDir: "specs",
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  // On a shared machine a browser may lose a race against the clock once; the report says so.
  retries: process.env.CI ? 2 : 0,
  workers: 2,
  // What a screen reader is told is the same with every browser and on every machine.
  snapshotPathTemplate: "{testDir}/{testFileName}-snapshots/{arg}{ext}",
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: process.env.CI ? [["list"]] : [["list"], ["html", { open: "never" }]],
  use: { ...browser, actionTimeout: 10_000, trace: "retain-on-failure", screenshot: "only-on-failure" },
  projects: [
    { name: "js" },
    // Everything that can be clicked also works without JavaScript; specs that are about JavaScript say so by their tag.
    { name: "no-js", use: { javaScriptEnabled: false }, grepInvert: /@js-only/ },
  ],
});
