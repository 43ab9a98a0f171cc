import { readFileSync } from "node:fs";

const source = readFileSync(new URL("../app/src/lib.rs", import.meta.url), "utf8");

/** The routes of the console, as its router has them: `channels/:id`, `help/*topic`, and the empty one for Home. */
export const routes = [...source.matchAll(/<Route path=path!\("\/?([^"]*)"\)/g)].map(([, path]) => path ?? "");

/** The route that leads to an address: of those that fit, the one that says most by name. */
export function routeOf(address: string): string {
  const parts = new URL(address).pathname.split("/").filter((part) => part !== "");
  const fits = (route: string): boolean => {
    const wanted = route.split("/").filter((part) => part !== "");
    const rest = wanted.findIndex((part) => part.startsWith("*"));
    if (rest === -1 ? wanted.length !== parts.length : parts.length < rest) return false;
    return wanted.every((part, at) => part.startsWith(":") || part.startsWith("*") || part === parts[at]);
  };
  const named = (route: string): number => route.split("/").filter((part) => part !== "" && !/^[:*]/.test(part)).length;
  const [best] = routes.filter(fits).sort((one, other) => named(other) - named(one) || Number(one.includes("*")) - Number(other.includes("*")));
  if (best === undefined) throw new Error(`no route leads to ${address}`);
  return best;
}
