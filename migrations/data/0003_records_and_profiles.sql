-- Why: what the sources say (records), how a value finds them (identifiers), who they are together
-- (profiles), and how files came in (imports). Personal fields are ciphertext under one key a record;
-- the keys are in the other cluster. Locks: none (new tables). Undo: forward fix only.

-- A system that feeds data: an instance of a mapping of policies/sources.
CREATE TABLE source (
  tenant        uuid        NOT NULL,
  source_id     smallint    NOT NULL,
  name          text        NOT NULL CHECK (name ~ '^[a-z][a-z0-9_-]{0,62}$'),
  mapping       text        NOT NULL,
  act_of_person boolean     NOT NULL,  -- Its rows are acts of the person: they end an erasure marker.
  created_at    timestamptz NOT NULL,
  PRIMARY KEY (tenant, source_id),
  UNIQUE (tenant, name)
);
SELECT reference_table('source'), protect_table('source');

-- One source's view of one person. Everything here identifies nobody by itself, yet is pseudonymous
-- personal data (docs/data-model.md lists what may stand in the clear).
CREATE TABLE record (
  tenant         uuid        NOT NULL,
  record_id      uuid        NOT NULL,
  source_id      smallint    NOT NULL,
  external_tag   bytea       NOT NULL CHECK (length(external_tag) = 16),
  subject_ref    uuid        NOT NULL,  -- Its name in the log.
  state          smallint    NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 3),
                                        -- 0 live, 1 erasing, 2 erased, 3 retired
  version        int         NOT NULL,
  country        char(2),
  region         text,
  city           text,                  -- Only those of policies/cities.yaml.
  age_band       smallint,              -- Lower bound of five years.
  majority_month date,
  birthday_month smallint    CHECK (birthday_month BETWEEN 1 AND 12),
  gender         char(1),
  legal_person   boolean     NOT NULL DEFAULT false,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  PRIMARY KEY (tenant, record_id)
);
SELECT distribute_table('record', 'record_id'), protect_table('record');

-- The record's personal fields, one row a version; the newest counts.
CREATE TABLE record_version (
  tenant      uuid        NOT NULL,
  record_id   uuid        NOT NULL,
  version     int         NOT NULL,
  row_id      uuid        NOT NULL,  -- Bound into every field record of the set.
  fields      cdp_enc     NOT NULL,  -- A field set (docs/formats.md).
  content_tag bytea       NOT NULL CHECK (length(content_tag) = 16),  -- Tells a row that changed.
  leaf_id     uuid        NOT NULL,
  leaf_pos    int         NOT NULL,  -- Its place in the batch that the leaf seals.
  row_hash    bytea       NOT NULL CHECK (length(row_hash) = 32),
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, record_id, version)
);
COMMENT ON COLUMN record_version.fields IS 'personal; erased by key shredding';
SELECT distribute_table('record_version', 'record_id'), protect_table('record_version');

-- (source, external id) → record.
CREATE TABLE source_key (
  tenant       uuid     NOT NULL,
  external_tag bytea    NOT NULL CHECK (length(external_tag) = 16),
  source_id    smallint NOT NULL,
  record_id    uuid     NOT NULL,
  PRIMARY KEY (tenant, external_tag, source_id)
);
SELECT distribute_table('source_key', 'external_tag'), protect_table('source_key');

-- "Who has this e-mail", without knowing it. kind = index_id of policies/fields.yaml.
CREATE TABLE identifier (
  tenant        uuid        NOT NULL,
  tag           bytea       NOT NULL CHECK (length(tag) = 16),
  kind          smallint    NOT NULL,
  record_id     uuid        NOT NULL,
  index_version smallint    NOT NULL,
  verified      boolean     NOT NULL,
  first_seen    timestamptz NOT NULL,
  PRIMARY KEY (tenant, tag, kind, record_id)
);
CREATE INDEX identifier_record ON identifier (tenant, record_id);
SELECT distribute_table('identifier', 'tag'), protect_table('identifier');

-- A value that a record held and holds no more. It finds the person for erasure and access, and
-- nothing else: linking, contact points and permits never read it.
CREATE TABLE former_identifier (
  tenant    uuid        NOT NULL,
  tag       bytea       NOT NULL CHECK (length(tag) = 16),
  kind      smallint    NOT NULL,
  record_id uuid        NOT NULL,
  left_at   timestamptz NOT NULL,
  PRIMARY KEY (tenant, tag, kind, record_id)
);
CREATE INDEX former_identifier_record ON former_identifier (tenant, record_id);
SELECT distribute_table('former_identifier', 'tag'), protect_table('former_identifier');

