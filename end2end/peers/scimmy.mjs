// scimmy.mjs PORT TOKEN: the npm packages scimmy and scimmy-routers as a SCIM server on http://127.0.0.1:PORT, all of it in memory.
//
// What is checked and how PATCH is understood is theirs; here is only the keeping of resources: unique names, and membership by id.

import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [port, token] = process.argv.slice(2);
if (!port || !token) {
  console.error("usage: scimmy.mjs PORT TOKEN");
  process.exit(2);
}

const users = new Map();
const groups = new Map();

/** A copy as plain data: SCIMMY's own objects cannot be cloned. */
const copy = (value) => JSON.parse(JSON.stringify(value));

const lower = (text) => String(text ?? "").toLowerCase();

/** Refuses a value that another resource of the collection has. */
function unique(collection, id, name, value) {
  if (value === undefined || value === "") return;
  for (const other of collection.values()) {
    if (other.id !== id && lower(other[name]) === lower(value)) {
      throw new SCIMMY.Types.Error(409, "uniqueness", `Another resource has the ${name} '${value}'`);
    }
  }
}

function found(collection, id) {
  const kept = collection.get(id);
  if (!kept) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
  return kept;
}

function kept(collection, id, data) {
  const now = new Date().toISOString();
  const before = id ? found(collection, id) : undefined;
  const resource = { ...copy(data), id: before?.id ?? randomUUID() };
  resource.meta = { created: before?.meta.created ?? now, lastModified: now };
  collection.set(resource.id, resource);
  return copy(resource);
}

/** What is asked for: one by id, or those that a filter matches. */
function asked(collection, { id, filter }) {
  if (id) return copy(found(collection, id));
  const all = copy([...collection.values()]);
  return filter ? filter.match(all) : all;
}

SCIMMY.Resources.declare(SCIMMY.Resources.User)
  .extend(SCIMMY.Schemas.EnterpriseUser, false)
  .ingress((resource, data) => {
    unique(users, resource.id, "userName", data.userName);
    unique(users, resource.id, "externalId", data.externalId);
    return kept(users, resource.id, data);
  })
  .egress((resource) => asked(users, resource))
  .degress((resource) => {
    found(users, resource.id);
    users.delete(resource.id);
    for (const group of groups.values()) group.members = (group.members ?? []).filter(({ value }) => value !== resource.id);
  });

SCIMMY.Resources.declare(SCIMMY.Resources.Group)
  .ingress((resource, data) => {
    unique(groups, resource.id, "displayName", data.displayName);
    const members = new Map((data.members ?? []).map((member) => [member.value, member]));
    for (const id of members.keys()) {
      if (!users.has(id) && !groups.has(id)) throw new SCIMMY.Types.Error(400, "invalidValue", `There is no member ${id}`);
    }
    return kept(groups, resource.id, { ...data, members: [...members.values()] });
  })
  .egress((resource) => asked(groups, resource))
  .degress((resource) => {
    found(groups, resource.id);
    groups.delete(resource.id);
  });

const handler = (request) => {
  if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("The token is not known");
  return "towpath";
};

/** SCIMMY takes pages by whole numbers and its routers hand over texts, so that every page would be the first twenty. */
function numbered(request, _, next) {
  const query = { ...request.query };
  for (const name of ["startIndex", "count"]) if (query[name] !== undefined) query[name] = Number(query[name]);
  Object.defineProperty(request, "query", { value: query });
  next();
}

express()
  .use(numbered)
  .use("/", new SCIMMYRouters({ type: "bearer", handler }))
  .listen(Number(port), "127.0.0.1", (error) => {
    if (error) {
      console.error(error);
      process.exit(1);
    }
  });
