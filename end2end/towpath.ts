import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

/** What `towpath sandbox --json` prints when it is ready. */
export interface Ready {
  console_url: string;
  admin_user: string;
  admin_password: string;
  ldap_url: string;
  bind_dn: string;
  bind_password: string;
  base_dn: string;
  users_group_dn: string;
  groups_group_dn: string;
  person_username: string;
  person_password: string;
  scim_url: string;
  scim_token: string;
  portal_url: string;
}

const binary = path.resolve(import.meta.dirname, process.env.TOWPATH_BIN ?? "../target/debug/towpath");

/** A group of the sample directory, as the sandbox keeps it between two starts. */
export interface SavedGroup {
  rdn: string;
  members: number[];
}

/** A `towpath sandbox` of its own: console, sample directory and AWS emulator on free ports, state in a temporary folder. */
export class Towpath {
  readonly ready: Ready;
  readonly #dir: string;
  readonly #options: string[];
  #process: ChildProcess;

  private constructor(ready: Ready, process: ChildProcess, dir: string, options: string[]) {
    this.ready = ready;
    this.#process = process;
    this.#dir = dir;
    this.#options = options;
  }

  static async start(...options: string[]): Promise<Towpath> {
    const dir = await mkdtemp(path.join(tmpdir(), "towpath-e2e-"));
    try {
      const [ready, process] = await launch(dir, options);
      return new Towpath(ready, process, dir, options);
    } catch (error) {
      await rm(dir, { recursive: true, force: true });
      throw error;
    }
  }

  /** Ends the sandbox, changes a group of its directory, and starts it again where it was. */
  async restartWith(group: string, change: (group: SavedGroup) => void): Promise<void> {
    await this.#end();
    const file = path.join(this.#dir, "directory.json");
    const saved = JSON.parse(await readFile(file, "utf8")) as { entries: SavedGroup[] };
    const found = saved.entries.find((entry) => entry.rdn === group);
    if (!found) throw new Error(`${group} is not in ${file}`);
    change(found);
    await writeFile(file, JSON.stringify(saved));
    [, this.#process] = await launch(this.#dir, ["--listen", new URL(this.ready.console_url).host]);
  }

  /** Ends the sandbox and starts it again where it was. */
  async restart(): Promise<void> {
    await this.#end();
    [, this.#process] = await launch(this.#dir, [...this.#options, "--listen", new URL(this.ready.console_url).host]);
  }

  /** Makes another account from the command line; answers its one-time password. */
  async addAdministrator(username: string): Promise<string> {
    const { stdout } = await promisify(execFile)(binary, ["admin", "create", username, "--json", "--data-dir", this.#dir]);
    return (JSON.parse(stdout) as { password: string }).password;
  }

  /** Runs a cycle of a channel from the command line, and waits for its end. */
  async runChannel(channel: string): Promise<void> {
    // What a guard holds is no failure here.
    await promisify(execFile)(binary, ["channel", "run", channel, "--wait", "--data-dir", this.#dir]).catch((error: { code?: number }) => {
      if (error.code !== 2) throw error;
    });
  }

  async stop(): Promise<void> {
    await this.#end();
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    const late = setTimeout(() => this.#process.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(late);
  }

  /** Reads the SCIM service as its owner would, to see what really arrived there. */
  async scim<T>(resource: string): Promise<T[]> {
    const found: T[] = [];
    let cursor: string | undefined = "";
    do {
      const page: string = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const answer = await fetch(`${this.ready.scim_url.replace(/\/$/, "")}/${resource}?count=100${page}`, {
        headers: { authorization: `Bearer ${this.ready.scim_token}`, "user-agent": "towpath-end2end" },
      });
      if (!answer.ok) throw new Error(`GET ${resource} answered ${answer.status}: ${await answer.text()}`);
      const body = (await answer.json()) as { Resources?: T[]; nextCursor?: string };
      found.push(...(body.Resources ?? []));
      cursor = body.nextCursor || undefined;
    } while (cursor);
    return found;
  }
}

/** Starts a sandbox on a folder and waits until it says that it is ready. */
async function launch(dir: string, options: string[]): Promise<[Ready, ChildProcess]> {
  const child = spawn(binary, ["sandbox", "--json", "--data-dir", dir, ...options], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  try {
    const ready = await new Promise<Ready>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${binary} was not ready after 30 s.\n${said}`)), 30_000);
      child.on("error", (error) => reject(new Error(`${binary} could not be started; run make test-browser.`, { cause: error })));
      child.on("exit", (code) => reject(new Error(`${binary} ended with ${code} before it was ready.\n${said}`)));
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (!line.startsWith("{")) return;
        clearTimeout(late);
        resolve(JSON.parse(line) as Ready);
      });
    });
    return [ready, child];
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}
