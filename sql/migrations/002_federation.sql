-- The fediverse: actors elsewhere, follows, comments, rates, shares, what came in and what goes out.
-- Ids of things elsewhere are their ActivityPub `id`; what is local has uri NULL and is named by rule.

ALTER TABLE actor ADD COLUMN uri TEXT;            -- id of a remote actor
ALTER TABLE actor ADD COLUMN inbox TEXT;
ALTER TABLE actor ADD COLUMN shared_inbox TEXT;   -- NULL: it has none
ALTER TABLE actor ADD COLUMN outbox TEXT;
ALTER TABLE actor ADD COLUMN followers_uri TEXT;
ALTER TABLE actor ADD COLUMN page_url TEXT;       -- its HTML page
ALTER TABLE actor ADD COLUMN icon_url TEXT;
ALTER TABLE actor ADD COLUMN key_id TEXT;         -- of a remote actor's publicKey
ALTER TABLE actor ADD COLUMN public_key TEXT;     -- PEM, SPKI; of local actors made when first needed
ALTER TABLE actor ADD COLUMN private_key TEXT;    -- PEM; local actors only
ALTER TABLE actor ADD COLUMN fetched_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE actor ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;      -- deleted at its origin
ALTER TABLE actor ADD COLUMN moved_to TEXT;
ALTER TABLE actor ADD COLUMN followers INTEGER NOT NULL DEFAULT 0; -- accepted; kept by triggers on follow
ALTER TABLE actor ADD COLUMN following INTEGER NOT NULL DEFAULT 0;
ALTER TABLE actor ADD COLUMN remote_followers INTEGER NOT NULL DEFAULT 0; -- as the origin says
CREATE UNIQUE INDEX actor_by_uri ON actor (uri) WHERE uri IS NOT NULL;
CREATE INDEX actor_by_key_id ON actor (key_id) WHERE key_id IS NOT NULL;
CREATE INDEX actor_by_host ON actor (host, id) WHERE host <> '';

ALTER TABLE video ADD COLUMN uri TEXT;            -- id of a remote video; NULL: ours
ALTER TABLE video ADD COLUMN remote TEXT;         -- JSON: its files, playlists, thumbnails, pages, collections
ALTER TABLE video ADD COLUMN fetched_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE video ADD COLUMN likes INTEGER NOT NULL DEFAULT 0;     -- kept by triggers on rate
ALTER TABLE video ADD COLUMN dislikes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE video ADD COLUMN shares INTEGER NOT NULL DEFAULT 0;
ALTER TABLE video ADD COLUMN comments INTEGER NOT NULL DEFAULT 0;  -- shown ones
ALTER TABLE video ADD COLUMN comments_version INTEGER NOT NULL DEFAULT 0; -- grows with every change below it
ALTER TABLE video ADD COLUMN federated INTEGER NOT NULL DEFAULT 0; -- its Create went out
CREATE UNIQUE INDEX video_by_uri ON video (uri) WHERE uri IS NOT NULL;

CREATE TABLE follow (
    id          INTEGER PRIMARY KEY,
    follower_id INTEGER NOT NULL REFERENCES actor (id) ON DELETE CASCADE,
    target_id   INTEGER NOT NULL REFERENCES actor (id) ON DELETE CASCADE,
    state       TEXT NOT NULL CHECK (state IN ('pending', 'accepted', 'rejected')),
    uri         TEXT,              -- id of the Follow; NULL: ours, named by rule from `id`
    created_ms  INTEGER NOT NULL,
    UNIQUE (follower_id, target_id)
) STRICT;
CREATE INDEX follow_by_target ON follow (target_id, state, id);
CREATE INDEX follow_by_uri ON follow (uri) WHERE uri IS NOT NULL;
CREATE TRIGGER follow_added AFTER INSERT ON follow WHEN new.state = 'accepted' BEGIN
    UPDATE actor SET followers = followers + 1 WHERE id = new.target_id;
    UPDATE actor SET following = following + 1 WHERE id = new.follower_id;
