-- Why: who allowed what, on which words, as of when; and what follows from it.
-- Locks: none (new tables). Undo: forward fix only; the ledger is evidence.

CREATE TABLE purpose (
  tenant        uuid        NOT NULL,
  purpose_id    smallint    NOT NULL,  -- PurposeCode of audit/event.h.
  name          text        NOT NULL,
  registered_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, purpose_id),
  UNIQUE (tenant, name)
);
SELECT reference_table('purpose'), protect_table('purpose');

-- The text that was shown. A version is never edited.
CREATE TABLE notice (
  tenant            uuid        NOT NULL,
  notice_id         uuid        NOT NULL,
  name              text        NOT NULL,
  version           int         NOT NULL,
  locale            text        NOT NULL,
  jurisdiction      text        NOT NULL,
  purpose_id        smallint    NOT NULL,
  channels          smallint[]  NOT NULL,  -- What the text asks for; empty: the processing itself.
  controller        text        NOT NULL,
  separate_document boolean     NOT NULL,
  body              text        NOT NULL,
  body_hash         bytea       NOT NULL CHECK (length(body_hash) = 32),
  effective_from    timestamptz NOT NULL,
  published_at      timestamptz NOT NULL,
  PRIMARY KEY (tenant, notice_id),
  UNIQUE (tenant, name, version, locale)
);
SELECT reference_table('notice'), protect_table('notice');

-- The append-only ledger: every statement of a person about a purpose, channel and contact point.
CREATE TABLE consent_event (
  tenant        uuid        NOT NULL,
  record_id     uuid        NOT NULL,
  event_id      uuid        NOT NULL,  -- Derived from (tenant, record, source, source event key).
  purpose_id    smallint    NOT NULL,
  channel       smallint    NOT NULL,  -- 0: the purpose as a whole (the processing key).
  contact_tag   bytea       NOT NULL CHECK (length(contact_tag) IN (0, 16)),
  action        smallint    NOT NULL CHECK (action BETWEEN 0 AND 7),
                -- 0 request 1 give 2 renew 3 refuse 4 withdraw 5 object 6 expire 7 invalidate
  effective_at  timestamptz NOT NULL,  -- When the person said it.
  recorded_at   timestamptz NOT NULL,  -- When we learned of it.
  source_id     smallint    NOT NULL,
  notice_id     uuid,
  method        smallint    NOT NULL,
  evidence_kind smallint    NOT NULL,  -- 0 none, 1 claimed, 2 proven
  separate_document boolean NOT NULL,
  conditional   boolean     NOT NULL,
  pre_ticked    boolean     NOT NULL,
  by_verified_holder boolean NOT NULL,
  expires_on    date,
  evidence      cdp_enc,               -- Sealed under key purpose 2.
  leaf_id       uuid        NOT NULL,
  leaf_pos      int         NOT NULL,
  row_hash      bytea       NOT NULL CHECK (length(row_hash) = 32),
  PRIMARY KEY (tenant, record_id, recorded_at, event_id)
) PARTITION BY RANGE (recorded_at);
COMMENT ON COLUMN consent_event.evidence IS 'personal; erased by key shredding';
SELECT partition_by_year('consent_event', 2026, 5);
CREATE INDEX consent_event_contact ON consent_event (tenant, contact_tag) WHERE contact_tag <> '';
SELECT distribute_table('consent_event', 'record_id'), protect_table('consent_event');
CREATE TABLE consent_event_key (
  tenant   uuid NOT NULL,
  event_id uuid NOT NULL,
  record_id uuid NOT NULL,
  PRIMARY KEY (tenant, event_id)
);
SELECT distribute_table('consent_event_key', 'event_id'), protect_table('consent_event_key');

-- An address that must not be contacted, whoever holds it. Outlives erasure.
CREATE TABLE suppression (
  tenant          uuid        NOT NULL,
  suppression_tag bytea       NOT NULL CHECK (length(suppression_tag) = 32),
  channel         smallint    NOT NULL,
  key_version     smallint    NOT NULL,
  since           timestamptz NOT NULL,
  noted_at        timestamptz NOT NULL,  -- Of the act that set `since`: the feed's `at`.
  PRIMARY KEY (tenant, suppression_tag, channel)
);
CREATE INDEX suppression_noted ON suppression (tenant, noted_at);
SELECT distribute_table('suppression', 'suppression_tag'), protect_table('suppression');
-- The suppression tag of a contact point that a record holds today, so that the gate needs no key.
CREATE TABLE contact_suppression_tag (
  tenant          uuid  NOT NULL,
  contact_tag     bytea NOT NULL CHECK (length(contact_tag) = 16),
  suppression_tag bytea NOT NULL CHECK (length(suppression_tag) = 32),
  PRIMARY KEY (tenant, contact_tag)
);
SELECT distribute_table('contact_suppression_tag', 'contact_tag'),
       protect_table('contact_suppression_tag');

-- Refuses the return of an erased person until the person acts anew: then all markers of the one
-- erasure, which share a random reference, are lifted together.
CREATE TABLE erasure_marker (
  tenant     uuid        NOT NULL,
  marker_tag bytea       NOT NULL CHECK (length(marker_tag) = 16),
  kind       smallint    NOT NULL,  -- MarkerKind of consent/erasure_marker.h
  group_ref  uuid        NOT NULL,
  erased_at  timestamptz NOT NULL,
  lifted_at  timestamptz,
  PRIMARY KEY (tenant, marker_tag, kind, group_ref)
);
CREATE INDEX erasure_marker_group ON erasure_marker (tenant, group_ref) WHERE lifted_at IS NULL;
SELECT distribute_table('erasure_marker', 'marker_tag'), protect_table('erasure_marker');

-- Restrictions, holds and the like of one record; each binds the whole profile.
CREATE TABLE record_flag (
  tenant    uuid        NOT NULL,
  record_id uuid        NOT NULL,
  flag      smallint    NOT NULL,  -- 1 restriction, 2 termination demanded, 3 legal hold, 4 objection
  since     timestamptz NOT NULL,
  until_at  timestamptz,
  leaf_id   uuid        NOT NULL,
  PRIMARY KEY (tenant, record_id, flag, since)
);
SELECT distribute_table('record_flag', 'record_id'), protect_table('record_flag');

-- The derived answer for a profile: one row a purpose, channel and contact point, permitted or not.
-- Rebuilt, never edited; an answer under another policy hash, or past its end, is no permission.
CREATE TABLE permit (
  tenant      uuid     NOT NULL,
  profile_id  uuid     NOT NULL,
  purpose_id  smallint NOT NULL,
  channel     smallint NOT NULL,
  contact_tag bytea    NOT NULL CHECK (length(contact_tag) IN (0, 16)),
  record_id   uuid     NOT NULL,  -- The record whose contact point it is.
  permitted   boolean  NOT NULL,
  reason      smallint NOT NULL,
  laws        text     NOT NULL,  -- The policies that applied, as policies/ names them, joined by ','.
  until_on    date,               -- The answer may change from this day on.
  facts_hash  bytea    NOT NULL CHECK (length(facts_hash) = 32),
  policy_hash bytea    NOT NULL CHECK (length(policy_hash) = 32),
  PRIMARY KEY (tenant, profile_id, purpose_id, channel, contact_tag, record_id)
);
SELECT distribute_table('permit', 'profile_id'), protect_table('permit');
