-- Keys this server signs with. The private keys in the bodies are sealed, each for its own certificate.

create table signing_keys (
    id text not null primary key,
    body text not null,
    body_version bigint not null,
    version bigint not null,
    updated_by text not null,
    updated_at bigint not null
);
