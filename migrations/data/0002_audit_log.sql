-- Why: the log that cannot be rewritten unnoticed (docs/audit-format.md). Acts write their leaf into
-- the outbox within their own transaction; the sequencer numbers, hashes and moves it.
-- Locks: none (new tables). Undo: forward fix only; leaves are evidence.

-- One writer is one database session for one log; its numbers have no holes.
CREATE TABLE audit_writer (
  tenant    uuid        NOT NULL,
  writer_id int         NOT NULL GENERATED ALWAYS AS IDENTITY,
  replaces  int         NOT NULL,  -- The dead writer whose place it took, or 0.
  opened_at timestamptz NOT NULL,
  last_seq  bigint      NOT NULL DEFAULT -1,  -- Of those in audit_leaf; the sequencer notes it.
  PRIMARY KEY (tenant, writer_id)
);
SELECT protect_table('audit_writer');

CREATE TABLE audit_outbox (
  tenant    uuid   NOT NULL,
  outbox_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  event_id  uuid   NOT NULL,
  leaf      bytea  NOT NULL CHECK (length(leaf) >= 225),
  PRIMARY KEY (tenant, outbox_id)
);
CREATE INDEX audit_outbox_event ON audit_outbox (tenant, event_id);
SELECT protect_table('audit_outbox');

CREATE TABLE audit_leaf (
  tenant       uuid        NOT NULL,
  idx          bigint      NOT NULL,
  event_id     uuid        NOT NULL,
  leaf         bytea       NOT NULL,
  sequenced_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, idx, sequenced_at)
) PARTITION BY RANGE (sequenced_at);
SELECT partition_by_year('audit_leaf', 2026, 5);
CREATE INDEX audit_leaf_event ON audit_leaf (tenant, event_id);
SELECT protect_table('audit_leaf');

-- Tiles of 256 hashes (C2SP tlog-tiles); the last of each level grows.
CREATE TABLE audit_tile (
  tenant uuid     NOT NULL,
  level  smallint NOT NULL,
  tile   bigint   NOT NULL,
  hashes bytea    NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
  PRIMARY KEY (tenant, level, tile)
);
SELECT protect_table('audit_tile');

CREATE TABLE audit_head (
  tenant uuid   PRIMARY KEY,
  size   bigint NOT NULL,
  root   bytea  NOT NULL CHECK (length(root) = 32),
  epoch  bigint NOT NULL  -- Fences a sequencer that lost its lock.
);
SELECT protect_table('audit_head');

CREATE TABLE audit_checkpoint (
  tenant    uuid        NOT NULL,
  size      bigint      NOT NULL,
  note      text        NOT NULL,  -- A C2SP signed note.
  signed_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, size)
);
SELECT protect_table('audit_checkpoint');

-- What a leaf only holds the salted hash of; sealed under a key of the record, so erasable.
CREATE TABLE audit_detail (
  tenant    uuid    NOT NULL,
  event_id  uuid    NOT NULL,
  record_id uuid    NOT NULL,
  sealed    cdp_enc NOT NULL,
  PRIMARY KEY (tenant, event_id)
);
COMMENT ON COLUMN audit_detail.sealed IS 'personal; erased by key shredding';
SELECT protect_table('audit_detail');

-- The sequencer serves every tenant.
CREATE POLICY sequencer ON audit_writer TO assent_sequencer USING (true);
CREATE POLICY sequencer ON audit_outbox TO assent_sequencer USING (true);
CREATE POLICY sequencer ON audit_leaf TO assent_sequencer USING (true) WITH CHECK (true);
CREATE POLICY sequencer ON audit_tile TO assent_sequencer USING (true) WITH CHECK (true);
CREATE POLICY sequencer ON audit_head TO assent_sequencer USING (true) WITH CHECK (true);
CREATE POLICY sequencer ON audit_checkpoint TO assent_sequencer USING (true) WITH CHECK (true);
GRANT SELECT, DELETE ON audit_outbox TO assent_sequencer;
GRANT SELECT, UPDATE (last_seq) ON audit_writer TO assent_sequencer;
GRANT SELECT, INSERT ON audit_leaf, audit_checkpoint TO assent_sequencer;
GRANT SELECT, INSERT, UPDATE ON audit_tile, audit_head TO assent_sequencer;

-- Registers the session with the tenant's log and answers its writer number.
CREATE FUNCTION open_writer(replaced int, at timestamptz) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO audit_writer (tenant, replaces, opened_at)
  VALUES (assent_tenant(), replaced, at) RETURNING writer_id
$$;

-- Appends a leaf to the tenant's log. What every act costs: its plans are kept.
CREATE FUNCTION append_leaf(leaf bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  IF leaf IS NULL OR length(leaf) NOT BETWEEN 225 AND 289 OR substring(leaf FOR 4) <> 'CDPL'::bytea
     OR substring(leaf FROM 8 FOR 16) <> uuid_send(assent_tenant()) THEN
    RAISE EXCEPTION 'no leaf, or one of another tenant';
  END IF;
  INSERT INTO audit_outbox (tenant, event_id, leaf)
  VALUES (assent_tenant(), encode(substring(leaf FROM 24 FOR 16), 'hex')::uuid, leaf);
END $$;

-- Every function that writes protected rows begins with this: without a leaf of the same transaction
-- there is no act.
CREATE FUNCTION require_leaf(act_leaf uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM audit_outbox WHERE tenant = assent_tenant() AND event_id = act_leaf
                    AND xmin = pg_current_xact_id()::xid) THEN
    RAISE EXCEPTION 'no leaf of this transaction';
  END IF;
END $$;

-- The last number that a writer committed, or -1: what the one who takes its place must name. Outbox
-- and writer are read in one snapshot, and a leaf moves between them in one commit.
CREATE FUNCTION last_writer_seq(writer int) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT greatest(
    coalesce((SELECT last_seq FROM audit_writer
               WHERE tenant = assent_tenant() AND writer_id = writer), -1),
    coalesce((SELECT max(('x' || encode(substring(leaf FROM 136 FOR 8), 'hex'))::bit(64)::bigint)
                FROM audit_outbox
               WHERE tenant = assent_tenant() AND substring(leaf FROM 132 FOR 4) = int4send(writer)),
             -1))
$$;

-- Stores a detail beside the leaf that commits to its hash.
CREATE FUNCTION append_with_detail(new_leaf bytea, event uuid, record uuid, sealed_detail cdp_enc)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  INSERT INTO audit_detail (tenant, event_id, record_id, sealed)
  VALUES (assent_tenant(), event, record, sealed_detail);
  PERFORM append_leaf(new_leaf);
END $$;
GRANT EXECUTE ON FUNCTION open_writer(int, timestamptz), append_leaf(bytea), last_writer_seq(int),
  append_with_detail(bytea, uuid, uuid, cdp_enc) TO assent_app, assent_eraser;

-- A new tenant. Its leaf is of the installation's log.
CREATE FUNCTION create_tenant(id uuid, tenant_name text, country char(2), targets text[],
                              origin text, at timestamptz, leaf uuid)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT require_leaf(leaf);
  INSERT INTO tenant (tenant, name, operator_country, target_countries, log_origin, created_at)
  VALUES (id, tenant_name, country, targets, origin, at);
$$;
GRANT EXECUTE ON FUNCTION create_tenant(uuid, text, char, text[], text, timestamptz, uuid)
  TO assent_app;
