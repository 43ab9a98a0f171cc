-- The list of SP Connections is searched, filtered, sorted and cut into pages by these, and not by the bodies.

-- In lower case as Unicode has it (SQLite's own `lower` knows ASCII only), and cut off where an index would refuse them.
alter table sp_connections add column name_key text not null default '';
alter table sp_connections add column entity_id_key text not null default '';
alter table sp_connections add column browser_sso bigint not null default 0;
alter table sp_connections add column outbound_provisioning bigint not null default 0;
alter table sp_connections add column created_at bigint not null default 0;

update sp_connections set
    name_key = lower(substr(name, 1, 255)),
    entity_id_key = lower(substr(entity_id, 1, 255)),
    -- Bodies are written without blanks, and a quote inside a value is escaped: this is the field and nothing else.
    outbound_provisioning = case when body like '%"outbound_provisioning":true%' then 1 else 0 end,
    -- When they were made was not kept; the last save is the nearest that is known.
    created_at = updated_at;

-- An index for each order, with what is searched and filtered by, so that only the rows of a page are read.
create index sp_connections_by_name on sp_connections (name_key, id, entity_id_key, enabled, browser_sso, outbound_provisioning);
create index sp_connections_by_entity_id on sp_connections (entity_id_key, id, name_key, enabled, browser_sso, outbound_provisioning);
create index sp_connections_by_created on sp_connections (created_at, id, name_key, entity_id_key, enabled, browser_sso, outbound_provisioning);
create index sp_connections_by_updated on sp_connections (updated_at, id, name_key, entity_id_key, enabled, browser_sso, outbound_provisioning);
