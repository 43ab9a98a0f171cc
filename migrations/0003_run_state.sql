-- What a channel remembers between cycles. Apart from the configuration, so that saving an old draft cannot undo a Pause.

create table channel_state (
    channel_id text not null primary key references channels (id) on delete cascade,
    body text not null,
    updated_at bigint not null
);

-- Which source object is which target object, with hashes of what was last written. A cycle loads all of a channel's rows,
-- so they are short: names and values are in link_records.
create table links (
    connection_id text not null,
    kind text not null,
    source_id text not null,
    channel_id text not null references channels (id) on delete cascade,
    target_id text not null,
    dn_digest text not null,
    value_digest text not null,
    -- 32 hex digits each, separated by commas.
    unique_digests text not null,
    members_digest text not null,
    member_count bigint not null,
    active bigint not null,
    origin text not null,
    mark text not null
);

-- Two channels of one connection never own the same object, on either side.
create unique index links_source on links (connection_id, kind, source_id);
create unique index links_target on links (connection_id, target_id);
create index links_channel on links (channel_id, kind);

-- The other half of a link, loaded only for objects that change.
create table link_records (
    connection_id text not null,
    kind text not null,
    source_id text not null,
    name text not null,
    dn text not null,
    written text not null,
    constraint link_records_source primary key (connection_id, kind, source_id),
    foreign key (connection_id, kind, source_id) references links (connection_id, kind, source_id) on delete cascade
);

-- Creates that were begun and whose outcome is not known.
create table intents (
    channel_id text not null references channels (id) on delete cascade,
    kind text not null,
    source_id text not null,
    match_value text not null,
    begun_at bigint not null,
    constraint intents_object primary key (channel_id, kind, source_id)
);

-- Objects that failed and wait with a growing delay.
create table setbacks (
    channel_id text not null references channels (id) on delete cascade,
    kind text not null,
    source_id text not null,
    name text not null,
    attempts bigint not null,
    next_at bigint not null,
    action text not null,
    detail text not null,
    value_digest text not null,
    constraint setbacks_object primary key (channel_id, kind, source_id)
);

-- A person's leave, or refusal, for removals that a guard held.
create table approvals (
    channel_id text not null references channels (id) on delete cascade,
    kind text not null,
    source_id text not null,
    action text not null,
    approved bigint not null,
    expires_at bigint not null,
    constraint approvals_removal primary key (channel_id, kind, source_id, action)
);

-- Source objects left out, with the reason. An entry without an anchor has an empty source id, so the DN is in the key.
create table skipped (
    channel_id text not null references channels (id) on delete cascade,
    kind text not null,
    source_id text not null,
    dn text not null,
    name text not null,
    reason text not null,
    since bigint not null,
    constraint skipped_object primary key (channel_id, kind, source_id, dn)
);