-- A company of a CRM: neither a person nor a reject. Sealed too: a sole trader's name is a person's.
CREATE TABLE organisation (
  tenant          uuid        NOT NULL,
  organisation_id uuid        NOT NULL,  -- A keyed unit, as a record is.
  source_id       smallint    NOT NULL,
  external_tag    bytea       NOT NULL CHECK (length(external_tag) = 16),
  name_tag        bytea       NOT NULL CHECK (length(name_tag) = 16),
  row_id          uuid        NOT NULL,
  fields          cdp_enc     NOT NULL,
  content_tag     bytea       NOT NULL CHECK (length(content_tag) = 16),
  leaf_id         uuid        NOT NULL,
  leaf_pos        int         NOT NULL,
  row_hash        bytea       NOT NULL CHECK (length(row_hash) = 32),
  updated_at      timestamptz NOT NULL,
  PRIMARY KEY (tenant, organisation_id)
);
COMMENT ON COLUMN organisation.fields IS 'personal; erased by key shredding';
SELECT distribute_table('organisation', 'organisation_id'), protect_table('organisation');
CREATE TABLE organisation_key (
  tenant          uuid     NOT NULL,
  external_tag    bytea    NOT NULL,
  source_id       smallint NOT NULL,
  organisation_id uuid     NOT NULL,
  PRIMARY KEY (tenant, external_tag, source_id)
);
SELECT distribute_table('organisation_key', 'external_tag'), protect_table('organisation_key');
CREATE TABLE works_for (
  tenant    uuid  NOT NULL,
  record_id uuid  NOT NULL,
  name_tag  bytea NOT NULL CHECK (length(name_tag) = 16),
  PRIMARY KEY (tenant, record_id, name_tag)
);
SELECT distribute_table('works_for', 'record_id'), protect_table('works_for');

-- A set of records believed to be one person.
CREATE TABLE profile (
  tenant       uuid        NOT NULL,
  profile_id   uuid        NOT NULL,
  number       bigint      NOT NULL,  -- Dense, so that sets of profiles can be bitmaps.
  born_at      timestamptz NOT NULL,
  retired_at   timestamptz,
  retired_into uuid,                  -- Old ids resolve for ever.
  PRIMARY KEY (tenant, profile_id)
);
CREATE SEQUENCE profile_number AS bigint;
SELECT distribute_table('profile', 'profile_id'), protect_table('profile');

-- Which profile a record belongs to, and belonged to.
CREATE TABLE membership (
  tenant     uuid        NOT NULL,
  record_id  uuid        NOT NULL,
  profile_id uuid        NOT NULL,
  from_at    timestamptz NOT NULL,
  to_at      timestamptz,
  PRIMARY KEY (tenant, record_id, from_at)
);
CREATE UNIQUE INDEX membership_now ON membership (tenant, record_id) WHERE to_at IS NULL;
CREATE INDEX membership_profile ON membership (tenant, profile_id) WHERE to_at IS NULL;
SELECT distribute_table('membership', 'record_id'), protect_table('membership');

-- Why two records are one person. a < b; an undone link stays, with when and why.
CREATE TABLE link (
  tenant         uuid        NOT NULL,
  record_a       uuid        NOT NULL,
  record_b       uuid        NOT NULL CHECK (record_a < record_b),
  kind           smallint    NOT NULL,  -- The identifier kind that is equal; 0 for a person's decision.
  tag            bytea       NOT NULL,
  created_at     timestamptz NOT NULL,
  leaf_id        uuid        NOT NULL,
  retracted_at   timestamptz,
  retract_reason smallint,
  PRIMARY KEY (tenant, record_a, record_b, kind, tag)
);
CREATE INDEX link_b ON link (tenant, record_b) WHERE retracted_at IS NULL;
SELECT distribute_table('link', 'record_a'), protect_table('link');

-- "These two are different people." Always wins over links.
CREATE TABLE cannot_link (
  tenant     uuid        NOT NULL,
  record_a   uuid        NOT NULL,
  record_b   uuid        NOT NULL CHECK (record_a < record_b),
  actor_ref  uuid        NOT NULL,
  created_at timestamptz NOT NULL,
  leaf_id    uuid        NOT NULL,
  PRIMARY KEY (tenant, record_a, record_b)
);
SELECT distribute_table('cannot_link', 'record_a'), protect_table('cannot_link');

