-- From where a connector came: 1 for one that lay in the folder of the data directory, 0 for one that was uploaded.

alter table connectors add column from_folder bigint not null default 0;

create index sp_connections_connector on sp_connections (connector_id, connector_version);
