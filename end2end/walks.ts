import {
  type Observer,
  addBrowserSso,
  awaitProvisioned,
  configureBrowserSso,
  configureCredentials,
  configureTarget,
  createChannel,
  createConnection,
  createDataStore,
  createIdpAdapter,
  createPcv,
  createSigningKey,
  names,
  walkMetadataExport,
} from "./journeys.js";
import { Console } from "./pages/console.js";
import { AwsConsole, Company, channel } from "./pages/sandbox.js";
import type { SelfSigned } from "./tls.js";
import type { Towpath } from "./towpath.js";

/** What a walk may use. */
export interface Walker {
  /** The console, not signed in yet. */
  console: Console;
  towpath: Towpath;
  untrusted: SelfSigned;
  /** Told of each screen while it is on view. */
  seen: Observer;
}

/** A way through the console past many screens; together the walks pass every one. */
export interface Walk {
  name: string;
  /** Whether it begins with nothing configured. */
  empty: boolean;
  /** The routes on which it stops for a look; together they are all that the router has. */
  routes: string[];
  walk(walker: Walker): Promise<void>;
}

const signIn = ({ console, towpath }: Walker) => console.signIn(towpath.ready.admin_user, towpath.ready.admin_password);

/** Every screen of the console and of the sandbox, by the way one comes to it. */
export const walks: Walk[] = [
  {
    name: "the guide",
    empty: true,
    routes: ["sign-in", "", "channels", "data-stores", "pcvs", "pcvs/:id/usage", "idp-adapters", "idp-adapters/:id/usage", "sp-connections", "sp-connections/:id/usage", "sp-connections/:id/update", "sp-connections/:id/test", "drafts/:id/preview/*path", "wizard/:draft/*path"],
    async walk(walker) {
      const { console, towpath, seen } = walker;
      await console.open();
      await seen("sign-on");
      await console.trySignIn(towpath.ready.admin_user, "wrong");
      await console.page.getByRole("alert").waitFor();
      await seen("sign-on-refused");
      await signIn(walker);
      await seen("home-empty");
      await console.goTo("Channels");
      await seen("channels-empty");
      await createDataStore(console, towpath.ready, seen);
      await createPcv(console, towpath.ready, seen);
      await console.wizard.tryIt(towpath.ready.person_username, towpath.ready.person_password, /^Passed/);
      await seen("pcv-tried");
      await console.wizard.save("Password Credential Validators");
      await seen("pcvs");
      await createIdpAdapter(console, seen);
      await console.wizard.save("IdP Adapters");
      await seen("idp-adapters");
      await createSigningKey(console, "sso.canal.example");
      await createConnection(console, seen);
      await console.wizard.previous("General Info");
      await console.wizard.previous("Connection Type");
      await addBrowserSso(console, seen);
      await configureBrowserSso(console, seen);
      await configureCredentials(console, "sso.canal.example", seen);
      await console.wizard.next("Outbound Provisioning");
      await configureTarget(console, towpath.ready, seen);
      await createChannel(console, towpath.ready, seen);
      await console.wizard.save("SP Connections");
      await seen("sp-connections");
      const { page, wizard } = console;
      const look = async (action: string, title: RegExp, screen: string): Promise<void> => {
        await page.getByRole("link", { name: action, exact: true }).click();
        await page.getByRole("heading", { level: 1, name: title }).waitFor();
        await wizard.hydrated();
        await seen(screen);
      };
      const choose = () => page.getByRole("button", { name: `Select Action for ${names.connection}` }).click();
      await choose();
      await look(`Check Usage ${names.connection}`, /^Usage of/, "sp-connection-usage");
      await console.goTo("SP Connections");
      await choose();
      await look(`Update with Metadata ${names.connection}`, /^Update/, "update-with-metadata");
      await console.goTo("SP Connections");
      await choose();
      await look(`Test Assertion ${names.connection}`, /^Test Assertion/, "test-assertion");
      await console.goTo("Password Credential Validators");
      await look(`Check Usage of ${names.pcv}`, /^Usage of/, "pcv-usage");
      await console.goTo("IdP Adapters");
      await look(`Check Usage of ${names.adapter}`, /^Usage of/, "idp-adapter-usage");
      await awaitProvisioned(console, names.channel, seen);
      await console.goTo("SP Connections");
      await wizard.press(names.connection, "Activation & Summary");
      await wizard.press("Outbound Provisioning (complete)", "Outbound Provisioning");
      await wizard.press("Configure Provisioning", "Target");
      await wizard.next("Manage Channels");
      await wizard.press(names.channel, "Channel Info");
      await wizard.press("Source Location (complete)", "Source Location");
      await wizard.press("Preview");
      await page.getByRole("heading", { level: 1, name: /as edited$/ }).waitFor();
      await wizard.hydrated();
      await seen("preview-of-an-edit");
    },
  },
  {
    name: "what is refused",
    empty: true,
    routes: ["wizard/:draft/*path", "*any"],
    async walk(walker) {
      const { console, seen } = walker;
      await signIn(walker);
      await console.goTo("Data Stores");
      await console.wizard.press("Add New Data Store", "Data Store Type");
      await console.wizard.press("Next");
      await console.page.getByRole("alert").first().waitFor();
      await seen("data-store-type-refused");
      await console.wizard.fillTab({ Name: "Directory", Type: "Directory (LDAP)" });
      await console.wizard.next("LDAP Configuration");
      await console.wizard.fillTab({ "Hostname(s)": "not a host!" });
      await console.wizard.press("Next");
      await console.page.getByRole("alert").first().waitFor();
      await seen("ldap-configuration-refused");
      await console.open("/no-such-page");
      // The status is part of what is said; the browser calls every such page an error.
      console.expectError(/404/);
      await seen("not-found");
    },
  },
  {
    name: "keys, settings and metadata",
    empty: true,
    routes: ["wizard/:draft/*path", "signing-keys", "signing-keys/:id", "signing-keys/import", "metadata-export", "protocol-settings", "trusted-cas", "trusted-cas/import", "trusted-cas/:id/usage", "notifications", "sign-ons"],
    async walk(walker) {
      const { console, untrusted, seen } = walker;
      await signIn(walker);
      await createSigningKey(console, "sso.canal.example", seen);
      await console.page.getByRole("link", { name: /^CN=sso\.canal\.example/ }).click();
      await console.act("Rotate");
      await console.page.getByRole("heading", { name: "Next certificate" }).waitFor();
      await seen("signing-key-rotating");
      await walkMetadataExport(console, "sso.canal.example", seen);
      await console.wizard.save("Metadata Export");
      await seen("metadata-export");
      await console.goTo("Protocol Settings");
      await seen("protocol-settings");
      await console.wizard.press("Edit Settings", "Federation Info");
      await seen("federation-info");
      await console.wizard.next("Outbound Provisioning");
      await seen("outbound-provisioning-settings");
      await console.goTo("Notifications");
      await seen("notifications");
      await console.wizard.press("Edit Settings", "Events");
      await seen("notification-events");
      await console.wizard.next("E-Mail");
      await seen("notification-e-mail");
      await console.wizard.next("Webhook");
      await seen("notification-webhook");
      await console.goTo("Sign-Ons");
      await seen("sign-ons");
      await console.goTo(names.keys);
      await console.page.getByRole("link", { name: "Import", exact: true }).click();
      await console.page.getByLabel("File").waitFor();
      await seen("import-key");
      await console.goTo("Trusted CAs");
      await console.page.getByRole("link", { name: "Import", exact: true }).click();
      await console.page.getByLabel("Or paste it").fill(untrusted.pem);
      await seen("import-trusted-cas");
      await console.wizard.press("Import");
      await console.page.getByRole("table").waitFor();
      await seen("trusted-cas");
      await console.page.getByRole("link", { name: /^Check Usage of/ }).click();
      await console.page.getByRole("heading", { level: 1, name: /^Usage of/ }).waitFor();
      await console.wizard.hydrated();
      await seen("trusted-ca-usage");
    },
  },
  {
    name: "two administrators",
    empty: true,
    routes: ["password", "drafts/:id/changes", "wizard/:draft/*path"],
    async walk(walker) {
      const { console, towpath, seen } = walker;
      const { page, wizard } = console;
      const context = await page.context().browser()?.newContext();
      if (!context) throw new Error("there is no browser to open another window of");
      const other = new Console(await context.newPage(), console.url, true);
      await other.signIn(towpath.ready.admin_user, towpath.ready.admin_password);
      await createDataStore(other, towpath.ready);

      const oneTime = await towpath.addAdministrator("berta");
      await console.open();
      await console.trySignIn("berta", oneTime);
      await page.getByLabel("Current Password").waitFor();
      await wizard.hydrated();
      await seen("first-password");
      await page.getByLabel("Current Password").fill(oneTime);
      await page.getByLabel("New Password", { exact: true }).fill("a second password");
      await page.getByLabel(/Confirm/).fill("a second password");
      await page.getByRole("button", { name: "Change Password" }).click();
      await console.expectSignedOn();

      const rename = async (who: Console, name: string): Promise<void> => {
        await who.goTo("Data Stores");
        await who.wizard.press(name, "Summary");
        await who.wizard.press("Data Store Type (complete)", "Data Store Type");
      };
      await rename(console, names.store);
      await wizard.fillTab({ Name: "Mine" });
      await wizard.next("LDAP Configuration");
      const change = page.url();
      await rename(other, names.store);
      await other.wizard.fillTab({ Name: "Theirs", "Mask Values in Log": true });
      await other.wizard.save("Data Stores");
      await page.goto(change);
      await wizard.hydrated();
      await seen("changed-meanwhile-noted");
      await wizard.press("Save");
      await page.getByRole("heading", { level: 1, name: /was changed meanwhile$/ }).waitFor();
      await wizard.hydrated();
      await seen("changed-meanwhile");
      await context.close();
    },
  },
  {
    name: "a channel at work",
    empty: false,
    routes: ["", "channels/:id", "channels/:id/cycles", "cycles/:id", "channels/:id/preview", "logs", "people/*path"],
    async walk(walker) {
      const { console, seen } = walker;
      await signIn(walker);
      await awaitProvisioned(console, channel);
      await console.open();
      await seen("home");
      await console.goTo("Channels");
      await console.page.getByRole("link", { name: channel }).click();
      await console.page.getByRole("heading", { level: 1, name: channel }).waitFor();
      await console.wizard.hydrated();
      await seen("channel");
      await console.page.getByRole("link", { name: "All cycles" }).click();
      await console.page.getByRole("heading", { level: 1, name: /^Cycles of / }).waitFor();
      await console.wizard.hydrated();
      await console.page.getByLabel("Only those that changed something").check();
      await console.page.getByRole("button", { name: "Show" }).click();
      await console.page.waitForURL(/changed=1/);
      await console.wizard.hydrated();
      await seen("cycles");
      await console.page.getByRole("navigation").getByRole("link", { name: channel }).or(console.page.getByRole("link", { name: channel })).first().click();
      await console.page.getByRole("heading", { level: 1, name: channel, exact: true }).waitFor();
      await console.wizard.hydrated();
      const cycles = console.page.getByRole("table").last();
      await cycles.getByRole("link").first().click();
      await console.page.getByRole("heading", { level: 1, name: /cycle/i }).waitFor();
      await console.wizard.hydrated();
      await seen("cycle");
      await console.goTo("Channels");
      await console.page.getByRole("link", { name: channel }).click();
      await console.page.getByRole("heading", { level: 1, name: channel }).waitFor();
      await console.page.getByRole("link", { name: "Preview" }).or(console.page.getByRole("button", { name: "Preview" })).click();
      await console.page.getByRole("heading", { level: 1, name: /preview/i }).waitFor();
      await console.wizard.hydrated();
      await seen("channel-preview");
      await console.goTo("People and Groups");
      await console.page.getByLabel("Name, e-mail, DN or id at the service").fill("aleksandr");
      await console.wizard.button("Search").click();
      await console.page.waitForURL(/q=aleksandr/);
      await console.wizard.hydrated();
      await seen("people");
      await console.page.getByRole("main").getByRole("link", { name: "aleksandr.ivanov@canal.example", exact: true }).click();
      await console.page.getByRole("heading", { level: 1, name: /aleksandr/i }).waitFor();
      await console.wizard.hydrated();
      await seen("person");
      await console.goTo("Logs");
      await console.page.getByLabel("Log", { exact: true }).selectOption("audit.log");
      await console.page.getByRole("button", { name: "Show" }).click();
      await console.page.waitForURL(/log=audit/);
      await console.wizard.hydrated();
      await seen("logs");
    },
  },
  {
    name: "lists, search and help",
    empty: false,
    routes: ["sp-connections", "sp-connections/import", "data-stores/:id/usage", "connectors", "search", "help/*topic", "password"],
    async walk(walker) {
      const { console, seen } = walker;
      const { page, wizard } = console;
      await signIn(walker);
      await awaitProvisioned(console, channel);
      await console.goTo("SP Connections");
      await seen("sp-connections-sample");
      await page.getByRole("link", { name: "Import Connection" }).click();
      await page.getByRole("heading", { level: 1, name: "Import Connection" }).waitFor();
      await wizard.hydrated();
      await seen("import-connection");
      await console.goTo("Data Stores");
      await page.getByRole("link", { name: /\(usage of/ }).first().click();
      await page.getByRole("heading", { level: 1, name: /^Usage of/ }).waitFor();
      await wizard.hydrated();
      await seen("data-store-usage");
      await console.goTo("Connectors");
      await seen("connectors");
      await console.open("/search?q=canal");
      await page.getByRole("heading", { level: 1, name: "Search: canal" }).waitFor();
      await seen("search");
      await console.open("/help/data-stores");
      await page.getByRole("heading", { level: 1 }).waitFor();
      await seen("help");
      await console.open("/password");
      await page.getByRole("heading", { level: 1 }).waitFor();
      await seen("password");
    },
  },
  {
    name: "the sandbox",
    empty: false,
    routes: ["sandbox/*path"],
    async walk(walker) {
      const { console, seen } = walker;
      await signIn(walker);
      await awaitProvisioned(console, channel);
      await console.goTo("Values to paste");
      await seen("sandbox-values");
      await console.goTo("Company");
      await seen("sandbox-company");
      await new Company(console).openPerson("Mei Lin");
      await seen("sandbox-person");
      const aws = new AwsConsole(console);
      await aws.open();
      await seen("aws-settings");
      for (const area of ["Automatic provisioning", "Users", "Groups", "Requests", "Faults"]) {
        await aws.area(area);
        await seen(`aws-${area.toLowerCase().replaceAll(" ", "-")}`);
      }
    },
  },
];
