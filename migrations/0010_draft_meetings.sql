-- Two people, or two windows, that meet over one object.

-- What a draft was begun from, as JSON: what somebody else saved meanwhile is merged with it tab by tab. Empty for drafts of new
-- objects, and for drafts begun before this was kept.
alter table drafts add column base text not null default '';
-- Who deleted the object while this draft was open, and when; empty and 0 while it is there.
alter table drafts add column gone_by text not null default '';
alter table drafts add column gone_at bigint not null default 0;

-- Drafts that were saved or thrown away, for a while: another window may still show one.
create table closed_drafts (
    id text not null primary key,
    owner text not null,
    kind text not null,
    target_id text not null,
    name text not null,
    -- 1: saved; 0: thrown away.
    saved bigint not null,
    closed_at bigint not null
);

create index closed_drafts_closed_at on closed_drafts (closed_at);
