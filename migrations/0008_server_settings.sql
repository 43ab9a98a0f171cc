-- What is configured once for the whole server, a row for each page it is configured on.

create table server_settings (
    id text not null primary key,
    body text not null,
    body_version bigint not null,
    version bigint not null,
    updated_by text not null,
    updated_at bigint not null
);
