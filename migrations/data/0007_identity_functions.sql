-- Why: the only way in for records, identifiers, orders, links and profiles. Each function writes a
-- whole batch from arrays, and demands the leaf of its act. Locks: none. Undo: forward fix only.

-- A source gets its number on first use; the caller holds the tenant's identity lock.
CREATE FUNCTION register_source(leaf uuid, source_name text, source_mapping text, acts boolean,
                                at timestamptz) RETURNS smallint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE number smallint;
BEGIN
  PERFORM require_leaf(leaf);
  SELECT coalesce(max(source_id), 0) + 1 INTO number FROM source WHERE tenant = assent_tenant();
  INSERT INTO source (tenant, source_id, name, mapping, act_of_person, created_at)
  VALUES (assent_tenant(), number, source_name, source_mapping, acts, at);
  RETURN number;
END $$;

CREATE FUNCTION begin_import(leaf uuid, id uuid, of_source smallint, file bytea,
                             mapping_hash bytea, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  INSERT INTO import (tenant, import_id, source_id, file_tag, mapping, state, rows_read, stored,
                      unchanged, rejected, warnings, started_at)
  VALUES (assent_tenant(), id, of_source, file, mapping_hash, 0, 0, 0, 0, 0, 0, at);
END $$;

-- Bookkeeping, hence without a leaf: how far the import has come. Guarded by where it was before, so
-- that two programs that read one file do not both count a batch.
CREATE FUNCTION progress_import(id uuid, read_before bigint, read_now bigint, more_stored bigint,
                                more_unchanged bigint, more_rejected bigint, more_warnings bigint,
                                keys bytea[], counts int[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE import SET rows_read = read_now, stored = stored + more_stored,
         unchanged = unchanged + more_unchanged, rejected = rejected + more_rejected,
         warnings = warnings + more_warnings
   WHERE tenant = assent_tenant() AND import_id = id AND state = 0 AND rows_read = read_before;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO import_occurrence AS o (tenant, import_id, key_tag, seen)
  SELECT assent_tenant(), id, k, c FROM unnest(keys, counts) AS n (k, c)
  ON CONFLICT (tenant, import_id, key_tag) DO UPDATE SET seen = excluded.seen;
  RETURN true;
END $$;

CREATE FUNCTION finish_import(leaf uuid, id uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  UPDATE import SET state = 1, finished_at = at
   WHERE tenant = assent_tenant() AND import_id = id AND state = 0;
  DELETE FROM import_occurrence WHERE tenant = assent_tenant() AND import_id = id;
END $$;

-- New records with their source keys, each as its newest version shows it; the versions follow by
-- store_record_versions.
CREATE FUNCTION store_records(leaf uuid, at timestamptz, ids uuid[], sources smallint[],
                              externals bytea[], refs uuid[], versions int[], countries text[],
                              regions text[], cities text[], bands smallint[], majorities date[],
                              birthdays smallint[], genders text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  INSERT INTO record (tenant, record_id, source_id, external_tag, subject_ref, version, country,
                      region, city, age_band, majority_month, birthday_month, gender, created_at,
                      updated_at)
  SELECT assent_tenant(), i, s, e, r, v, co, re, ci, b, m, bm, g, at, at
    FROM unnest(ids, sources, externals, refs, versions, countries, regions, cities, bands,
                majorities, birthdays, genders) AS n (i, s, e, r, v, co, re, ci, b, m, bm, g);
  INSERT INTO source_key (tenant, external_tag, source_id, record_id)
  SELECT assent_tenant(), e, s, i FROM unnest(ids, sources, externals) AS n (i, s, e)
  -- The record of an erased person who came back: the key leads to the new one.
  ON CONFLICT (tenant, external_tag, source_id) DO UPDATE SET record_id = excluded.record_id;
END $$;

CREATE FUNCTION store_record_versions(leaf uuid, at timestamptz, ids uuid[], versions int[],
    row_ids uuid[], sets bytea[], contents bytea[], positions int[], hashes bytea[],
    countries text[], regions text[], cities text[], bands smallint[], majorities date[],
    birthdays smallint[], genders text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  INSERT INTO record_version (tenant, record_id, version, row_id, fields, content_tag, leaf_id,
                              leaf_pos, row_hash, recorded_at)
  SELECT assent_tenant(), i, v, r, f, c, leaf, p, h, at
    FROM unnest(ids, versions, row_ids, sets, contents, positions, hashes)
      AS n (i, v, r, f, c, p, h);
  -- A batch may hold two versions of one record: the newest shows. New records show theirs already.
  UPDATE record SET version = v, country = co, region = re, city = ci, age_band = b,
         majority_month = m, birthday_month = bm, gender = g, updated_at = at
    FROM (SELECT DISTINCT ON (i) *
            FROM unnest(ids, versions, countries, regions, cities, bands, majorities, birthdays,
                        genders) AS u (i, v, co, re, ci, b, m, bm, g)
           ORDER BY i, v DESC) AS n
   WHERE tenant = assent_tenant() AND record_id = n.i AND version < v;
  INSERT INTO change_feed (tenant, kind, record_id, at)
  SELECT assent_tenant(), 1, i, at FROM (SELECT DISTINCT unnest(ids) AS i) AS n;
END $$;

-- The identifiers of `ids` become exactly the given ones, which may name new holders besides. A value
-- that stays keeps what it has; one that goes is remembered as former.
CREATE FUNCTION replace_identifiers(leaf uuid, at timestamptz, ids uuid[], holders uuid[],
                                    tags bytea[], kinds smallint[], index_number smallint)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  WITH gone AS (
    DELETE FROM identifier
     WHERE tenant = assent_tenant() AND record_id = ANY(ids)
       AND (record_id, tag, kind) NOT IN (SELECT * FROM unnest(holders, tags, kinds))
    RETURNING tag, kind, record_id
  )
  INSERT INTO former_identifier (tenant, tag, kind, record_id, left_at)
  SELECT assent_tenant(), tag, kind, record_id, at FROM gone ON CONFLICT DO NOTHING;
  INSERT INTO identifier (tenant, tag, kind, record_id, index_version, verified, first_seen)
  SELECT assent_tenant(), t, k, h, index_number, false, at
    FROM unnest(holders, tags, kinds) AS n (h, t, k)
  ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION replace_works_for(leaf uuid, ids uuid[], workers uuid[], names bytea[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  DELETE FROM works_for WHERE tenant = assent_tenant() AND record_id = ANY(ids);
  INSERT INTO works_for (tenant, record_id, name_tag)
  SELECT assent_tenant(), w, t FROM unnest(workers, names) AS n (w, t) ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION store_organisations(leaf uuid, at timestamptz, ids uuid[], of_source smallint,
    externals bytea[], names bytea[], row_ids uuid[], sets bytea[], contents bytea[],
    positions int[], hashes bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  INSERT INTO organisation (tenant, organisation_id, source_id, external_tag, name_tag, row_id,
                            fields, content_tag, leaf_id, leaf_pos, row_hash, updated_at)
  SELECT assent_tenant(), i, of_source, e, n, r, f, c, leaf, p, h, at
    FROM unnest(ids, externals, names, row_ids, sets, contents, positions, hashes)
      AS u (i, e, n, r, f, c, p, h)
  ON CONFLICT (tenant, organisation_id) DO UPDATE SET name_tag = excluded.name_tag,
     row_id = excluded.row_id, fields = excluded.fields, content_tag = excluded.content_tag,
     leaf_id = excluded.leaf_id, leaf_pos = excluded.leaf_pos, row_hash = excluded.row_hash,
     updated_at = excluded.updated_at;
  INSERT INTO organisation_key (tenant, external_tag, source_id, organisation_id)
  SELECT assent_tenant(), e, of_source, i FROM unnest(ids, externals) AS n (i, e)
  ON CONFLICT DO NOTHING;
END $$;

-- What parsed of rejected rows and organisations, so that erasure and access find them.
CREATE FUNCTION replace_unit_tags(leaf uuid, ids uuid[], units uuid[], tags bytea[],
                                  kinds smallint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  DELETE FROM unit_tag WHERE tenant = assent_tenant() AND unit_id = ANY(ids);
  INSERT INTO unit_tag (tenant, tag, kind, unit_id)
  SELECT assent_tenant(), t, k, u FROM unnest(units, tags, kinds) AS n (u, t, k)
  ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION store_purchases(leaf uuid, at timestamptz, ids uuid[], keys bytea[], buyers uuid[],
    times timestamptz[], quantities int[], amounts bigint[], currencies text[], products text[],
    categories text[], positions int[], hashes bytea[], orders bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  INSERT INTO purchase_key (tenant, key_tag, purchase_id, record_id)
  SELECT assent_tenant(), k, i, b FROM unnest(keys, ids, buyers) AS n (k, i, b);
  INSERT INTO purchase (tenant, record_id, purchase_id, ordered_at, quantity, amount_minor,
                        currency, product, category, leaf_id, leaf_pos, row_hash, order_tag)
  SELECT assent_tenant(), b, i, t, q, a, c, pr, ca, leaf, p, h, o
    FROM unnest(ids, buyers, times, quantities, amounts, currencies, products, categories,
                positions, hashes, orders) AS n (i, b, t, q, a, c, pr, ca, p, h, o);
  INSERT INTO change_feed (tenant, kind, record_id, at)
  SELECT assent_tenant(), 1, b, at FROM (SELECT DISTINCT unnest(buyers) AS b) AS n;
END $$;

CREATE FUNCTION store_rejected_rows(leaf uuid, at timestamptz, ends timestamptz, of_import uuid,
    ids uuid[], lines bigint[], columns int[], reasons text[], fields text[], row_ids uuid[],
    sets bytea[], positions int[], hashes bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  INSERT INTO rejected_row (tenant, rejected_id, import_id, line, column_no, reason, field, row_id,
                            sealed, leaf_id, leaf_pos, row_hash, rejected_at, expires_at)
  SELECT assent_tenant(), i, of_import, l, c, re, f, r, s, leaf, p, h, at, ends
    FROM unnest(ids, lines, columns, reasons, fields, row_ids, sets, positions, hashes)
      AS n (i, l, c, re, f, r, s, p, h);
END $$;

-- After their keys are gone.
CREATE FUNCTION delete_rejected_rows(leaf uuid, ids uuid[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE gone bigint;
BEGIN
  PERFORM require_leaf(leaf);
  DELETE FROM unit_tag WHERE tenant = assent_tenant() AND unit_id = ANY(ids);
  DELETE FROM rejected_row WHERE tenant = assent_tenant() AND rejected_id = ANY(ids);
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;

-- A link that comes back is the same row, live again.
CREATE FUNCTION store_links(leaf uuid, at timestamptz, firsts uuid[], seconds uuid[],
                            kinds smallint[], tags bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  INSERT INTO link (tenant, record_a, record_b, kind, tag, created_at, leaf_id)
  SELECT assent_tenant(), a, b, k, t, at, leaf
    FROM unnest(firsts, seconds, kinds, tags) AS n (a, b, k, t)
  ON CONFLICT (tenant, record_a, record_b, kind, tag) DO UPDATE
     SET retracted_at = NULL, retract_reason = NULL, created_at = at,
         leaf_id = excluded.leaf_id
   WHERE link.retracted_at IS NOT NULL;
END $$;

CREATE FUNCTION retract_links(leaf uuid, at timestamptz, firsts uuid[], seconds uuid[],
                              kinds smallint[], tags bytea[], why smallint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  UPDATE link SET retracted_at = at, retract_reason = why
    FROM unnest(firsts, seconds, kinds, tags) AS n (a, b, k, t)
   WHERE tenant = assent_tenant() AND record_a = a AND record_b = b AND kind = k AND tag = t
     AND retracted_at IS NULL;
END $$;

CREATE FUNCTION store_cannot_links(leaf uuid, at timestamptz, actor uuid, firsts uuid[],
                                   seconds uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  INSERT INTO cannot_link (tenant, record_a, record_b, actor_ref, created_at, leaf_id)
  SELECT assent_tenant(), a, b, actor, at, leaf FROM unnest(firsts, seconds) AS n (a, b)
  ON CONFLICT DO NOTHING;
END $$;

-- Profiles are born or come back, then records move, then what is empty retires. `follow` names the
-- records whose move the followers of the change feed must hear of.
CREATE FUNCTION store_memberships(leaf uuid, at timestamptz, born uuid[], revived uuid[],
    retired uuid[], heirs uuid[], movers uuid[], homes uuid[], follow uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  INSERT INTO profile (tenant, profile_id, number, born_at)
  SELECT assent_tenant(), p, nextval('profile_number'), at FROM unnest(born) AS n (p);
  UPDATE profile SET retired_at = NULL, retired_into = NULL
   WHERE tenant = assent_tenant() AND profile_id = ANY(revived);
  UPDATE membership SET to_at = at
   WHERE tenant = assent_tenant() AND record_id = ANY(movers) AND to_at IS NULL;
  INSERT INTO membership (tenant, record_id, profile_id, from_at)
  SELECT assent_tenant(), r, p, at FROM unnest(movers, homes) AS n (r, p)
  ON CONFLICT (tenant, record_id, from_at) DO UPDATE
     SET profile_id = excluded.profile_id, to_at = NULL;
  UPDATE profile SET retired_at = at, retired_into = h
    FROM unnest(retired, heirs) AS n (p, h)
   WHERE tenant = assent_tenant() AND profile_id = p;
  INSERT INTO change_feed (tenant, kind, record_id, at)
  SELECT assent_tenant(), 2, r, at FROM unnest(follow) AS n (r);
END $$;

-- Tables that an import is just filling have no statistics, and the planner then takes any index for
-- the right one. Only those that have doubled since they were looked at last; a small sample will do
-- until the next autovacuum. Writes no rows of ours, so there is no leaf to demand.
CREATE FUNCTION refresh_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET default_statistics_target = 10 AS $$
DECLARE grown name;
BEGIN
  FOR grown IN
    SELECT relname FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relname IN (
             'record', 'record_version', 'source_key', 'identifier', 'membership', 'profile', 'link',
             'cannot_link', 'purchase_key', 'import_occurrence', 'consent_event_key',
             'contact_suppression_tag', 'suppression', 'record_flag', 'permit')
       AND pg_relation_size(oid) / current_setting('block_size')::int > 2 * greatest(relpages, 0)
  LOOP
    EXECUTE format('ANALYZE %I', grown);
  END LOOP;
END $$;

GRANT EXECUTE ON FUNCTION
  refresh_statistics(),
  register_source(uuid, text, text, boolean, timestamptz),
  begin_import(uuid, uuid, smallint, bytea, bytea, timestamptz),
  progress_import(uuid, bigint, bigint, bigint, bigint, bigint, bigint, bytea[], int[]),
  finish_import(uuid, uuid, timestamptz),
  store_records(uuid, timestamptz, uuid[], smallint[], bytea[], uuid[], int[], text[], text[],
    text[], smallint[], date[], smallint[], text[]),
  store_record_versions(uuid, timestamptz, uuid[], int[], uuid[], bytea[], bytea[], int[], bytea[],
    text[], text[], text[], smallint[], date[], smallint[], text[]),
  replace_identifiers(uuid, timestamptz, uuid[], uuid[], bytea[], smallint[], smallint),
  replace_works_for(uuid, uuid[], uuid[], bytea[]),
  store_organisations(uuid, timestamptz, uuid[], smallint, bytea[], bytea[], uuid[], bytea[],
    bytea[], int[], bytea[]),
  replace_unit_tags(uuid, uuid[], uuid[], bytea[], smallint[]),
  store_purchases(uuid, timestamptz, uuid[], bytea[], uuid[], timestamptz[], int[], bigint[], text[], text[],
    text[], int[], bytea[], bytea[]),
  store_rejected_rows(uuid, timestamptz, timestamptz, uuid, uuid[], bigint[], int[], text[], text[],
    uuid[], bytea[], int[], bytea[]),
  delete_rejected_rows(uuid, uuid[]),
  store_links(uuid, timestamptz, uuid[], uuid[], smallint[], bytea[]),
  retract_links(uuid, timestamptz, uuid[], uuid[], smallint[], bytea[], smallint),
  store_cannot_links(uuid, timestamptz, uuid, uuid[], uuid[]),
  store_memberships(uuid, timestamptz, uuid[], uuid[], uuid[], uuid[], uuid[], uuid[], uuid[])
  TO assent_app;
