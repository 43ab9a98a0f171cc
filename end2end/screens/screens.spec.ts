import { test } from "../fixtures.js";
import { walks } from "../walks.js";
import { camera } from "./camera.js";

for (const [at, { name, empty, walk }] of walks.entries()) {
  test.describe(name, () => {
    test.use({ empty });
    test("has its pictures taken", async ({ console, towpath, untrusted }, info) => {
      await walk({ console, towpath, untrusted, seen: camera(console, info, String.fromCharCode(97 + at)) });
    });
  });
}
