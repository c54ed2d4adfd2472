-- Why: a record, rejected row or organisation gets a new key: every value that is sealed under the old one
-- is found by what the columns say of themselves (0018), sealed anew and put in its place, under the leaf
-- of the act (docs/decisions/0035). What is left of the old versions is destroyed later, and counted.
-- Locks: none that a reader meets. Undo: forward fix only.

-- Versions of keys that nothing names any more, until they are destroyed.
CREATE TABLE replaced_key (
  tenant      uuid        NOT NULL,
  unit_id     uuid        NOT NULL,
  below       int         NOT NULL,  -- Versions of the unit's key before this one.
  replaced_at timestamptz NOT NULL,
  act         uuid,                  -- That destroys them; NULL: their term is not over.
  PRIMARY KEY (tenant, unit_id, below)
);
CREATE INDEX replaced_key_due ON replaced_key (tenant, replaced_at) WHERE act IS NULL;
CREATE INDEX replaced_key_act ON replaced_key (tenant, act) WHERE act IS NOT NULL;
SELECT distribute_table('replaced_key', 'unit_id'), protect_table('replaced_key');
GRANT SELECT ON replaced_key TO assent_app, assent_eraser;
-- Who destroys them sees which, of all tenants.
CREATE POLICY destroyer ON replaced_key FOR SELECT TO assent_key_destroyer USING (true);
GRANT SELECT (tenant, unit_id, below, act) ON replaced_key TO assent_key_destroyer;

-- Every column of the encrypted domain in tables of ours, with the place that its values are sealed for. One that does
-- not say so stops whoever asks.
CREATE FUNCTION sealed_columns() RETURNS TABLE (relation name, of_column name, unit_column name,
  field text, row_column name, key_purpose smallint, has_leaf boolean)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  one record;
  place text[];
BEGIN
  FOR one IN
    SELECT c.oid, c.relname, a.attname, a.attnum,
           EXISTS (SELECT FROM pg_attribute l WHERE l.attrelid = c.oid AND l.attname = 'row_hash')
             AS sealed_by_leaf
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE a.atttypid = 'cdp_enc'::regtype AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND NOT a.attisdropped AND c.relnamespace = 'public'::regnamespace
       AND c.relowner = 'assent_owner'::regrole
     ORDER BY c.relname, a.attname
  LOOP
    place := regexp_match(col_description(one.oid, one.attnum),
                          'sealed for \((\w+), (each|\d+), (\w+)\), key purpose (\d)$');
    IF place IS NULL THEN
      RAISE EXCEPTION 'a column does not say where its values belong';
    END IF;
    relation := one.relname;
    of_column := one.attname;
    unit_column := place[1];
    field := place[2];
    row_column := place[3];
    key_purpose := place[4];
    has_leaf := one.sealed_by_leaf;
    RETURN NEXT;
  END LOOP;
END $$;

-- Suite and version of the key that a sealed value names; of a set of fields its first one's, and NULL of an
-- empty set.
CREATE FUNCTION sealed_suite(value bytea, is_set boolean) RETURNS int LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN NOT is_set THEN get_byte(value, 1)
              WHEN length(value) > 15 THEN get_byte(value, 10) END
$$;
CREATE FUNCTION sealed_version(value bytea, is_set boolean) RETURNS int LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN is_set AND length(value) <= 15 THEN NULL ELSE
    ('x' || encode(substr(value, CASE WHEN is_set THEN 12 ELSE 3 END, 4), 'hex'))::bit(32)::int END
$$;

