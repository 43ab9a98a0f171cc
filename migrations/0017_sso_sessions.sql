-- Who is signed on through this server, where they were taken, and what became of every sign-on. Nothing of it has to do with the
-- sessions of the console.

create table sso_sessions (
    id text not null primary key,
    -- A hash of the browser's cookie: who reads the database cannot take over a session.
    browser text not null,
    adapter_id text not null,
    -- For whom it holds: empty for every adapter, else the adapter's id. Null: for nobody, it is there to be signed off.
    scope text,
    username text not null,
    -- What the validator said of the person, as JSON.
    given text not null,
    authn_at bigint not null,
    -- Without use, and in any case.
    idle_ms bigint not null,
    expires_at bigint not null,
    ends_at bigint not null
);

create index sso_sessions_browser on sso_sessions (browser);
create index sso_sessions_expires_at on sso_sessions (expires_at);

-- Service providers that were told of a session, each of which may be asked to end it, or ask for it.
create table sso_visits (
    session_id text not null references sso_sessions (id) on delete cascade,
    connection_id text not null,
    session_index text not null,
    name text not null,
    -- The name with its format and qualifiers, as JSON.
    name_id text not null,
    constraint sso_visits_pkey primary key (session_id, connection_id)
);

create index sso_visits_connection on sso_visits (connection_id, name);

-- Logouts that wait for a service provider's answer. The id is a hash of what travels through the browser.
create table sso_logouts (
    id text not null primary key,
    body text not null,
    expires_at bigint not null
);

create index sso_logouts_expires_at on sso_logouts (expires_at);

-- What became of sign-ons, for administrators; the newest of them.
create table sign_ons (
    id text not null primary key,
    at bigint not null,
    tracking text not null,
    event text not null,
    is_success bigint not null,
    connection_id text,
    connection text not null,
    adapter text not null,
    -- Who, as the service provider was told, or as was typed; with a lower-case copy to search by.
    person text not null,
    person_key text not null,
    address text not null,
    protocol text not null,
    code text not null,
    reason text not null,
    took_ms bigint not null
);

create index sign_ons_at on sign_ons (at);
create index sign_ons_connection on sign_ons (connection_id, at);
