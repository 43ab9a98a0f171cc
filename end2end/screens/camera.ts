import { mkdirSync } from "node:fs";
import path from "node:path";
import type { TestInfo } from "@playwright/test";
import type { Observer } from "../journeys.js";
import type { Console } from "../pages/console.js";

/** Takes pictures of whole pages, numbered in the order taken, into SCREENS_DIR. */
export function camera(console: Console, info: TestInfo, prefix: string): Observer {
  const dir = path.join(process.env.SCREENS_DIR ?? "test-results/screens", info.project.name);
  mkdirSync(dir, { recursive: true });
  let count = 0;
  return async (screen: string) => {
    count += 1;
    const file = `${prefix}${String(count).padStart(2, "0")}-${screen}.png`;
    await console.page.screenshot({ path: path.join(dir, file), fullPage: true });
  };
}
