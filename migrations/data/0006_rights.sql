-- Why: what a person asked, what was done, and the evidence. Locks: none. Undo: forward fix only.

-- An erasure is `erasing` from the commit that received it (every read refuses), `certifying` once
-- keys and rows are gone, `completed` when its certificate stands.
CREATE TABLE request (
  tenant      uuid        NOT NULL,
  request_id  uuid        NOT NULL,
  type        text        NOT NULL CHECK (type IN ('erasure')),
  state       text        NOT NULL CHECK (state IN ('erasing', 'certifying', 'completed')),
  received_at timestamptz NOT NULL,
  closed_at   timestamptz,
  actor_ref   uuid        NOT NULL,
  records     int         NOT NULL,
  PRIMARY KEY (tenant, request_id)
);
CREATE INDEX request_open ON request (tenant, received_at) WHERE state <> 'completed';
SELECT distribute_table('request', 'request_id'), protect_table('request');

-- Keys that are still to be destroyed. Outlives the record; emptied by the worker.
CREATE TABLE pending_shred (
  tenant     uuid        NOT NULL,
  request_id uuid        NOT NULL,  -- Of a request; of a sweep for keys that nothing needs.
  unit_id    uuid        NOT NULL,
  unit_kind  smallint    NOT NULL CHECK (unit_kind BETWEEN 1 AND 4),
                                    -- 1 record, 2 rejected row, 3 a key that nothing needs,
                                    -- 4 organisation
  asked_at   timestamptz NOT NULL,
  PRIMARY KEY (tenant, unit_id)
);
CREATE INDEX pending_shred_request ON pending_shred (tenant, request_id);
SELECT distribute_table('pending_shred', 'unit_id'), protect_table('pending_shred');

-- What is left of an erased record, on purpose.
CREATE TABLE tombstone (
  tenant     uuid        NOT NULL,
  record_id  uuid        NOT NULL,
  erased_at  timestamptz NOT NULL,
  request_id uuid        NOT NULL,  -- Its certificate.
  PRIMARY KEY (tenant, record_id)
);
SELECT distribute_table('tombstone', 'record_id'), protect_table('tombstone');

-- The evidence of an erasure, under a key of its own (subject = request, purpose 3) for three years.
-- A draft without hash until the log's proof is in it.
CREATE TABLE certificate (
  tenant     uuid        NOT NULL,
  request_id uuid        NOT NULL,
  sealed     cdp_enc     NOT NULL,
  body_hash  bytea       CHECK (length(body_hash) = 32),  -- Salted; stands in REQUEST_CLOSED.
  issued_at  timestamptz,
  ends_at    timestamptz NOT NULL,
  PRIMARY KEY (tenant, request_id)
);
COMMENT ON COLUMN certificate.sealed IS 'personal; erased by key shredding';
SELECT distribute_table('certificate', 'request_id'), protect_table('certificate');