END;
CREATE TRIGGER follow_removed AFTER DELETE ON follow WHEN old.state = 'accepted' BEGIN
    UPDATE actor SET followers = followers - 1 WHERE id = old.target_id;
    UPDATE actor SET following = following - 1 WHERE id = old.follower_id;
END;
CREATE TRIGGER follow_changed AFTER UPDATE OF state ON follow WHEN (old.state = 'accepted') <> (new.state = 'accepted') BEGIN
    UPDATE actor SET followers = followers + CASE new.state WHEN 'accepted' THEN 1 ELSE -1 END WHERE id = new.target_id;
    UPDATE actor SET following = following + CASE new.state WHEN 'accepted' THEN 1 ELSE -1 END WHERE id = new.follower_id;
END;

CREATE TABLE comment (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    uri         TEXT,              -- id of a remote one; NULL: ours
    page_url    TEXT,
    video_id    INTEGER NOT NULL REFERENCES video (id) ON DELETE CASCADE,
    actor_id    INTEGER REFERENCES actor (id) ON DELETE SET NULL,  -- NULL: gone with its account
    parent_id   INTEGER REFERENCES comment (id),   -- NULL: starts a thread
    thread_id   INTEGER,                           -- id of the first of its thread; its own for that one
    html        TEXT NOT NULL,     -- sanitised
    source      TEXT,              -- what a local person typed (Markdown)
    sensitive   TEXT,              -- content warning
    held        INTEGER NOT NULL DEFAULT 0,        -- waits for the owner's approval
    approval    TEXT,              -- id of the ApproveReply
    created_ms  INTEGER NOT NULL,
    updated_ms  INTEGER NOT NULL,
    deleted_ms  INTEGER,           -- a tombstone keeps the shape of the thread
    replies     INTEGER NOT NULL DEFAULT 0,        -- of a first comment: shown ones in its thread
    owner_replies INTEGER NOT NULL DEFAULT 0,      -- of those: by the video's account
    likes       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX comment_by_uri ON comment (uri) WHERE uri IS NOT NULL;
CREATE INDEX comment_threads ON comment (video_id, created_ms, id) WHERE parent_id IS NULL;
CREATE INDEX comment_threads_replies ON comment (video_id, replies, id) WHERE parent_id IS NULL;
CREATE INDEX comment_by_thread ON comment (thread_id, id);
CREATE INDEX comment_by_video ON comment (video_id, id);
CREATE INDEX comment_by_actor ON comment (actor_id, id);
CREATE INDEX comment_by_parent ON comment (parent_id);
-- Shown: neither held nor deleted. The text of somebody whose account goes, goes with him.
CREATE TRIGGER comment_added AFTER INSERT ON comment BEGIN
    UPDATE comment SET thread_id = new.id WHERE id = new.id AND new.thread_id IS NULL;
    UPDATE video SET comments_version = comments_version + 1, comments = comments + (new.held = 0 AND new.deleted_ms IS NULL)
     WHERE id = new.video_id;
    UPDATE comment SET replies = replies + 1, owner_replies = owner_replies + (new.actor_id IS (SELECT c.owner_id
           FROM video v JOIN actor c ON c.id = v.channel_id WHERE v.id = new.video_id))
     WHERE id = new.thread_id AND id <> new.id AND new.held = 0 AND new.deleted_ms IS NULL;
END;
CREATE TRIGGER comment_changed AFTER UPDATE OF html, held, deleted_ms ON comment BEGIN
    UPDATE video SET comments_version = comments_version + 1,
           comments = comments + (new.held = 0 AND new.deleted_ms IS NULL) - (old.held = 0 AND old.deleted_ms IS NULL)
     WHERE id = new.video_id;
    UPDATE comment SET
           replies = replies + (new.held = 0 AND new.deleted_ms IS NULL) - (old.held = 0 AND old.deleted_ms IS NULL),
           owner_replies = owner_replies
             + ((new.held = 0 AND new.deleted_ms IS NULL) - (old.held = 0 AND old.deleted_ms IS NULL))
             * (old.actor_id IS (SELECT c.owner_id FROM video v JOIN actor c ON c.id = v.channel_id WHERE v.id = new.video_id))
     WHERE id = new.thread_id AND id <> new.id
       AND (new.held = 0 AND new.deleted_ms IS NULL) <> (old.held = 0 AND old.deleted_ms IS NULL);
END;
CREATE TRIGGER comment_author_gone BEFORE DELETE ON actor BEGIN
    UPDATE comment SET html = '', source = NULL, sensitive = NULL, held = 0,
           deleted_ms = coalesce(deleted_ms, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)) WHERE actor_id = old.id;
