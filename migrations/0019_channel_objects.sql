-- Every person and group that a channel knows, a row each, so that one list can show them: those linked, those left out, those that
-- failed. Made from the tables it tells of, in the transaction that changes them, and never read by a cycle.

create table channel_objects (
    channel_id text not null references channels (id) on delete cascade,
    kind text not null,
    source_id text not null,
    target_id text not null,
    name text not null,
    dn text not null,
    -- In lower case as Unicode has it, and cut off where an index would refuse them: what the list is sorted by, and what is searched
    -- (name, e-mail addresses, DN, target id).
    name_key text not null,
    find_key text not null,
    state text not null,
    reason text not null,
    -- The reason without what differs from one object to the next; empty where there is none.
    reason_key text not null,
    -- When something was last done about it; 0 where that is not known.
    at bigint not null,
    constraint channel_objects_pkey primary key (channel_id, kind, source_id)
);

-- Which operations a plan holds about one object. Plans held before this were recorded without it: their objects are not shown as
-- held until another set of removals is.
alter table plan_ops add column kind text not null default '';
alter table plan_ops add column source_id text not null default '';
create index plan_ops_object on plan_ops (cycle_id, kind, source_id);

insert into channel_objects (channel_id, kind, source_id, target_id, name, dn, name_key, find_key, state, reason, reason_key, at)
select l.channel_id, l.kind, l.source_id, l.target_id, r.name, r.dn, lower(substr(r.name, 1, 120)),
    lower(substr(r.name || ' ' || r.dn || ' ' || l.target_id, 1, 500)),
    case when s.detail is not null then 'failed' when l.mark <> 'good' then 'pending' when l.active = 0 then 'disabled' else 'in_sync' end,
    coalesce(s.detail, ''), coalesce(substr(s.detail, 1, 200), ''), 0
from links l
join link_records r on r.connection_id = l.connection_id and r.kind = l.kind and r.source_id = l.source_id
left join setbacks s on s.channel_id = l.channel_id and s.kind = l.kind and s.source_id = l.source_id
where true on conflict do nothing;

insert into channel_objects (channel_id, kind, source_id, target_id, name, dn, name_key, find_key, state, reason, reason_key, at)
select channel_id, kind, source_id, '', min(name), min(dn), min(lower(substr(name, 1, 120))), min(lower(substr(name || ' ' || dn, 1, 500))),
    'skipped', min(reason), min(substr(reason, 1, 200)), min(since)
from skipped where source_id <> '' group by channel_id, kind, source_id
on conflict (channel_id, kind, source_id) do update set state = 'skipped', reason = excluded.reason, reason_key = excluded.reason_key,
    at = excluded.at;

insert into channel_objects (channel_id, kind, source_id, target_id, name, dn, name_key, find_key, state, reason, reason_key, at)
select channel_id, kind, source_id, '', name, '', lower(substr(name, 1, 120)), lower(substr(name, 1, 500)), 'failed', detail,
    substr(detail, 1, 200), 0
from setbacks where true on conflict do nothing;

-- An index for each way the list is asked for, with what is searched and filtered by, so that only the rows of a page are read.
create index channel_objects_by_name on channel_objects (channel_id, name_key, kind, source_id, find_key);
create index channel_objects_by_state on channel_objects (channel_id, state, name_key, kind, source_id, reason_key);
create index channel_objects_all_by_name on channel_objects (name_key, kind, source_id, channel_id, find_key);
create index channel_objects_all_by_state on channel_objects (state, name_key, kind, source_id, channel_id, reason_key);
