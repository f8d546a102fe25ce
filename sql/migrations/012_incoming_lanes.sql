-- Each thread finds its own letters, however many wait for the others (sql/incoming.sql).
DROP INDEX incoming_next;
CREATE INDEX incoming_lane ON incoming (signer_id % 3, run_after_ms, id) WHERE done = 0;
