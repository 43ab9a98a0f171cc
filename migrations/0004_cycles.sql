-- What happened: cycles and every object they touched.

create table cycles (
    id text not null primary key,
    channel_id text not null references channels (id) on delete cascade,
    state text not null,
    started_at bigint not null,
    -- 1: it changed something or did not succeed. Most cycles find nothing to do and are kept for less long.
    notable bigint not null,
    body text not null
);

create index cycles_channel_time on cycles (channel_id, started_at);
create index cycles_state on cycles (state);

create table cycle_objects (
    cycle_id text not null references cycles (id) on delete cascade,
    seq bigint not null,
    -- For the history of one object over cycles.
    channel_id text not null,
    kind text not null,
    source_id text not null,
    name text not null,
    dn text not null,
    action text not null,
    reason text not null,
    changes text not null,
    outcome text not null,
    answer text not null,
    target_id text,
    request_id text,
    at bigint not null,
    constraint cycle_objects_seq primary key (cycle_id, seq)
);

create index cycle_objects_history on cycle_objects (channel_id, kind, source_id, at);

-- Plans too large for memory, in the order they are applied; gone with their cycle or when it is done.
create table plan_ops (
    cycle_id text not null references cycles (id) on delete cascade,
    seq bigint not null,
    op text not null,
    constraint plan_ops_seq primary key (cycle_id, seq)
);
