-- What an outgoing activity brings into being or changes: a Delete or an Undo takes its waiting
-- deliveries back, so that a peer that was away never hears of it after its end.
ALTER TABLE outgoing ADD COLUMN subject TEXT;
CREATE INDEX outgoing_by_subject ON outgoing (subject) WHERE subject IS NOT NULL;
