-- Who may use the console.
--
-- One text serves SQLite and PostgreSQL: columns are TEXT or BIGINT only, times are unix milliseconds, truth is 0 or 1.

create table accounts (
    id text not null primary key,
    username text not null,
    password_hash text not null,
    must_change bigint not null,
    disabled bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);

-- `Admin` and `admin` are one person. The index is named because the name comes back in the error.
create unique index accounts_username on accounts (lower(username));

create table sessions (
    id text not null primary key,
    -- Without a foreign key: a session begins before anyone has signed in.
    account_id text,
    data text not null,
    expires_at bigint not null
);

create index sessions_expires_at on sessions (expires_at);
create index sessions_account on sessions (account_id);

-- Failed sign-ins by whatever is throttled: a username, an address.
create table login_failures (
    key text not null primary key,
    count bigint not null,
    first_at bigint not null,
    blocked_until bigint not null
);

create table settings (
    key text not null primary key,
    value text not null
);