-- One purchase of one record. Orders belong to records, so that a merge rewrites no history.
CREATE TABLE purchase (
  tenant       uuid        NOT NULL,
  record_id    uuid        NOT NULL,
  purchase_id  uuid        NOT NULL,
  ordered_at   timestamptz NOT NULL,
  quantity     int         NOT NULL,
  amount_minor bigint      NOT NULL,  -- In the currency's minor unit.
  currency     char(3)     NOT NULL,
  product      text,
  category     text,
  leaf_id      uuid        NOT NULL,
  leaf_pos     int         NOT NULL,
  row_hash     bytea       NOT NULL CHECK (length(row_hash) = 32),
  order_tag    bytea       CHECK (length(order_tag) = 16),
                           -- Equal for all lines of one order. NULL: the source has no order id,
                           -- and a day of a customer is an order.
  PRIMARY KEY (tenant, record_id, purchase_id, ordered_at)
) PARTITION BY RANGE (ordered_at);
SELECT partition_by_year('purchase', 2020, 12);
SELECT distribute_table('purchase', 'record_id'), protect_table('purchase');
-- Uniqueness of orders lives outside the time partitions.
CREATE TABLE purchase_key (
  tenant      uuid  NOT NULL,
  key_tag     bytea NOT NULL CHECK (length(key_tag) = 16),
  purchase_id uuid  NOT NULL,
  record_id   uuid  NOT NULL,
  PRIMARY KEY (tenant, key_tag)
);
CREATE INDEX purchase_key_record ON purchase_key (tenant, record_id);
SELECT distribute_table('purchase_key', 'key_tag'), protect_table('purchase_key');

-- One reading of one file. Known again by its keyed digest, so that a broken-off import resumes.
CREATE TABLE import (
  tenant      uuid        NOT NULL,
  import_id   uuid        NOT NULL,
  source_id   smallint    NOT NULL,
  file_tag    bytea       NOT NULL CHECK (length(file_tag) = 16),
  mapping     bytea       NOT NULL CHECK (length(mapping) = 32),  -- Content hash.
  state       smallint    NOT NULL CHECK (state BETWEEN 0 AND 1),  -- 0 running, 1 finished
  rows_read   bigint      NOT NULL,  -- Where to go on.
  stored      bigint      NOT NULL,
  unchanged   bigint      NOT NULL,
  rejected    bigint      NOT NULL,
  warnings    bigint      NOT NULL,
  started_at  timestamptz NOT NULL,
  finished_at timestamptz,
  PRIMARY KEY (tenant, import_id)
);
CREATE UNIQUE INDEX import_running ON import (tenant, source_id, file_tag) WHERE state = 0;
SELECT distribute_table('import', 'import_id'), protect_table('import');
-- How many equal orders without an id this import has seen.
CREATE TABLE import_occurrence (
  tenant    uuid  NOT NULL,
  import_id uuid  NOT NULL,
  key_tag   bytea NOT NULL,
  seen      int   NOT NULL,
  PRIMARY KEY (tenant, import_id, key_tag)
);
SELECT distribute_table('import_occurrence', 'import_id'), protect_table('import_occurrence');

-- A row that was not stored: where, why, and the row itself sealed under a key of its own.
CREATE TABLE rejected_row (
  tenant      uuid        NOT NULL,
  rejected_id uuid        NOT NULL,  -- A keyed unit; its key dies after 30 days.
  import_id   uuid        NOT NULL,
  line        bigint      NOT NULL,
  column_no   int         NOT NULL,
  reason      text        NOT NULL,  -- A literal of the program, never data.
  field       text        NOT NULL,  -- A catalogue name or ''.
  row_id      uuid        NOT NULL,
  sealed      cdp_enc     NOT NULL,
  leaf_id     uuid        NOT NULL,
  leaf_pos    int         NOT NULL,
  row_hash    bytea       NOT NULL CHECK (length(row_hash) = 32),
  rejected_at timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  PRIMARY KEY (tenant, rejected_id)
);
COMMENT ON COLUMN rejected_row.sealed IS 'personal; erased by key shredding';
CREATE INDEX rejected_row_import ON rejected_row (tenant, import_id, line);
CREATE INDEX rejected_row_end ON rejected_row (tenant, expires_at);
SELECT distribute_table('rejected_row', 'rejected_id'), protect_table('rejected_row');
-- So that erasure and access find rejected rows, organisations and the like by what parsed.
CREATE TABLE unit_tag (
  tenant  uuid     NOT NULL,
  tag     bytea    NOT NULL CHECK (length(tag) = 16),
  kind    smallint NOT NULL,
  unit_id uuid     NOT NULL,
  PRIMARY KEY (tenant, tag, kind, unit_id)
);
CREATE INDEX unit_tag_unit ON unit_tag (tenant, unit_id);
SELECT distribute_table('unit_tag', 'tag'), protect_table('unit_tag');

-- What everything that follows a change reads; written in the commit of the change.
CREATE TABLE change_feed (
  tenant    uuid        NOT NULL,
  position  bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
  kind      smallint    NOT NULL,
  record_id uuid        NOT NULL,
  at        timestamptz NOT NULL,
  PRIMARY KEY (tenant, position)
);
CREATE INDEX change_feed_denial ON change_feed (tenant, position) WHERE kind IN (4, 5, 6);
SELECT protect_table('change_feed');
