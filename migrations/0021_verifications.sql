-- The newest comparison of each channel's target with what was written there.

create table verifications (
    channel_id text not null primary key references channels (id) on delete cascade,
    started_at bigint not null,
    body text not null
);
