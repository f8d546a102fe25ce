-- Machines that take encoding tasks over HTTP.
CREATE TABLE worker (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL UNIQUE,
    token_hash  TEXT NOT NULL UNIQUE,          -- SHA-256 of the token that was shown once
    created_ms  INTEGER NOT NULL,
    updated_ms  INTEGER NOT NULL,
    seen_ms     INTEGER NOT NULL DEFAULT 0,    -- last contact, to half a minute; 0: never
    address     TEXT,
    build       TEXT,                          -- its version and media libraries
    tasks_done  INTEGER NOT NULL DEFAULT 0,
    tasks_failed INTEGER NOT NULL DEFAULT 0,
    work_ms     INTEGER NOT NULL DEFAULT 0     -- time spent on tasks that were done
) STRICT;
