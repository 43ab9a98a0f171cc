-- Whether a cycle was about one object alone, which a person asked for: it says nothing of how the channel stands.

alter table cycles add column of_one bigint not null default 0;
