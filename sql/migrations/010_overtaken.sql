-- Letters overtake each other: an end may come before what it ends. Then its id waits here, and what
-- comes later does not come to life.
CREATE TABLE overtaken (
    uri   TEXT PRIMARY KEY,
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX overtaken_old ON overtaken (at_ms);
