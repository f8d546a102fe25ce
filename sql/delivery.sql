-- Deliveries: activities on their way to inboxes elsewhere, and what is known of the hosts there.
-- A row that is being delivered is leased: its run_after_ms is the end of the lease, so nobody else
-- finds it due, and a crash gives it back.

-- name: outgoing_insert
-- in: :body :subject :now_ms
INSERT INTO outgoing (body, open, subject, created_ms) VALUES (:body, 0, :subject, :now_ms);

-- name: delivery_take_back
-- in: :subject
-- What is being delivered right now goes on.
DELETE FROM delivery WHERE leased_until_ms = 0
   AND outgoing_id IN (SELECT id FROM outgoing WHERE subject = :subject);

-- name: outgoing_take_back
-- in: :subject
DELETE FROM outgoing WHERE subject = :subject
   AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.outgoing_id = outgoing.id);

-- name: outgoing_recount
-- in: :subject
UPDATE outgoing SET open = (SELECT count(*) FROM delivery d WHERE d.outgoing_id = outgoing.id)
 WHERE subject = :subject;

-- name: outgoing_body
-- in:  :id
-- out: 0 body
SELECT body FROM outgoing WHERE id = :id;

-- name: outgoing_open
-- in: :id :open
UPDATE outgoing SET open = :open WHERE id = :id;

-- name: outgoing_ended
-- in: :id :count
UPDATE outgoing SET open = open - :count WHERE id = :id;

-- name: outgoing_delete
-- in: :id
DELETE FROM outgoing WHERE id = :id AND open <= 0;

-- name: delivery_insert_all
-- in: :outgoing_id :signer_id :followed :shared :personal :inboxes :now_ms
--     :followed actors whose followers get it; :shared and :personal actors who get it at their shared
--     or their own inbox; :inboxes [[url, host], ...]. All are JSON arrays.
INSERT INTO delivery (outgoing_id, signer_id, host, inbox, run_after_ms, created_ms)
SELECT :outgoing_id, :signer_id, d.host, d.inbox, :now_ms, :now_ms FROM (
    SELECT a.host AS host, coalesce(a.shared_inbox, a.inbox) AS inbox
      FROM json_each(:followed) t CROSS JOIN follow f ON f.target_id = t.value AND f.state = 'accepted'
      JOIN actor a ON a.id = f.follower_id
     WHERE a.host <> '' AND a.gone = 0
    UNION
    SELECT a.host, coalesce(a.shared_inbox, a.inbox) FROM json_each(:shared) t JOIN actor a ON a.id = t.value
     WHERE a.host <> '' AND a.gone = 0
    UNION
    SELECT a.host, a.inbox FROM json_each(:personal) t JOIN actor a ON a.id = t.value
     WHERE a.host <> '' AND a.gone = 0
    UNION
    SELECT json_extract(t.value, '$[1]'), json_extract(t.value, '$[0]') FROM json_each(:inboxes) t
) d
 WHERE d.inbox IS NOT NULL AND d.host IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM block b WHERE b.user_id = 0 AND b.kind = 'host' AND b.target = d.host)
   AND ((SELECT value FROM site WHERE name = 'federation_mode') IS NOT 'allow-list'
        OR EXISTS (SELECT 1 FROM allowed_host l WHERE l.host = d.host));

-- name: delivery_lease
-- in:  :now_ms :until_ms :count
-- out: 0 id, 1 outgoing_id, 2 signer_id, 3 host, 4 inbox, 5 attempts, 6 created_ms
UPDATE delivery SET run_after_ms = :until_ms, leased_until_ms = :until_ms
 WHERE id IN (SELECT id FROM delivery INDEXED BY delivery_next WHERE run_after_ms <= :now_ms
               ORDER BY run_after_ms, id LIMIT :count)
RETURNING id, outgoing_id, signer_id, host, inbox, attempts, created_ms;

-- name: delivery_next_due
-- scan-ok: the first entry of the index
-- out: 0 earliest run_after_ms
SELECT run_after_ms FROM delivery INDEXED BY delivery_next ORDER BY run_after_ms LIMIT 1;

