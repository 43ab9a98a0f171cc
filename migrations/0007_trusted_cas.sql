-- Certificate authorities that connections may trust besides the machine's own.

create table trusted_cas (
    id text not null primary key,
    -- SHA-256 of the certificate: one that is there already is not added again.
    fingerprint text not null,
    -- PEM.
    certificate text not null,
    added_by text not null,
    added_at bigint not null
);

create unique index trusted_cas_fingerprint on trusted_cas (fingerprint);
