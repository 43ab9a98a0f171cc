-- What cycles of a channel did, added up in spans of five minutes: figures over time stay when the cycles themselves are forgotten.

create table channel_figures (
    channel_id text not null references channels (id) on delete cascade,
    -- Begin of the span.
    at bigint not null,
    cycles bigint not null,
    -- Cycles that could not be done as a whole.
    broken bigint not null,
    operations bigint not null,
    failures bigint not null,
    took_ms bigint not null,
    longest_ms bigint not null,
    -- Requests to the service, and how long it took to answer them.
    calls bigint not null,
    calls_ms bigint not null,
    slow_ms bigint not null,
    constraint channel_figures_span primary key (channel_id, at)
);

-- Most spans of most channels have nothing to show.
create index channel_figures_busy on channel_figures (at) where operations + failures + broken > 0;

-- What a list of cycles is narrowed by; null in cycles of before.
alter table cycles add column operations bigint;

-- What objects of a cycle are found by, whatever their case; null in objects of before.
alter table cycle_objects add column name_key text;
