-- Accounts, channels, videos, files, uploads, jobs: the main job of the site.
-- Times are Unix milliseconds UTC; booleans 0/1; ids of things in the world are UUID text.

CREATE TABLE site (            -- one row a fact about this site: keys and secrets made at first start
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE user (            -- somebody who can sign in
    id             INTEGER PRIMARY KEY,
    username       TEXT NOT NULL COLLATE NOCASE UNIQUE,
    email          TEXT COLLATE NOCASE UNIQUE,
    password_hash  TEXT NOT NULL,              -- argon2id, PHC string
    role           INTEGER NOT NULL,           -- 0 administrator, 1 moderator, 2 user
    quota_bytes    INTEGER NOT NULL,           -- -1 unlimited
    quota_daily_bytes INTEGER NOT NULL,
    used_bytes     INTEGER NOT NULL DEFAULT 0, -- bytes uploaded and kept
    blocked        INTEGER NOT NULL DEFAULT 0,
    blocked_reason TEXT,
    login_ms       INTEGER NOT NULL DEFAULT 0, -- last sign-in or day of use; 0 never
    settings       TEXT NOT NULL DEFAULT '{}', -- JSON: nsfwPolicy, autoPlayVideo, ...
    created_ms     INTEGER NOT NULL,
    updated_ms     INTEGER NOT NULL
) STRICT;

CREATE TABLE actor (           -- whoever can be followed: an account (Person) or a channel (Group)
    id           INTEGER PRIMARY KEY,
    kind         TEXT NOT NULL CHECK (kind IN ('Person', 'Group', 'Application')),
    name         TEXT NOT NULL COLLATE NOCASE, -- preferredUsername
    host         TEXT NOT NULL DEFAULT '',     -- '' is this site
    display_name TEXT NOT NULL,
    description  TEXT,
    support      TEXT,
    user_id      INTEGER REFERENCES user (id) ON DELETE CASCADE,   -- of a local account
    owner_id     INTEGER REFERENCES actor (id) ON DELETE CASCADE,  -- the account that owns a channel
    created_ms   INTEGER NOT NULL,
    updated_ms   INTEGER NOT NULL,
    UNIQUE (name, host)
) STRICT;
CREATE INDEX actor_by_user ON actor (user_id);
CREATE INDEX actor_by_owner ON actor (owner_id, id);

CREATE TABLE token (           -- one sign-in: an OAuth2 pair, or a cookie session of our own pages
    id            INTEGER PRIMARY KEY,
    user_id       INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    access_hash   TEXT NOT NULL UNIQUE,        -- SHA-256 hex: the token itself is not stored
    refresh_hash  TEXT UNIQUE,                 -- NULL for a cookie session
    access_until_ms  INTEGER NOT NULL,
    refresh_until_ms INTEGER NOT NULL,
    address       TEXT,                        -- where the sign-in came from, shown to its user
    device        TEXT,
    used_ms       INTEGER NOT NULL,            -- last use, to the day
    created_ms    INTEGER NOT NULL
) STRICT;
CREATE INDEX token_by_user ON token (user_id, id);
CREATE INDEX user_by_login ON user (login_ms);
CREATE INDEX user_by_role ON user (role);
CREATE INDEX actor_by_kind ON actor (kind, id);
CREATE INDEX token_by_end ON token (refresh_until_ms);

CREATE TABLE video (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid         TEXT NOT NULL UNIQUE,
    channel_id   INTEGER NOT NULL REFERENCES actor (id),
    name         TEXT NOT NULL,
    description  TEXT,
    support      TEXT,
    category     INTEGER,
    licence      INTEGER,
    language     TEXT,
    privacy      INTEGER NOT NULL,             -- 1 public 2 unlisted 3 private 4 internal
    nsfw         INTEGER NOT NULL DEFAULT 0,
    nsfw_flags   INTEGER NOT NULL DEFAULT 0,
    nsfw_summary TEXT,
    tags         TEXT NOT NULL DEFAULT '[]',   -- JSON array of text
    comments_policy  INTEGER NOT NULL DEFAULT 1,
    download_enabled INTEGER NOT NULL DEFAULT 1,
    wait_transcoding INTEGER NOT NULL DEFAULT 0,
    state        INTEGER NOT NULL,             -- 1 published 2 to transcode 7 transcoding failed
    reason       TEXT,                         -- why it failed, for its owner
    playable     INTEGER NOT NULL DEFAULT 0,   -- a first segment can be fetched
    listed       INTEGER NOT NULL DEFAULT 0,   -- derived: public, playable and published
    duration_ms  INTEGER NOT NULL DEFAULT 0,
    width        INTEGER NOT NULL DEFAULT 0,
    height       INTEGER NOT NULL DEFAULT 0,
    views        INTEGER NOT NULL DEFAULT 0,
    source_name  TEXT NOT NULL,                -- the uploader's file name, for showing only
    source_bytes INTEGER NOT NULL,
    master_name  TEXT NOT NULL,                -- {uuid}-master.m3u8
    sha256_name  TEXT NOT NULL,                -- {uuid}-segments-sha256.json
    created_ms   INTEGER NOT NULL,
    updated_ms   INTEGER NOT NULL,
    published_ms INTEGER NOT NULL,
    originally_published_ms INTEGER,
    -- long texts last: reading the columns above then needs no overflow pages
    chapters     TEXT,                         -- JSON [[seconds, "title"], ...] once somebody set them
    plan         TEXT,                         -- JSON: what the plan task answered
    probe        TEXT                          -- JSON: what the probe task answered
) STRICT;
CREATE INDEX video_listed ON video (published_ms DESC, id DESC) WHERE listed = 1;
CREATE INDEX video_listed_views ON video (views DESC, id DESC) WHERE listed = 1;
CREATE INDEX video_listed_name ON video (name, id) WHERE listed = 1;
CREATE INDEX video_listed_duration ON video (duration_ms, id) WHERE listed = 1;
CREATE INDEX video_listed_original ON video (originally_published_ms, id) WHERE listed = 1;
CREATE INDEX video_listed_created ON video (id) WHERE listed = 1;
CREATE INDEX video_listed_channel ON video (channel_id, published_ms DESC, id DESC) WHERE listed = 1;
CREATE INDEX video_listed_category ON video (category, published_ms DESC, id DESC) WHERE listed = 1;
CREATE INDEX video_by_channel ON video (channel_id, published_ms DESC);
CREATE INDEX video_unfinished ON video (state, id) WHERE state <> 1;

-- Counters kept by triggers, so that lists answer `total` without counting rows.
CREATE TABLE counter (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counter (name, value) VALUES ('videos_listed', 0), ('videos_listed_safe', 0), ('videos', 0), ('users', 0), ('views', 0),
    ('accounts', 0), ('channels', 0), ('files_bytes', 0);
CREATE TRIGGER actor_counted AFTER INSERT ON actor BEGIN
    UPDATE counter SET value = value + 1 WHERE name = CASE new.kind WHEN 'Person' THEN 'accounts' WHEN 'Group' THEN 'channels' END;
END;
CREATE TRIGGER actor_uncounted AFTER DELETE ON actor BEGIN
    UPDATE counter SET value = value - 1 WHERE name = CASE old.kind WHEN 'Person' THEN 'accounts' WHEN 'Group' THEN 'channels' END;
END;
CREATE TRIGGER user_counted AFTER INSERT ON user BEGIN
    UPDATE counter SET value = value + 1 WHERE name = 'users';
END;
CREATE TRIGGER user_uncounted AFTER DELETE ON user BEGIN
    UPDATE counter SET value = value - 1 WHERE name = 'users';
END;
CREATE TRIGGER video_counted AFTER INSERT ON video BEGIN
    UPDATE counter SET value = value + 1 WHERE name = 'videos';
    UPDATE counter SET value = value + new.listed WHERE name = 'videos_listed';
    UPDATE counter SET value = value + new.listed * (1 - new.nsfw) WHERE name = 'videos_listed_safe';
END;
CREATE TRIGGER video_uncounted AFTER DELETE ON video BEGIN
    UPDATE counter SET value = value - 1 WHERE name = 'videos';
    UPDATE counter SET value = value - old.listed WHERE name = 'videos_listed';
    UPDATE counter SET value = value - old.listed * (1 - old.nsfw) WHERE name = 'videos_listed_safe';
END;
CREATE TRIGGER video_relisted AFTER UPDATE OF listed, nsfw ON video
  WHEN new.listed <> old.listed OR new.nsfw <> old.nsfw BEGIN
    UPDATE counter SET value = value + new.listed - old.listed WHERE name = 'videos_listed';
    UPDATE counter SET value = value + new.listed * (1 - new.nsfw) - old.listed * (1 - old.nsfw)
     WHERE name = 'videos_listed_safe';
END;

CREATE TABLE channel_counter ( -- listed videos of a channel, kept by triggers as counter is
    channel_id INTEGER PRIMARY KEY REFERENCES actor (id) ON DELETE CASCADE,
    listed     INTEGER NOT NULL,
    safe       INTEGER NOT NULL                -- of these: not nsfw
) STRICT;
CREATE TRIGGER channel_video_listed AFTER INSERT ON video WHEN new.listed = 1 BEGIN
    INSERT INTO channel_counter (channel_id, listed, safe) VALUES (new.channel_id, 1, 1 - new.nsfw)
    ON CONFLICT (channel_id) DO UPDATE SET listed = listed + 1, safe = safe + excluded.safe;
END;
CREATE TRIGGER channel_video_gone AFTER DELETE ON video WHEN old.listed = 1 BEGIN
    UPDATE channel_counter SET listed = listed - 1, safe = safe - (1 - old.nsfw) WHERE channel_id = old.channel_id;
END;
CREATE TRIGGER channel_video_relisted AFTER UPDATE OF listed, nsfw, channel_id ON video
  WHEN new.listed <> old.listed OR new.nsfw <> old.nsfw OR new.channel_id <> old.channel_id BEGIN
    UPDATE channel_counter SET listed = listed - 1, safe = safe - (1 - old.nsfw)
     WHERE channel_id = old.channel_id AND old.listed = 1;
    INSERT INTO channel_counter (channel_id, listed, safe) SELECT new.channel_id, 1, 1 - new.nsfw WHERE new.listed = 1
    ON CONFLICT (channel_id) DO UPDATE SET listed = listed + 1, safe = safe + excluded.safe;
END;

-- The words of videos. Its content is the table itself and triggers keep it current, so that no
-- change of a video can forget it.
CREATE VIRTUAL TABLE video_text USING fts5 (name, description, tags, content = 'video', content_rowid = 'id',
                                            tokenize = 'unicode61 remove_diacritics 2');
CREATE TRIGGER video_text_added AFTER INSERT ON video BEGIN
    INSERT INTO video_text (rowid, name, description, tags) VALUES (new.id, new.name, new.description, new.tags);
END;
CREATE TRIGGER video_text_removed AFTER DELETE ON video BEGIN
    INSERT INTO video_text (video_text, rowid, name, description, tags)
    VALUES ('delete', old.id, old.name, old.description, old.tags);
END;
CREATE TRIGGER video_text_changed AFTER UPDATE OF name, description, tags ON video BEGIN
    INSERT INTO video_text (video_text, rowid, name, description, tags)
    VALUES ('delete', old.id, old.name, old.description, old.tags);
    INSERT INTO video_text (rowid, name, description, tags) VALUES (new.id, new.name, new.description, new.tags);
END;

CREATE TABLE view_day (        -- views by day, for what is trending; rows of gone videos are ignored
    day      INTEGER NOT NULL,                 -- days since 1970
    video_id INTEGER NOT NULL,
    views    INTEGER NOT NULL,
    PRIMARY KEY (day, video_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE moving (          -- stream folders on their way between public and private
    video_id INTEGER PRIMARY KEY REFERENCES video (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE rung (            -- one rendition of a video; resolution 0 is the sound
    id          INTEGER PRIMARY KEY,
    video_id    INTEGER NOT NULL REFERENCES video (id) ON DELETE CASCADE,
    name        TEXT NOT NULL,                 -- the plan's name of it: "1080", "0"
    file_uuid   TEXT NOT NULL,                 -- {file_uuid}-{resolution}-fragmented.mp4 and .m3u8
    resolution  INTEGER NOT NULL,
    width       INTEGER NOT NULL,
    height      INTEGER NOT NULL,
    fps         INTEGER NOT NULL,              -- rounded; -1 for sound
    frame_rate  TEXT,                          -- "30000/1001"
    codecs      TEXT,                          -- RFC 6381
    init_bytes  INTEGER NOT NULL DEFAULT 0,
    size_bytes  INTEGER NOT NULL DEFAULT 0,    -- bytes of the public file that count; more is to be cut
    segments    INTEGER NOT NULL DEFAULT 0,
    ready_us    INTEGER NOT NULL DEFAULT 0,    -- duration of those segments
    done        INTEGER NOT NULL DEFAULT 0,
    UNIQUE (video_id, name)
) STRICT;

CREATE TRIGGER rung_sized AFTER UPDATE OF size_bytes ON rung BEGIN
    UPDATE counter SET value = value + new.size_bytes - old.size_bytes WHERE name = 'files_bytes';
END;
CREATE TRIGGER rung_unsized AFTER DELETE ON rung WHEN old.size_bytes > 0 BEGIN
    UPDATE counter SET value = value - old.size_bytes WHERE name = 'files_bytes';
END;

CREATE INDEX rung_by_file ON rung (file_uuid);

CREATE TABLE part (            -- what one append added to a rung: its segments, in order
    rung_id  INTEGER NOT NULL REFERENCES rung (id) ON DELETE CASCADE,
    first    INTEGER NOT NULL,                 -- index of its first segment
    segments TEXT NOT NULL,                    -- JSON [[bytes, duration_us, "sha256"], ...]
    PRIMARY KEY (rung_id, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE thumbnail (
    video_id INTEGER NOT NULL REFERENCES video (id) ON DELETE CASCADE,
    width    INTEGER NOT NULL,
    height   INTEGER NOT NULL,
    file     TEXT NOT NULL,
    PRIMARY KEY (video_id, width, height)
) STRICT, WITHOUT ROWID;

CREATE TABLE storyboard (
    video_id INTEGER PRIMARY KEY REFERENCES video (id) ON DELETE CASCADE,
    file     TEXT NOT NULL,
    total_width INTEGER NOT NULL, total_height INTEGER NOT NULL,
    sprite_width INTEGER NOT NULL, sprite_height INTEGER NOT NULL,
    sprite_duration_s INTEGER NOT NULL
) STRICT;

CREATE TABLE upload (          -- a resumable upload that is not finished
    id          TEXT PRIMARY KEY,
    user_id     INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    identity    TEXT NOT NULL,                 -- digest of name, size and lastModified: the same file again
    size_bytes  INTEGER NOT NULL,
    metadata    TEXT NOT NULL,                 -- JSON of the init request
    video_id    INTEGER,                       -- set when finished: a repeated last PUT answers the same
    created_ms  INTEGER NOT NULL,
    touched_ms  INTEGER NOT NULL,
    UNIQUE (user_id, identity)
) STRICT;
CREATE INDEX upload_by_touch ON upload (touched_ms);

CREATE TABLE job (             -- everything slow; each kind may run twice without harm
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT NOT NULL,
    lane        INTEGER NOT NULL,              -- 0 quick, 1 heavy
    video_id    INTEGER REFERENCES video (id) ON DELETE CASCADE,
    payload     TEXT NOT NULL DEFAULT '{}',
    state       TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'done', 'failed')),
    priority    INTEGER NOT NULL,              -- lower goes first
    attempts    INTEGER NOT NULL DEFAULT 0,
    run_after_ms   INTEGER NOT NULL DEFAULT 0,
    lease_until_ms INTEGER NOT NULL DEFAULT 0,
    lease_owner TEXT,
    reason      TEXT,
    result      TEXT,
    created_ms  INTEGER NOT NULL,
    ended_ms    INTEGER
) STRICT;
CREATE INDEX job_next ON job (lane, priority, id) WHERE state = 'pending';
CREATE INDEX job_running ON job (lease_until_ms) WHERE state = 'running';
CREATE INDEX job_by_video ON job (video_id, kind);
CREATE INDEX job_ended ON job (ended_ms) WHERE ended_ms IS NOT NULL;

CREATE TABLE trash (           -- files to remove after the row that named them is gone
    id   INTEGER PRIMARY KEY,
    path TEXT NOT NULL                         -- below the data folder
) STRICT;
