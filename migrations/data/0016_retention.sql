-- Why: the log may be pruned at its left edge, as c2sp.org/tlog-tiles allows: by terms that the log
-- itself announced, under an entry that says so (docs/decisions/0028).
-- Locks: removed_row, briefly (index). Undo: forward fix only; what was pruned is gone.

-- Which entries of a log tell of its retention; what they tell, they tell themselves.
CREATE TABLE audit_retention (
  tenant  uuid NOT NULL,
  leaf_id uuid NOT NULL,
  PRIMARY KEY (tenant, leaf_id)
);
SELECT protect_table('audit_retention');
CREATE POLICY sequencer ON audit_retention FOR SELECT TO assent_sequencer USING (true);
CREATE POLICY signer ON audit_retention FOR SELECT TO assent_signer USING (true);
GRANT SELECT ON audit_retention TO assent_sequencer, assent_signer, assent_eraser;

CREATE INDEX removed_row_by ON removed_row (tenant, by_leaf);

-- Of the entry LOG_RETENTION_ANNOUNCED or LOG_PRUNED of this transaction.
CREATE FUNCTION note_retention(leaf uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  INSERT INTO audit_retention (tenant, leaf_id) VALUES ((SELECT assent_tenant()), leaf);
END $$;
GRANT EXECUTE ON FUNCTION note_retention(uuid) TO assent_app;

-- A number of `width` bytes in a leaf, the first of which is the byte `place`, from 0 on.
CREATE FUNCTION number_in_leaf(leaf bytea, place int, width int) RETURNS bigint
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT ('x' || lpad(encode(substring(leaf FROM place + 1 FOR width), 'hex'), 16, '0'))
         ::bit(64)::bigint
$$;

-- Removes what the log holds of the entries before `before`, and what hangs on them. Demands the
-- entry LOG_PRUNED, covered by a checkpoint, that says so, and holds it to what the log announced.
CREATE FUNCTION prune_log(prune bigint, before bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  day    CONSTANT bigint := 86400000000;
  log    CONSTANT uuid := (SELECT assent_tenant());
  told   audit_leaf;
  term   audit_leaf;
  newest bigint;
  gone   bigint;
BEGIN
  SELECT * INTO told FROM audit_leaf WHERE tenant = log AND idx = prune;
  IF told.leaf IS NULL OR substring(told.leaf FROM 6 FOR 2) <> '\x0108'::bytea
     OR before % 256 <> 0 OR before > number_in_leaf(told.leaf, 225, 8)
     OR told.idx >= coalesce((SELECT max(size) FROM audit_checkpoint WHERE tenant = log), 0) THEN
    RAISE EXCEPTION 'no signed entry says that these are pruned';
  END IF;
  newest := number_in_leaf(told.leaf, 249, 8);
  SELECT * INTO term FROM audit_leaf
   WHERE tenant = log AND idx = number_in_leaf(told.leaf, 241, 8);
  IF term.leaf IS NULL OR substring(term.leaf FROM 6 FOR 2) <> '\x0107'::bytea OR before > term.idx
     OR term.acted_us + day * number_in_leaf(term.leaf, 229, 4) > told.acted_us
     OR newest + day * number_in_leaf(term.leaf, 225, 4) > told.acted_us
     OR EXISTS (SELECT FROM audit_leaf WHERE tenant = log AND idx < before AND acted_us > newest)
  THEN
    RAISE EXCEPTION 'the terms of the log keep these entries';
  END IF;
  DELETE FROM removed_row r USING audit_leaf a
   WHERE r.tenant = log AND a.tenant = log AND a.idx < before AND r.by_leaf = a.event_id;
  DELETE FROM audit_detail d USING audit_leaf a
   WHERE d.tenant = log AND a.tenant = log AND a.idx < before AND d.event_id = a.event_id;
  -- An older prune has said its word when this one is signed.
  DELETE FROM audit_retention r USING audit_leaf a
   WHERE r.tenant = log AND a.tenant = log AND r.leaf_id = a.event_id
     AND (a.idx < before
          OR a.idx < told.idx AND substring(a.leaf FROM 6 FOR 2) = '\x0108'::bytea);
  DELETE FROM audit_leaf WHERE tenant = log AND idx < before;
  GET DIAGNOSTICS gone = ROW_COUNT;
  DELETE FROM audit_tile WHERE tenant = log AND level = 0 AND tile < before / 256;
  RETURN gone;
END $$;

-- Drops the years of the log before `year` of which nothing is left in any tenant's.
CREATE FUNCTION drop_empty_leaf_years(year int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  part     regclass;
  is_empty boolean;
  dropped  int := 0;
BEGIN
  FOR part IN SELECT c.oid::regclass FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
               WHERE i.inhparent = 'audit_leaf'::regclass AND c.relname ~ '^audit_leaf_[0-9]{4}$'
                 AND right(c.relname, 4)::int < year
  LOOP
    EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s)', part) INTO is_empty;
    CONTINUE WHEN NOT is_empty;
    LOCK TABLE audit_leaf IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s)', part) INTO is_empty;
    CONTINUE WHEN NOT is_empty;
    EXECUTE format('DROP TABLE %s', part);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$;
GRANT EXECUTE ON FUNCTION prune_log(bigint, bigint), drop_empty_leaf_years(int) TO assent_eraser;
