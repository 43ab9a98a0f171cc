-- What people are told of. A condition lasts: a row as long as it does, so that it is told once, over a restart too. A notice is one
-- message by one way, kept until it was delivered and some time after it, for whoever asks whether it was.

create table conditions (
    topic text not null,
    event text not null,
    title text not null,
    sentences text not null,
    page text not null,
    since bigint not null,
    -- 0 while it may still pass by itself.
    told bigint not null,
    constraint conditions_pkey primary key (topic)
);

create table notices (
    id text not null,
    way text not null,
    event text not null,
    topic text not null,
    title text not null,
    sentences text not null,
    page text not null,
    created_at bigint not null,
    sent_at bigint,
    attempts bigint not null,
    -- Empty once it was delivered or given up.
    next_at bigint,
    error text not null,
    constraint notices_pkey primary key (id)
);

create index notices_due on notices (next_at) where next_at is not null;
create index notices_created on notices (created_at);