-- Everything that is sealed under the units' keys for fields.
CREATE FUNCTION sealed_values(units uuid[]) RETURNS TABLE (relation text, of_column text,
  unit_id uuid, field text, row_id uuid, value bytea, leaf_id uuid, leaf_pos int, row_hash bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE one record;
BEGIN
  FOR one IN SELECT * FROM sealed_columns() AS c WHERE c.key_purpose = 0 LOOP
    RETURN QUERY EXECUTE format(
      'SELECT %L::text, %L::text, %I, %L::text, %I, %I::bytea, %s FROM %I '
      'WHERE tenant = (SELECT assent_tenant()) AND %I = ANY($1) AND %I IS NOT NULL',
      one.relation, one.of_column, one.unit_column, one.field, one.row_column, one.of_column,
      CASE WHEN one.has_leaf THEN 'leaf_id, leaf_pos, row_hash'
           ELSE 'NULL::uuid, NULL::int, NULL::bytea' END,
      one.relation, one.unit_column, one.of_column) USING units;
  END LOOP;
END $$;

-- The next units, after `after`, of which a value for fields is sealed in another suite.
CREATE FUNCTION units_in_other_suites(suite int, after uuid, at_most int)
RETURNS TABLE (unit_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  one record;
  parts text[] := '{}';
BEGIN
  FOR one IN SELECT * FROM sealed_columns() AS c WHERE c.key_purpose = 0 LOOP
    parts := parts || format(
      '(SELECT DISTINCT %1$I AS unit FROM %2$I '
      'WHERE tenant = (SELECT assent_tenant()) AND %1$I > $2 AND sealed_suite(%3$I, %4$L) <> $1 '
      'ORDER BY 1 LIMIT $3)',
      one.unit_column, one.relation, one.of_column, one.field = 'each');
  END LOOP;
  RETURN QUERY EXECUTE 'SELECT DISTINCT unit FROM (' || array_to_string(parts, ' UNION ALL ')
    || ') AS units ORDER BY 1 LIMIT $3' USING suite, after, at_most;
END $$;

-- How many values there are by purpose of their key, suite and version; and how many units have values
-- for fields in each suite.
CREATE FUNCTION count_sealed() RETURNS TABLE (key_purpose smallint, suite int, version int,
                                              sealed bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  one record;
  parts text[] := '{}';
BEGIN
  FOR one IN SELECT * FROM sealed_columns() LOOP
    parts := parts || format(
      'SELECT %s::smallint AS p, sealed_suite(%2$I, %3$L) AS s, sealed_version(%2$I, %3$L) AS v '
      'FROM %4$I WHERE tenant = (SELECT assent_tenant()) AND %2$I IS NOT NULL',
      one.key_purpose, one.of_column, one.field = 'each', one.relation);
  END LOOP;
  RETURN QUERY EXECUTE 'SELECT p, s, v, count(*) FROM (' || array_to_string(parts, ' UNION ALL ')
    || ') AS each_one WHERE s IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3';
END $$;

-- Puts values in the place of those that were opened, each at its place and only over the very bytes;
-- where the table's rows are under leaves, under this one. Answers how many it found so. The
-- versions below `belows` of the units' keys wait for their end from now on.
CREATE FUNCTION replace_sealed_values(leaf uuid, at timestamptz, relations text[],
  value_columns text[], units uuid[], row_ids uuid[], olds bytea[], news bytea[], places int[],
  hashes bytea[], replaced uuid[], belows int[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  one record;
  changed bigint;
  total bigint := 0;
BEGIN
  PERFORM require_leaf(leaf);
  FOR one IN SELECT * FROM sealed_columns() AS c WHERE c.key_purpose = 0 LOOP
    EXECUTE format(
      'UPDATE %1$I AS t SET %2$I = n.new_value%5$s '
      'FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) AS n (relation, col, unit, row_id, old_value, '
      'new_value, place, hash) '
      'WHERE n.relation = %1$L AND n.col = %2$L AND t.tenant = (SELECT assent_tenant()) '
      'AND t.%3$I = n.unit AND t.%4$I = n.row_id AND t.%2$I::bytea = n.old_value',
      one.relation, one.of_column, one.unit_column, one.row_column,
      CASE WHEN one.has_leaf THEN ', leaf_id = $9, leaf_pos = n.place, row_hash = n.hash'
           ELSE '' END)
      USING relations, value_columns, units, row_ids, olds, news, places, hashes, leaf;
    GET DIAGNOSTICS changed = ROW_COUNT;
    total := total + changed;
  END LOOP;
  INSERT INTO replaced_key (tenant, unit_id, below, replaced_at)
  SELECT (SELECT assent_tenant()), u, b, at FROM unnest(replaced, belows) AS n (u, b)
  ON CONFLICT DO NOTHING;
  RETURN total;
END $$;

-- Bookkeeping, hence without a leaf: those whose term is over get the act that is to end them. Only
-- where no value names such a version.
CREATE FUNCTION name_replaced_keys(the_act uuid, units uuid[], belows int[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM sealed_values(units) AS v
               JOIN unnest(units, belows) AS n (u, b) ON v.unit_id = n.u
              WHERE sealed_version(v.value, v.field = 'each') < n.b) THEN
    RAISE EXCEPTION 'a value still needs one of these keys';
  END IF;
  UPDATE replaced_key AS k SET act = the_act FROM unnest(units, belows) AS n (u, b)
   WHERE k.tenant = (SELECT assent_tenant()) AND k.unit_id = n.u AND k.below = n.b
     AND k.act IS NULL;
END $$;

CREATE FUNCTION end_replaced_keys(leaf uuid, the_act uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  DELETE FROM replaced_key WHERE tenant = (SELECT assent_tenant()) AND act = the_act;
END $$;

GRANT EXECUTE ON FUNCTION sealed_columns(), sealed_suite(bytea, boolean),
  sealed_version(bytea, boolean), sealed_values(uuid[]), units_in_other_suites(int, uuid, int),
  count_sealed(), replace_sealed_values(uuid, timestamptz, text[], text[], uuid[], uuid[], bytea[],
    bytea[], int[], bytea[], uuid[], int[]) TO assent_app;
GRANT EXECUTE ON FUNCTION sealed_values(uuid[]), sealed_columns(), sealed_version(bytea, boolean),
  name_replaced_keys(uuid, uuid[], int[]), end_replaced_keys(uuid, uuid) TO assent_eraser;
