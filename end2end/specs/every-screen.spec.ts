import type { Page, Request } from "@playwright/test";
import { expect, expectAccessible, test } from "../fixtures.js";
import { routeOf, routes } from "../routes.js";
import { walks } from "../walks.js";

/** What differs from run to run, as one word each. */
const varying: [RegExp, string][] = [
  [/[^\s:]*\/towpath-e2e-\w+/g, "FOLDER"],
  [/-----BEGIN CERTIFICATE----- (?!and so on)[^"]*-----END CERTIFICATE-----/g, "CERTIFICATE"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "UUID"],
  [/\bd-[0-9a-f]{10}\b/g, "STORE"],
  [/\b[0-9a-f]{10}-UUID\b/gi, "TARGET"],
  [/(?:\b[0-9A-F]{2}:){7,}[0-9A-F]{2}\b/gi, "FINGERPRINT"],
  [/\b[0-9a-f]{24,}\b/gi, "ID"],
  [/\b127\.0\.0\.1:\d+/g, "127.0.0.1:PORT"],
  [/\blocalhost:\d+/g, "localhost:PORT"],
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: ?(?:Z|UTC))?)?/g, "DATE"],
  [/\b\d\d:\d\d:\d\d(?:\.\d+)?\b/g, "TIME"],
  [/\bjust now\b|\ba moment ago\b|\b\d+(?:\.\d+)? (?:ms|s|min|h|d|seconds?|minutes?|hours?|days?) ago\b/g, "AGO"],
  [/\b\d+(?:\.\d+)? (?:ms|s|min|h)\b/g, "TIME"],
  // On a slow machine a second cycle has run, with nothing to do.
  [/Compared (?:AGO|now): [^.]*\./g, "Compared."],
  // How much was asked until then.
  [/\b\d+ (?:cycles?|requests?) in the last day\b/g, "SOME in the last day"],
  // The axes of charts: the hours move with the clock, and the rest with what they show.
  [/(?<=[":]: |^)0(?: (?:TIME|\d\d:\d\d|[\d.]+))+$/gm, "SCALE"],
  [/\bin \d+ (?:days?|hours?|minutes?|seconds?|months?)\b/g, "in TIME"],
];

/** Screens that list what ran side by side, in the order it ended in, or what goes on running: their rows are not compared. */
const unordered = new Set(["channel", "channels", "cycle", "cycles", "people", "person", "logs", "aws-requests"]);

/** Where the whole page is compared, with its bar and menus; elsewhere it is what the screen itself holds. */
const whole = new Set(["sign-on", "home-empty", "home"]);

/** The lines of a snapshot without the rows of its tables, other than their headings. */
function withoutRows(text: string): string {
  let inRow = Number.POSITIVE_INFINITY;
  const kept = text.split("\n").filter((line, at, lines) => {
    const depth = line.search(/\S/);
    if (depth > inRow) return false;
    inRow = /^\s*- '?row /.test(line) && !/columnheader/.test(lines[at + 1] ?? "") ? depth : Number.POSITIVE_INFINITY;
    return inRow === Number.POSITIVE_INFINITY;
  });
  return kept.join("\n");
}

/** What the page asked the server for and has no answer to yet; it never ends to ask for events. */
function unanswered(page: Page): Set<Request> {
  const asked = new Set<Request>();
  page.on("request", (request) => request.resourceType() !== "eventsource" && asked.add(request));
  page.on("requestfinished", (request) => asked.delete(request));
  page.on("requestfailed", (request) => asked.delete(request));
  return asked;
}

/** The page as a screen reader is told it, once it stands still, without what differs from run to run. */
async function told(page: Page, screen: string, asked: Set<Request>): Promise<string> {
  const part = page.locator(whole.has(screen) ? "body" : "main").first();
  let text = await part.ariaSnapshot();
  await expect(async () => {
    expect([...asked].map((request) => request.url()), "answers that are still to come").toEqual([]);
    const before = text;
    text = await part.ariaSnapshot();
    expect(text).toBe(before);
  }).toPass({ intervals: [150], timeout: 10_000 });
  if (unordered.has(screen)) text = withoutRows(text);
  return varying.reduce((all, [what, word]) => all.replace(what, word), text) + "\n";
}

/** Neither on a telephone nor magnified to twice its size does the page scroll sideways, and nothing on it is out of reach. */
async function expectNarrow(page: Page): Promise<void> {
  const size = page.viewportSize();
  for (const width of [360, 640]) {
    await page.setViewportSize({ width, height: 800 });
    const wide = await page.evaluate(() => {
      const room = document.documentElement.clientWidth;
      // What stands in a box that scrolls by itself is reached there.
      const isReached = (element: Element | null): boolean =>
        element !== null && (/auto|scroll/.test(getComputedStyle(element).overflowX) || isReached(element.parentElement));
      const all = Array.from(document.querySelectorAll("body *")).filter((element) => element.checkVisibility() && !element.closest(".visually-hidden, .skip"));
      const out = all.filter((element) => element.getBoundingClientRect().right > room + 1 && !isReached(element));
      return { scrolls: document.documentElement.scrollWidth > room, out: out.map((element) => element.outerHTML.slice(0, 120)) };
    });
    expect.soft(wide, `${page.url()} at ${width} px`).toEqual({ scrolls: false, out: [] });
  }
  if (size) await page.setViewportSize(size);
}

test("every route of the router is walked", { tag: "@js-only" }, () => {
  expect(routes.length).toBeGreaterThan(30);
  expect([...new Set(walks.flatMap((walk) => walk.routes))].sort()).toEqual([...routes].sort());
});

for (const { name, empty, walk, routes: promised } of walks) {
  test.describe(name, { tag: "@js-only" }, () => {
    test.use({ empty });
    test("every screen is as it was, and accessible", async ({ console, towpath, untrusted }) => {
      test.setTimeout(240_000);
      const asked = unanswered(console.page);
      const passed = new Set<string>();
      const seen = async (screen: string) => {
        passed.add(routeOf(console.page.url()));
        expect.soft(await told(console.page, screen, asked)).toMatchSnapshot(`${screen}.aria.yml`);
        await expectAccessible(console.page);
        await expectNarrow(console.page);
      };
      await walk({ console, towpath, untrusted, seen });
      expect([...passed].sort(), "the routes it passes").toEqual([...promised].sort());
    });
  });
}
