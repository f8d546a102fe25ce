-- Hosts that may federate with us while the setting federation_mode is allow-list.
CREATE TABLE allowed_host (
    host       TEXT PRIMARY KEY,
    created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
