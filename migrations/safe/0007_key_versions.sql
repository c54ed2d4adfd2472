-- Why: a record gets a new key: the next version of it, beside the one that its values still name
-- (docs/decisions/0035). And versions that nothing names any more end, without a tombstone, for that is
-- the end of a unit.
-- Locks: key_epoch, for a moment. Undo: forward fix only.

-- What was destroyed as replaced, an act a row: what its entry in the log commits to.
CREATE TABLE key_replacement (
  tenant       uuid        NOT NULL,
  act          uuid        NOT NULL,
  destroyed_at timestamptz NOT NULL,
  keys         int         NOT NULL,
  keys_hash    bytea       NOT NULL CHECK (length(keys_hash) = 32),  -- keys_destroyed_hash()
  PRIMARY KEY (tenant, act)
);
SELECT protect_table('key_replacement');
GRANT SELECT ON key_replacement TO assent_app;

ALTER TABLE key_epoch ADD COLUMN replaced bigint NOT NULL DEFAULT 0,
                      ADD COLUMN replaced_at timestamptz;  -- The newest of them.
COMMENT ON COLUMN key_epoch.replaced IS
  'Replaced key versions that were destroyed while their wrap was under it.';

-- The next version of each unit's key. False, and nothing is stored: the epoch is an older one than the
-- epoch in use. Whoever destroys the unit's keys waits for us, or we find none and store none.
CREATE FUNCTION store_key_versions(subjects uuid[], of_purpose smallint, versions int[],
                                   of_epoch int, wraps bytea[], commits bytea[], at timestamptz)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE held bigint;
BEGIN
  LOCK TABLE subject_key IN ROW EXCLUSIVE MODE;
  IF of_epoch < (SELECT max(epoch) FROM key_epoch) THEN RETURN false; END IF;
  SELECT count(*) INTO held FROM (
    SELECT FROM subject_key k JOIN unnest(subjects, versions) AS new (s, v)
        ON k.subject = new.s AND k.dek_version = new.v - 1
     WHERE k.tenant = (SELECT assent_tenant()) AND k.purpose = of_purpose
       FOR SHARE OF k) AS older;
  IF held <> cardinality(subjects) OR EXISTS (
       SELECT FROM tombstone
        WHERE tenant = (SELECT assent_tenant()) AND subject = ANY(subjects)) THEN
    RAISE EXCEPTION 'a unit has no key of the version before, or is erased';
  END IF;
  INSERT INTO subject_key (tenant, subject, purpose, dek_version, kek_epoch, wrapped, dek_commit,
                           created_at)
  SELECT (SELECT assent_tenant()), s, of_purpose, v, of_epoch, w, c, at
    FROM unnest(subjects, versions, wraps, commits) AS new (s, v, w, c);
  RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION
  store_key_versions(uuid[], smallint, int[], int, bytea[], bytea[], timestamptz) TO assent_app;

-- Versions of the units' keys for fields below the given ones go, once an act; a unit never loses its
-- newest here.
CREATE FUNCTION destroy_replaced_keys(the_act uuid, subjects uuid[], belows int[], at timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM key_replacement
              WHERE tenant = (SELECT assent_tenant()) AND act = the_act) THEN
    RETURN;
  END IF;
  WITH gone AS (
    DELETE FROM subject_key AS k USING unnest(subjects, belows) AS old (s, below)
     WHERE k.tenant = (SELECT assent_tenant()) AND k.subject = old.s AND k.purpose = 0
       AND k.dek_version < old.below
       AND EXISTS (SELECT FROM subject_key n
                    WHERE n.tenant = k.tenant AND n.subject = k.subject AND n.purpose = 0
                      AND n.dek_version >= old.below)
    RETURNING k.subject, k.dek_version, k.dek_commit, k.kek_epoch),
  counted AS (
    UPDATE key_epoch AS e SET replaced = e.replaced + g.keys, replaced_at = at
      FROM (SELECT kek_epoch, count(*) AS keys FROM gone GROUP BY kek_epoch) AS g
     WHERE e.epoch = g.kek_epoch)
  INSERT INTO key_replacement (tenant, act, destroyed_at, keys, keys_hash)
  SELECT (SELECT assent_tenant()), the_act, at, count(*),
         sha256('assent.keys_destroyed.v1'::bytea || '\x00'::bytea
             || coalesce(string_agg(dek_commit, ''::bytea ORDER BY subject, dek_version), ''::bytea))
    FROM gone;
END $$;
GRANT EXECUTE ON FUNCTION destroy_replaced_keys(uuid, uuid[], int[], timestamptz)
  TO assent_key_destroyer;

-- Their wraps, too, lie in deleted rows until VACUUM has been there.
CREATE OR REPLACE FUNCTION epoch_wants_vacuum(old int) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT coalesce(
           greatest((SELECT max(t.destroyed_at) FROM tombstone t WHERE t.kek_epoch = old),
                    (SELECT e.replaced_at FROM key_epoch e WHERE e.epoch = old)),
           '-infinity'::timestamptz) >
         coalesce((SELECT begun_at FROM vacuum_run), '-infinity'::timestamptz)
$$;

CREATE OR REPLACE FUNCTION begin_epoch_burn(old int, key_commitment bytea, at timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF old >= (SELECT max(epoch) FROM key_epoch) THEN
    RAISE EXCEPTION 'the epoch is in use';
  END IF;
  IF EXISTS (SELECT FROM subject_key WHERE kek_epoch <= old) THEN
    RAISE EXCEPTION 'keys are left under the epoch';
  END IF;
  IF epoch_wants_vacuum(old) THEN
    RAISE EXCEPTION 'keys were destroyed under the epoch since the last vacuum';
  END IF;
  UPDATE key_epoch SET burn_begun_at = at, commitment = key_commitment, destroyed = replaced +
         (SELECT coalesce(sum(t.keys), 0) FROM tombstone t WHERE t.kek_epoch = old)
   WHERE epoch = old AND burn_begun_at IS NULL;
END $$;
