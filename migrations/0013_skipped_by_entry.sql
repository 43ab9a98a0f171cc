-- Whether the object's own entry alone says why it is left out: then it need not be read again until it changes.

alter table skipped add column by_entry bigint not null default 0;
