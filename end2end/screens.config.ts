import { defineConfig } from "@playwright/test";
import { browser } from "./browser.js";

/** `npm run screens`: screenshots of every screen, light and dark, into SCREENS_DIR. */
export default defineConfig({
  testDir: "screens",
  workers: 2,
  timeout: 180_000,
  expect: { timeout: 15_000 },
  reporter: "list",
  use: { ...browser, actionTimeout: 10_000 },
  projects: [
    { name: "light", use: { colorScheme: "light" } },
    { name: "dark", use: { colorScheme: "dark" } },
    { name: "narrow", use: { colorScheme: "light", viewport: { width: 360, height: 900 } } },
  ],
});
