-- A word or a code that is common in all may be in none of an agent's or a queue's recordings,
-- and to find that out all of them were read. The indexes tell whose each is: in that of the
-- words the agent and the queue of a note are words too, in a form that no word has.

-- +goose Up
ALTER TABLE talk_note ADD COLUMN queue text NOT NULL DEFAULT '';
DROP INDEX talk_note_words;
UPDATE talk_note n SET queue = v.queue FROM queue_visit v WHERE v.visit_id = n.visit_id;
CREATE INDEX talk_note_words ON talk_note USING gin ((to_tsvector('simple', note) || array_to_tsvector(ARRAY['=a' || agent, '=q' || queue])));
CREATE INDEX disposition_code_agent ON disposition (code, agent);
CREATE INDEX disposition_code_queue ON disposition (code, queue);

-- +goose Down
DROP INDEX disposition_code_queue;
DROP INDEX disposition_code_agent;
DROP INDEX talk_note_words;
CREATE INDEX talk_note_words ON talk_note USING gin (to_tsvector('simple', note));
ALTER TABLE talk_note DROP COLUMN queue;
