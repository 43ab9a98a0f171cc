-- Messages of service providers that were answered: a message is answered once. A row is kept for as long as the message could be
-- taken for a new one; after that its age refuses it.

create table answered_messages (
    -- A hash of the sender and the message's own ID.
    key text not null primary key,
    expires_at bigint not null
);

create index answered_messages_expires_at on answered_messages (expires_at);
