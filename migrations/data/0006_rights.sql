-- Why: what a person asked, what was done, and the evidence. Locks: none. Undo: forward fix only.

CREATE TABLE request (
  tenant      uuid        NOT NULL,
  request_id  uuid        NOT NULL,
  type        text        NOT NULL CHECK (type IN ('erasure')),
  state       text        NOT NULL CHECK (state IN ('received', 'erasing', 'completed', 'refused')),
  received_at timestamptz NOT NULL,
  closed_at   timestamptz,
  actor_ref   uuid        NOT NULL,
  records     int         NOT NULL,
  PRIMARY KEY (tenant, request_id)
);
SELECT distribute_table('request', 'request_id'), protect_table('request');

-- Keys that are still to be destroyed. Outlives the record; emptied by the worker.
CREATE TABLE pending_shred (
  tenant     uuid        NOT NULL,
  request_id uuid        NOT NULL,
  unit_id    uuid        NOT NULL,
  unit_kind  smallint    NOT NULL,  -- 1 record, 2 rejected row, 3 organisation
  asked_at   timestamptz NOT NULL,
  PRIMARY KEY (tenant, unit_id)
);
SELECT distribute_table('pending_shred', 'unit_id'), protect_table('pending_shred');

-- What is left of an erased record, on purpose.
CREATE TABLE tombstone (
  tenant         uuid        NOT NULL,
  record_id      uuid        NOT NULL,
  erased_at      timestamptz NOT NULL,
  certificate_id uuid        NOT NULL,
  PRIMARY KEY (tenant, record_id)
);
SELECT distribute_table('tombstone', 'record_id'), protect_table('tombstone');

CREATE TABLE certificate (
  tenant         uuid        NOT NULL,
  certificate_id uuid        NOT NULL,  -- A keyed unit (purpose 3), three years.
  request_id     uuid        NOT NULL,
  sealed         cdp_enc     NOT NULL,
  body_hash      bytea       NOT NULL CHECK (length(body_hash) = 32),  -- Salted.
  issued_at      timestamptz NOT NULL,
  ends_at        timestamptz NOT NULL,
  PRIMARY KEY (tenant, certificate_id)
);
COMMENT ON COLUMN certificate.sealed IS 'personal; erased by key shredding';
SELECT distribute_table('certificate', 'certificate_id'), protect_table('certificate');
