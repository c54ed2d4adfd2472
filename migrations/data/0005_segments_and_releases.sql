-- Why: which people, and may we; what left the house, to whom, and the proof.
-- Locks: none (new tables). Undo: forward fix only.

-- Recency, frequency and monetary value of a profile in one currency, as of a day.
CREATE TABLE profile_trait (
  tenant        uuid        NOT NULL,
  profile_id    uuid        NOT NULL,
  currency      char(3)     NOT NULL,
  first_order   date        NOT NULL,
  last_order    date        NOT NULL,
  orders        int         NOT NULL,
  revenue_minor bigint      NOT NULL,
  r             smallint    NOT NULL,
  f             smallint    NOT NULL,
  m             smallint    NOT NULL,
  label         text        NOT NULL,  -- The first segment of policies/segments.yaml whose scores fit.
  PRIMARY KEY (tenant, profile_id, currency)
);
SELECT distribute_table('profile_trait', 'profile_id'), protect_table('profile_trait');
-- The run that made the traits: thresholds and rule version, so that a score can be explained.
CREATE TABLE trait_run (
  tenant      uuid        NOT NULL,
  run_id      uuid        NOT NULL,
  as_of       date        NOT NULL,
  rule        text        NOT NULL,
  thresholds  text        NOT NULL,
  profiles    bigint      NOT NULL,
  computed_at timestamptz NOT NULL,
  leaf_id     uuid        NOT NULL,
  PRIMARY KEY (tenant, run_id)
);
SELECT distribute_table('trait_run', 'run_id'), protect_table('trait_run');

-- Who may receive, under which contract.
CREATE TABLE recipient (
  tenant        uuid        NOT NULL,
  recipient_id  uuid        NOT NULL,
  name          text        NOT NULL CHECK (name ~ '^[a-z][a-z0-9_-]{0,62}$'),
  role          text        NOT NULL,   -- internal, processor, third_party, ad_platform
  country       char(2)     NOT NULL,
  contracts     text[]      NOT NULL,   -- Kinds in force, as policies/ name them.
  transfer_tool text        NOT NULL,   -- As policies/ name it, or ''.
  transfer_assessed   boolean NOT NULL,
  framework_certified boolean NOT NULL,
  transfer_notice     text  NOT NULL,   -- none, notified, cleared, banned
  fields        text[]      NOT NULL,   -- What the contract lets it have.
  duties        text[]      NOT NULL,   -- What its messages carry by contract: unsubscribe, …
  registered_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, recipient_id),
  UNIQUE (tenant, name)
);
SELECT reference_table('recipient'), protect_table('recipient');

CREATE TABLE release (
  tenant        uuid        NOT NULL,
  release_id    uuid        NOT NULL,
  segment       text        NOT NULL,
  as_of         date        NOT NULL,
  purpose_id    smallint    NOT NULL,
  channel       smallint    NOT NULL,
  recipient_id  uuid        NOT NULL,
  fields        text[]      NOT NULL,
  state         smallint    NOT NULL CHECK (state BETWEEN 0 AND 3),
                            -- 0 open, 1 streaming, 2 delivered, 3 aborted
  feed_position bigint      NOT NULL,
  policy_hash   bytea       NOT NULL CHECK (length(policy_hash) = 32),
  matched       bigint      NOT NULL,
  permitted     bigint      NOT NULL,
  delivered     bigint,
  opening       text        NOT NULL,  -- Signed note.
  closing       text,
  reason_salt   bytea       NOT NULL CHECK (length(reason_salt) = 32),  -- Of the closing manifest.
  link_hash     bytea       NOT NULL CHECK (length(link_hash) = 32),
  link_ends_at  timestamptz NOT NULL,
  token_ref     uuid        NOT NULL,  -- Only the token that asked may open the link.
  opened_at     timestamptz NOT NULL,
  closed_at     timestamptz,
  PRIMARY KEY (tenant, release_id)
);
SELECT distribute_table('release', 'release_id'), protect_table('release');
CREATE TABLE release_reason (
  tenant     uuid     NOT NULL,
  release_id uuid     NOT NULL,
  stage      smallint NOT NULL,  -- 1 at opening, 2 between opening and delivery
  reason     smallint NOT NULL,
  profiles   bigint   NOT NULL,
  PRIMARY KEY (tenant, release_id, stage, reason)
);
SELECT distribute_table('release_reason', 'release_id'), protect_table('release_reason');
CREATE TABLE release_member (
  tenant      uuid     NOT NULL,
  release_id  uuid     NOT NULL,
  member_ref  uuid     NOT NULL,  -- Random; orders the commitment.
  profile_id  uuid     NOT NULL,
  record_id   uuid     NOT NULL,
  contact_tag bytea    NOT NULL,
  facts_hash  bytea    NOT NULL CHECK (length(facts_hash) = 32),
  delivered   boolean,            -- NULL until streamed.
  reason      smallint,           -- Why not delivered.
  PRIMARY KEY (tenant, release_id, member_ref)
);
CREATE INDEX release_member_profile ON release_member (tenant, profile_id);
SELECT distribute_table('release_member', 'release_id'), protect_table('release_member');