END;

CREATE TABLE rate (            -- one a person and thing: a second replaces the first
    actor_id   INTEGER NOT NULL REFERENCES actor (id) ON DELETE CASCADE,
    video_id   INTEGER NOT NULL REFERENCES video (id) ON DELETE CASCADE,
    value      INTEGER NOT NULL CHECK (value IN (1, -1)),
    uri        TEXT,               -- id of the remote Like or Dislike
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (actor_id, video_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX rate_by_video ON rate (video_id, value, created_ms);
CREATE INDEX rate_by_uri ON rate (uri) WHERE uri IS NOT NULL;
CREATE TRIGGER rate_added AFTER INSERT ON rate BEGIN
    UPDATE video SET likes = likes + (new.value = 1), dislikes = dislikes + (new.value = -1) WHERE id = new.video_id;
END;
CREATE TRIGGER rate_removed AFTER DELETE ON rate BEGIN
    UPDATE video SET likes = likes - (old.value = 1), dislikes = dislikes - (old.value = -1) WHERE id = old.video_id;
END;
CREATE TRIGGER rate_changed AFTER UPDATE OF value ON rate WHEN old.value <> new.value BEGIN
    UPDATE video SET likes = likes + new.value, dislikes = dislikes - new.value WHERE id = new.video_id;
END;

CREATE TABLE comment_rate (
    actor_id   INTEGER NOT NULL REFERENCES actor (id) ON DELETE CASCADE,
    comment_id INTEGER NOT NULL REFERENCES comment (id) ON DELETE CASCADE,
    uri        TEXT,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (actor_id, comment_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX comment_rate_by_comment ON comment_rate (comment_id);
CREATE INDEX comment_rate_by_uri ON comment_rate (uri) WHERE uri IS NOT NULL;
CREATE TRIGGER comment_rate_added AFTER INSERT ON comment_rate BEGIN
    UPDATE comment SET likes = likes + 1 WHERE id = new.comment_id;
END;
CREATE TRIGGER comment_rate_removed AFTER DELETE ON comment_rate BEGIN
    UPDATE comment SET likes = likes - 1 WHERE id = old.comment_id;
END;

CREATE TABLE share (           -- an Announce of a video
    id         INTEGER PRIMARY KEY,
    actor_id   INTEGER NOT NULL REFERENCES actor (id) ON DELETE CASCADE,
    video_id   INTEGER NOT NULL REFERENCES video (id) ON DELETE CASCADE,
    uri        TEXT,               -- NULL: ours, named by rule from `id`
    created_ms INTEGER NOT NULL,
    UNIQUE (actor_id, video_id)
) STRICT;
CREATE INDEX share_by_video ON share (video_id, id);
CREATE INDEX share_by_uri ON share (uri) WHERE uri IS NOT NULL;
CREATE TRIGGER share_added AFTER INSERT ON share BEGIN
    UPDATE video SET shares = shares + 1 WHERE id = new.video_id;
END;
CREATE TRIGGER share_removed AFTER DELETE ON share BEGIN
    UPDATE video SET shares = shares - 1 WHERE id = old.video_id;
END;

CREATE TABLE incoming (        -- verified activities, stored before 202 is answered
    id          INTEGER PRIMARY KEY,
    digest      TEXT NOT NULL UNIQUE,  -- SHA-256 of activity id and body: the same bytes again are dropped
    signer_id   INTEGER NOT NULL REFERENCES actor (id) ON DELETE CASCADE,
    body        TEXT NOT NULL,         -- the exact bytes, also for forwarding
    attempts    INTEGER NOT NULL DEFAULT 0,
    run_after_ms INTEGER NOT NULL,
    done        INTEGER NOT NULL DEFAULT 0,
    note        TEXT,                  -- why it was ignored or failed
    received_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX incoming_next ON incoming (run_after_ms, id) WHERE done = 0;
CREATE INDEX incoming_old ON incoming (received_ms) WHERE done = 1;

CREATE TABLE outgoing (        -- the bytes of an activity that is being delivered
    id         INTEGER PRIMARY KEY,
    body       TEXT NOT NULL,
    open       INTEGER NOT NULL,       -- deliveries that are not ended; at 0 the row goes
    created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE delivery (
    id          INTEGER PRIMARY KEY,
    outgoing_id INTEGER NOT NULL REFERENCES outgoing (id) ON DELETE CASCADE,
    signer_id   INTEGER NOT NULL REFERENCES actor (id) ON DELETE CASCADE,
    host        TEXT NOT NULL,
    inbox       TEXT NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    run_after_ms INTEGER NOT NULL,
    leased_until_ms INTEGER NOT NULL DEFAULT 0,
    note        TEXT,                  -- what the last attempt met
    created_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX delivery_next ON delivery (run_after_ms, id);
CREATE INDEX delivery_by_host ON delivery (host, run_after_ms);
CREATE INDEX delivery_by_outgoing ON delivery (outgoing_id);

CREATE TABLE peer (            -- what we know of another host
    host        TEXT PRIMARY KEY,
    software    TEXT,                  -- by nodeinfo
    failing_since_ms INTEGER,          -- NULL: it answers
    retry_after_ms   INTEGER NOT NULL DEFAULT 0,
    failures    INTEGER NOT NULL DEFAULT 0,
    signature   TEXT,                  -- 'rfc9421' when it refused draft-cavage
    seen_ms     INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE block (           -- of an account or a host; by the site (user_id 0) or a user
    user_id    INTEGER NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('account', 'host')),
    target     TEXT NOT NULL,          -- actor id as text, or host
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (user_id, kind, target)
) STRICT, WITHOUT ROWID;

CREATE TABLE tombstone (       -- local objects that were deleted: 410 for ever
    path       TEXT PRIMARY KEY,       -- below the site's address
    former     TEXT NOT NULL,          -- ActivityPub type it had
    deleted_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE report (          -- a Flag from elsewhere, or made here
    id         INTEGER PRIMARY KEY,
    reporter_id INTEGER REFERENCES actor (id) ON DELETE SET NULL,
    video_id   INTEGER REFERENCES video (id) ON DELETE SET NULL,
    comment_id INTEGER REFERENCES comment (id) ON DELETE SET NULL,
    actor_id   INTEGER REFERENCES actor (id) ON DELETE SET NULL,
    reason     TEXT NOT NULL,
    state      INTEGER NOT NULL DEFAULT 1, -- 1 pending 2 rejected 3 accepted
    created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX report_by_state ON report (state, id);

CREATE TABLE notification (    -- for a local person
    id         INTEGER PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    type       INTEGER NOT NULL,           -- PeerTube's notification types
    actor_id   INTEGER REFERENCES actor (id) ON DELETE CASCADE,
    video_id   INTEGER REFERENCES video (id) ON DELETE CASCADE,
    comment_id INTEGER REFERENCES comment (id) ON DELETE CASCADE,
    target_id  INTEGER REFERENCES actor (id) ON DELETE CASCADE,  -- who is followed
    read       INTEGER NOT NULL DEFAULT 0,
    created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX notification_by_user ON notification (user_id, id);
CREATE INDEX notification_unread ON notification (user_id, id) WHERE read = 0;
CREATE INDEX notification_by_actor ON notification (actor_id);
CREATE INDEX notification_by_video ON notification (video_id);
CREATE INDEX notification_by_comment ON notification (comment_id);
CREATE INDEX block_by_target ON block (kind, target);
