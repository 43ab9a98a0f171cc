-- Since when the secrets of a connection's target are what they are: some services let a token end after a time. Secrets saved
-- before this table was there have no row, and nothing is said of their age.

create table secret_dates (
    connection_id text not null references sp_connections (id) on delete cascade,
    field text not null,
    set_at bigint not null,
    constraint secret_dates_pkey primary key (connection_id, field)
);
