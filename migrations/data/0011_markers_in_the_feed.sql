-- Why: an erasure's markers stood in the data alone. After a restore of older data the keys of the
-- erased were still gone, but nothing refused them when a file brought them back, and an erasure of
-- rejected rows or organisations alone left no line in the feed at all. Now markers that are set or
-- lifted are a line of kind 5 whose record_id is their reference: the safe's journal keeps them.
-- Locks: none. Undo: forward fix only.
CREATE OR REPLACE FUNCTION store_erasure_markers(the_leaf uuid, the_time timestamptz,
                                                 the_group uuid, tags bytea[], kinds smallint[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(the_leaf);
  INSERT INTO erasure_marker (tenant, marker_tag, kind, group_ref, erased_at)
  SELECT DISTINCT assent_tenant(), t.tag, t.kind, the_group, the_time
    FROM unnest(tags, kinds) AS t(tag, kind);
  IF NOT FOUND THEN RETURN; END IF;
  INSERT INTO change_feed (tenant, kind, record_id, at)
  VALUES (assent_tenant(), 5, the_group, the_time);
END $$;

CREATE OR REPLACE FUNCTION lift_erasure_markers(the_leaf uuid, the_time timestamptz, groups uuid[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(the_leaf);
  WITH lifted AS (
    UPDATE erasure_marker SET lifted_at = the_time
     WHERE tenant = assent_tenant() AND group_ref = ANY (groups) AND lifted_at IS NULL
    RETURNING group_ref)
  INSERT INTO change_feed (tenant, kind, record_id, at)
  SELECT DISTINCT assent_tenant(), 5::smallint, group_ref, the_time FROM lifted;
END $$;

-- Those that are set already, so that the journal of an installation in use has them too.
DO $$
DECLARE one uuid;
BEGIN
  FOR one IN SELECT tenant FROM tenant LOOP
    PERFORM set_config('assent.tenant', one::text, true);
    INSERT INTO change_feed (tenant, kind, record_id, at)
    SELECT DISTINCT tenant, 5::smallint, group_ref, now()
      FROM erasure_marker WHERE lifted_at IS NULL;
  END LOOP;
END $$;
