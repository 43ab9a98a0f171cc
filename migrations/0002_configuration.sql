-- What an administrator configures. What is searched or referred to is a column; the rest is a JSON body with its version.

create table data_stores (
    id text not null primary key,
    name text not null,
    body text not null,
    body_version bigint not null,
    -- Counts the saves: who saves against an older one is told so.
    version bigint not null,
    updated_by text not null,
    updated_at bigint not null
);

create unique index data_stores_name on data_stores (lower(name));

create table sp_connections (
    id text not null primary key,
    -- Entity IDs are compared exactly (SAML 2.0 core, 8.3.6); names are not.
    entity_id text not null,
    name text not null,
    connector_id text not null,
    connector_version text not null,
    enabled bigint not null,
    body text not null,
    body_version bigint not null,
    version bigint not null,
    updated_by text not null,
    updated_at bigint not null
);

create unique index sp_connections_entity_id on sp_connections (entity_id);
create unique index sp_connections_name on sp_connections (lower(name));

-- The channels inside the bodies of sp_connections, repeated here so that they can be queried and referred to. Written with
-- the connection, never alone. Deleting one forgets its run state, links and history.
create table channels (
    id text not null primary key,
    connection_id text not null references sp_connections (id) on delete cascade,
    name text not null,
    active bigint not null,
    -- No action on delete: a Data Store in use stays.
    data_store_id text references data_stores (id),
    position bigint not null
);

create index channels_connection on channels (connection_id);
create index channels_data_store on channels (data_store_id);

-- What is being edited. The body is the aggregate as far as it is typed, with what was typed wrong in `problems`.
create table drafts (
    id text not null primary key,
    kind text not null,
    target_id text not null,
    owner text not null,
    -- The version of the aggregate when editing began; 0 for a new one.
    base_version bigint not null,
    -- 1: *Save Draft* was pressed; others go after a while.
    kept bigint not null,
    path text not null,
    body text not null,
    problems text not null,
    version bigint not null,
    updated_at bigint not null
);

create unique index drafts_owner_target on drafts (owner, kind, target_id);
create index drafts_updated_at on drafts (updated_at);

-- Connectors that were uploaded; the built-in ones are in the binary.
create table connectors (
    id text not null,
    version text not null,
    toml text not null,
    added_at bigint not null,
    constraint connectors_id_version primary key (id, version)
);
