-- Encoding begins while the file is still on its way.
CREATE TABLE early (           -- what is known of the part that has arrived
    upload_id    TEXT PRIMARY KEY REFERENCES upload (id) ON DELETE CASCADE,
    generation   INTEGER NOT NULL DEFAULT 0,   -- grows when bytes that were here are taken back
    probed_bytes INTEGER NOT NULL DEFAULT 0,   -- of the file when it was last looked at
    next         INTEGER NOT NULL DEFAULT 0,   -- the chunk that comes next
    probe        TEXT,
    plan         TEXT
) STRICT;
CREATE TABLE early_chunk (     -- a chunk made from it; files: staging/early/{upload}/{generation}-{chunk}
    upload_id    TEXT NOT NULL REFERENCES early (upload_id) ON DELETE CASCADE,
    chunk        INTEGER NOT NULL,
    generation   INTEGER NOT NULL,
    result       TEXT NOT NULL,                -- JSON, as of a job of kind chunk
    PRIMARY KEY (upload_id, chunk)
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_by_video ON upload (video_id) WHERE video_id IS NOT NULL;
