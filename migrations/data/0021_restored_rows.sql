-- Why: a log whose entries came back from the published files has not got its rows back: until they are
-- erased and denied again the database may answer nobody (docs/decisions/0034), so it says so itself.
-- And a restore replays the safe's journal: differences of people reach it now, too, and what is
-- replayed keeps the time at which it was said.
-- Locks: audit_head, for a moment. Undo: forward fix only.
ALTER TABLE audit_head ADD COLUMN rows_lost_from bigint;
COMMENT ON COLUMN audit_head.rows_lost_from IS
  'Entries from this number on are back and their rows are not: a restore is to be finished.';

-- The feed is told 6, as of a restriction: who is not to be linked.
CREATE OR REPLACE FUNCTION store_cannot_links(leaf uuid, at timestamptz, actor uuid, firsts uuid[],
                                              seconds uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  WITH stored AS (
    INSERT INTO cannot_link (tenant, record_a, record_b, actor_ref, created_at, leaf_id)
    SELECT (SELECT assent_tenant()), a, b, actor, at, leaf FROM unnest(firsts, seconds) AS n (a, b)
    ON CONFLICT DO NOTHING RETURNING record_a)
  INSERT INTO change_feed (tenant, kind, record_id, at)
  SELECT DISTINCT (SELECT assent_tenant()), 6::smallint, record_a, at FROM stored;
END $$;

-- Markers of erasures that the data has forgotten, with the times of those.
CREATE FUNCTION replay_erasure_markers(leaf uuid, at timestamptz, groups uuid[], tags bytea[],
                                       kinds smallint[], times timestamptz[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE stored bigint;
BEGIN
  PERFORM require_leaf(leaf);
  WITH back AS (
    INSERT INTO erasure_marker (tenant, marker_tag, kind, group_ref, erased_at)
    SELECT (SELECT assent_tenant()), t, k, g, e FROM unnest(groups, tags, kinds, times) AS n (g, t, k, e)
    ON CONFLICT DO NOTHING RETURNING group_ref),
  told AS (
    INSERT INTO change_feed (tenant, kind, record_id, at)
    SELECT DISTINCT (SELECT assent_tenant()), 5::smallint, group_ref, at FROM back)
  SELECT count(*) INTO stored FROM back;
  RETURN stored;
END $$;

-- A request that the data has forgotten was received when the log says.
CREATE FUNCTION request_was_received(leaf uuid, request uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  UPDATE request AS r SET received_at = at
   WHERE r.tenant = (SELECT assent_tenant()) AND r.request_id = request AND r.state = 'erasing';
END $$;

GRANT EXECUTE ON FUNCTION
  replay_erasure_markers(uuid, timestamptz, uuid[], bytea[], smallint[], timestamptz[]),
  request_was_received(uuid, uuid, timestamptz)
  TO assent_app;