-- name: delivery_reclaim
-- in: :now_ms
-- scan-ok: once at the start: what the process before us held
UPDATE delivery SET run_after_ms = :now_ms, leased_until_ms = 0 WHERE leased_until_ms > 0;

-- name: delivery_again
-- in: :id :attempts :run_after_ms :note
UPDATE delivery SET attempts = :attempts, run_after_ms = :run_after_ms, leased_until_ms = 0, note = coalesce(:note, note)
 WHERE id = :id;

-- name: delivery_delete
-- in: :id
DELETE FROM delivery WHERE id = :id;

-- name: delivery_revive
-- in: :host :now_ms
-- What waited for a host that answers again; the rest comes with the next round.
UPDATE delivery SET run_after_ms = :now_ms
 WHERE id IN (SELECT id FROM delivery INDEXED BY delivery_by_host
               WHERE host = :host AND run_after_ms > :now_ms AND leased_until_ms = 0 LIMIT 5000);

-- name: delivery_count
-- scan-ok: a figure for administrators: the index alone is counted
-- out: 0 count
SELECT count(*) FROM delivery INDEXED BY delivery_next;

-- name: delivery_followers_gone
-- in: :host :inbox
-- Its inbox is gone for good: so are the follows of who had it.
DELETE FROM follow WHERE follower_id IN (SELECT id FROM actor WHERE host = :host AND host <> '' AND inbox = :inbox);

-- name: peer_failed
-- in: :host :now_ms :retry_after_ms
INSERT INTO peer (host, failing_since_ms, retry_after_ms, failures) VALUES (:host, :now_ms, :retry_after_ms, 1)
ON CONFLICT (host) DO UPDATE SET failures = failures + 1, retry_after_ms = :retry_after_ms,
       failing_since_ms = coalesce(failing_since_ms, :now_ms);

-- name: peer_answered
-- in: :host :now_ms :signature
INSERT INTO peer (host, seen_ms, signature) VALUES (:host, :now_ms, :signature)
ON CONFLICT (host) DO UPDATE SET failures = 0, retry_after_ms = 0, failing_since_ms = NULL, seen_ms = :now_ms,
       signature = coalesce(:signature, signature);

-- name: peers_failing
-- out: 0 host, 1 failures, 2 retry_after_ms, 3 failing_since_ms, 4 what waits for it (at most 10,000)
-- scan-ok: once at the start, and for administrators: one row a host that fails
SELECT host, failures, retry_after_ms, failing_since_ms,
       (SELECT count(*) FROM (SELECT 1 FROM delivery d WHERE d.host = peer.host LIMIT 10000))
  FROM peer WHERE failing_since_ms IS NOT NULL
 ORDER BY failing_since_ms LIMIT 10000;

-- name: delivery_video
-- in:  :id
-- out: 0 uuid, 1 uri, 2 channel_id, 3 account_id, 4 privacy, 5 listed
SELECT v.uuid, v.uri, v.channel_id, c.owner_id, v.privacy, v.listed
  FROM video v JOIN actor c ON c.id = v.channel_id WHERE v.id = :id;

-- name: actor_counts
-- in:  :id
-- out: 0 followers, 1 following, 2 updated_ms
SELECT followers, following, updated_ms FROM actor WHERE id = :id;

-- name: rate_at
-- in:  :actor_id :video_id
-- out: 0 value, 1 created_ms
SELECT value, created_ms FROM rate WHERE actor_id = :actor_id AND video_id = :video_id AND uri IS NULL;

-- name: share_own_put
-- in: :actor_id :video_id :now_ms
INSERT INTO share (id, actor_id, video_id, created_ms)
VALUES (max(coalesce((SELECT max(id) FROM share), 0) + 1, :now_ms * 1000), :actor_id, :video_id, :now_ms)
ON CONFLICT (actor_id, video_id) DO NOTHING;

-- name: share_at
-- in:  :actor_id :video_id
-- out: 0 id
SELECT id FROM share WHERE actor_id = :actor_id AND video_id = :video_id;
