-- Why: what every later table stands on: tenancy, its row-level security, distribution, rights.
-- Locks: none (new database). Undo: forward fix only.

-- Nobody may execute a function of ours unless it says so.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO assent_app, assent_sequencer, assent_eraser, assent_reader, assent_bi;

-- Field records and sets of them start with their format byte (docs/formats.md).
CREATE DOMAIN cdp_enc AS bytea CHECK (get_byte(VALUE, 0) = 1);

-- The tenant whose rows this transaction may see; SET LOCAL assent.tenant by core/db.cc.
CREATE FUNCTION assent_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('assent.tenant', true), '')::uuid $$;
GRANT EXECUTE ON FUNCTION assent_tenant() TO PUBLIC;

-- Row-level security by tenant, binding the owner too, and read access for the app. No statistics of
-- the tenant: they know nothing of one that has just come, whose rows the planner then takes for one,
-- and any index for the right one.
CREATE FUNCTION protect_table(name regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', name);
  EXECUTE format('CREATE POLICY tenant ON %s USING (tenant = assent_tenant())', name);
  EXECUTE format('GRANT SELECT ON %s TO assent_app', name);
  EXECUTE format('ALTER TABLE %s ALTER COLUMN tenant SET STATISTICS 0', name);
END $$;

-- Declares where a table lives on a cluster of several nodes; a no-op on one PostgreSQL.
CREATE FUNCTION distribute_table(name text, by_column text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') THEN
    EXECUTE format('SELECT create_distributed_table(%L, %L)', name, by_column);
  END IF;
END $$;
CREATE FUNCTION reference_table(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') THEN
    EXECUTE format('SELECT create_reference_table(%L)', name);
  END IF;
END $$;

-- Partitions of `name` by year from `first` for `years`, and one for everything else. Not by month: a
-- question without a time bound (what a record or a contact point has said) is planned once for every
-- partition, and sixty of them cost more than the answer (docs/performance.md).
CREATE FUNCTION partition_by_year(name text, first int, years int) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', name || '_other', name);
  FOR year IN first .. first + years - 1 LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                   name || '_' || year, name, make_date(year, 1, 1), make_date(year + 1, 1, 1));
  END LOOP;
END $$;

-- A controller (legal entity). Every other key begins with it.
CREATE TABLE tenant (
  tenant           uuid        PRIMARY KEY,
  name             text        NOT NULL UNIQUE CHECK (name ~ '^[a-z][a-z0-9_-]{0,62}$'),
  operator_country char(2)     NOT NULL,
  target_countries text[]      NOT NULL,
  log_origin       text        NOT NULL UNIQUE,  -- First line of its checkpoints.
  created_at       timestamptz NOT NULL
);
SELECT reference_table('tenant');
GRANT SELECT ON tenant TO assent_app, assent_sequencer, assent_eraser;
