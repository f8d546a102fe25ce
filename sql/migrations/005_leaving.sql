-- Actors of ours that were deleted stay as rows (`gone`), so that their names are not used again and
-- their last words can still be signed; counters leave out who is gone, and tell who is local.
DROP TRIGGER actor_counted;
DROP TRIGGER actor_uncounted;
INSERT INTO counter (name, value) SELECT 'channels_local', count(*) FROM actor WHERE kind = 'Group' AND host = '';
UPDATE counter SET value = (SELECT count(*) FROM actor WHERE kind = 'Person' AND gone = 0) WHERE name = 'accounts';
UPDATE counter SET value = (SELECT count(*) FROM actor WHERE kind = 'Group' AND gone = 0) WHERE name = 'channels';
CREATE TRIGGER actor_counted AFTER INSERT ON actor WHEN new.gone = 0 BEGIN
    UPDATE counter SET value = value + 1 WHERE name = CASE new.kind WHEN 'Person' THEN 'accounts' WHEN 'Group' THEN 'channels' END;
    UPDATE counter SET value = value + 1 WHERE name = 'channels_local' AND new.kind = 'Group' AND new.host = '';
END;
CREATE TRIGGER actor_uncounted AFTER DELETE ON actor WHEN old.gone = 0 BEGIN
    UPDATE counter SET value = value - 1 WHERE name = CASE old.kind WHEN 'Person' THEN 'accounts' WHEN 'Group' THEN 'channels' END;
    UPDATE counter SET value = value - 1 WHERE name = 'channels_local' AND old.kind = 'Group' AND old.host = '';
END;
CREATE TRIGGER actor_left AFTER UPDATE OF gone ON actor WHEN old.gone <> new.gone BEGIN
    UPDATE counter SET value = value + old.gone - new.gone
     WHERE name = CASE new.kind WHEN 'Person' THEN 'accounts' WHEN 'Group' THEN 'channels' END;
    UPDATE counter SET value = value + old.gone - new.gone WHERE name = 'channels_local' AND new.kind = 'Group' AND new.host = '';
END;
CREATE INDEX actor_last_words ON actor (updated_ms) WHERE gone = 1 AND private_key IS NOT NULL;
