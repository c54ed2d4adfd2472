-- Why: whoever starts on the data must know that it is not older than the journal of denials: a
-- restore that was not finished would forget what people refused (docs/decisions/0034).
-- Locks: none. Undo: forward fix only.

-- Up to where a restore has replayed the journal onto data that lacked its newest lines.
CREATE TABLE replayed (
  tenant   uuid        NOT NULL,
  position bigint      NOT NULL,
  at       timestamptz NOT NULL,
  PRIMARY KEY (tenant)
);
SELECT protect_table('replayed');
GRANT SELECT ON replayed TO assent_app;
GRANT SELECT, INSERT ON replayed TO assent_follower;
GRANT UPDATE (position, at) ON replayed TO assent_follower;

-- The tenants that the journal knows: the data may have lost one.
CREATE POLICY every_tenant ON denial FOR SELECT TO assent_owner USING (true);
CREATE FUNCTION journal_tenants() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH RECURSIVE known AS (
    (SELECT tenant FROM denial ORDER BY tenant LIMIT 1)
    UNION ALL
    SELECT (SELECT d.tenant FROM denial d WHERE d.tenant > k.tenant ORDER BY d.tenant LIMIT 1)
      FROM known k WHERE k.tenant IS NOT NULL)
  SELECT tenant FROM known WHERE tenant IS NOT NULL
$$;
GRANT EXECUTE ON FUNCTION journal_tenants() TO assent_follower;
