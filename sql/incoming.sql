-- Activities that came in: verified, kept, then worked through. A signer belongs to one of three lanes
-- (signer_id % 3), each with a thread of its own: so a heap of letters of one does not hide the others'.

-- name: incoming_put
-- in: :digest :signer_id :body :now_ms
INSERT INTO incoming (digest, signer_id, body, run_after_ms, received_ms)
VALUES (:digest, :signer_id, :body, :now_ms, :now_ms)
ON CONFLICT (digest) DO NOTHING;

-- name: incoming_due
-- in:  :now_ms :count :lane
-- out: 0 id, 1 signer_id, 2 body, 3 attempts, 4 received_ms
SELECT id, signer_id, body, attempts, received_ms FROM incoming INDEXED BY incoming_lane
 WHERE done = 0 AND signer_id % 3 = :lane AND run_after_ms <= :now_ms
 ORDER BY run_after_ms, id LIMIT :count;

-- name: incoming_next_due
-- in:  :lane
-- out: 0 earliest run_after_ms
SELECT run_after_ms FROM incoming INDEXED BY incoming_lane WHERE done = 0 AND signer_id % 3 = :lane
 ORDER BY run_after_ms, id LIMIT 1;

-- name: incoming_body
-- in:  :id
-- out: 0 body
SELECT body FROM incoming WHERE id = :id;

-- name: incoming_done
-- in: :id :note
UPDATE incoming SET done = 1, note = :note WHERE id = :id;

-- name: incoming_again
-- in: :id :run_after_ms :note
UPDATE incoming SET attempts = attempts + 1, run_after_ms = :run_after_ms, note = :note WHERE id = :id;

-- name: incoming_purge
-- in: :before_ms
DELETE FROM incoming WHERE id IN (SELECT id FROM incoming INDEXED BY incoming_old WHERE done = 1 AND received_ms < :before_ms LIMIT 5000);

-- name: overtaken_put
-- in: :uri :now_ms
INSERT INTO overtaken (uri, at_ms) VALUES (:uri, :now_ms) ON CONFLICT (uri) DO UPDATE SET at_ms = :now_ms;

-- name: overtaken_since
-- in:  :uri :since_ms
-- out: 0 at_ms
SELECT at_ms FROM overtaken WHERE uri = :uri AND at_ms >= :since_ms;

-- name: overtaken_drop
-- in: :uri
DELETE FROM overtaken WHERE uri = :uri;

-- name: overtaken_purge
-- in: :before_ms
DELETE FROM overtaken WHERE uri IN (SELECT uri FROM overtaken INDEXED BY overtaken_old WHERE at_ms < :before_ms LIMIT 5000);

-- name: incoming_waiting
-- out: 0 count
-- scan-ok: the partial index of what waits
SELECT count(*) FROM incoming INDEXED BY incoming_lane WHERE done = 0;
