-- How people sign on: who checks a password, and the forms that ask for one. As in 0002, what is searched or referred to is a
-- column; the rest is a JSON body with its version.

create table pcvs (
    id text not null primary key,
    name text not null,
    -- Chosen by a person, once.
    instance_id text not null,
    -- No action on delete: a Data Store in use stays.
    data_store_id text references data_stores (id),
    body text not null,
    body_version bigint not null,
    version bigint not null,
    updated_by text not null,
    updated_at bigint not null
);

create unique index pcvs_name on pcvs (lower(name));
create unique index pcvs_instance_id on pcvs (lower(instance_id));
create index pcvs_data_store on pcvs (data_store_id);

create table idp_adapters (
    id text not null primary key,
    name text not null,
    instance_id text not null,
    -- Part of an address, so unique; null where there is none.
    logout_path text,
    body text not null,
    body_version bigint not null,
    version bigint not null,
    updated_by text not null,
    updated_at bigint not null
);

create unique index idp_adapters_name on idp_adapters (lower(name));
create unique index idp_adapters_instance_id on idp_adapters (lower(instance_id));
create unique index idp_adapters_logout_path on idp_adapters (lower(logout_path));

-- The validators inside the bodies of idp_adapters, repeated here so that they can be referred to. Written with the adapter,
-- never alone. No action on delete of a validator: one in use stays.
create table idp_adapter_pcvs (
    adapter_id text not null references idp_adapters (id) on delete cascade,
    pcv_id text not null references pcvs (id),
    constraint idp_adapter_pcvs_pkey primary key (adapter_id, pcv_id)
);

create index idp_adapter_pcvs_pcv on idp_adapter_pcvs (pcv_id);
