-- Why: an epoch key is burned only when nothing is wrapped under it any more, and nothing may come
-- back to it: the safe itself knows which epoch is in use, and takes no wrap of an older one from the
-- moment a newer one begins (docs/decisions/0030). A role of its own moves wraps, and nothing else.
-- Needs the role assent_rewrapper: roles.sql once more, by a superuser, before this.
-- Locks: subject_key, exclusively, while each row is looked at once. Undo: forward fix only.
GRANT USAGE ON SCHEMA public TO assent_rewrapper;

-- Of the installation, not of a tenant, and nobody's data: numbers and times.
CREATE TABLE key_epoch (
  epoch         int         PRIMARY KEY CHECK (epoch > 0),
  begun_at      timestamptz NOT NULL,            -- From here on nothing is wrapped under older ones.
  rewrapped     bigint      NOT NULL DEFAULT 0,  -- Keys that went from it to a newer epoch.
  destroyed     bigint,                          -- Keys whose last wrap was under it; with the burn.
  commitment    bytea CHECK (length(commitment) = 32),  -- Of the key that goes, with the burn.
  burn_begun_at timestamptz,                     -- Nothing is left under it; its key is to go.
  burn_told_at  timestamptz                      -- Its key is gone, and the log says so.
);
-- What there was before this, everywhere.
INSERT INTO key_epoch (epoch, begun_at) VALUES (1, now());
GRANT SELECT ON key_epoch TO assent_app, assent_rewrapper;

-- The column says what the wrap itself says, so that a count can be believed.
ALTER TABLE subject_key ADD CONSTRAINT subject_key_epoch
  CHECK (substr(wrapped, 3, 4) = int4send(kek_epoch));

-- The newest epoch that wrapped one of the destroyed keys: its burn ends their last copies.
ALTER TABLE tombstone ADD COLUMN kek_epoch int DEFAULT 1;
ALTER TABLE tombstone ALTER COLUMN kek_epoch DROP DEFAULT;
COMMENT ON COLUMN tombstone.kek_epoch IS
  'The newest epoch under which one of the keys was wrapped; null: there was no key.';

-- Epochs are of all tenants together.
CREATE POLICY every_tenant ON subject_key FOR SELECT TO assent_rewrapper, assent_owner USING (true);
CREATE POLICY every_tenant ON tombstone FOR SELECT TO assent_owner USING (true);
GRANT SELECT ON subject_key TO assent_rewrapper;

-- New keys. False, and nothing is stored: their epoch is an older one than the epoch in use. The lock
-- comes before the look: a new epoch waits for us, or we see it.
CREATE FUNCTION store_keys(subjects uuid[], of_purpose smallint, of_epoch int, wraps bytea[],
                           commits bytea[], at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  LOCK TABLE subject_key IN ROW EXCLUSIVE MODE;
  IF of_epoch < (SELECT max(epoch) FROM key_epoch) THEN RETURN false; END IF;
  INSERT INTO subject_key (tenant, subject, purpose, dek_version, kek_epoch, wrapped, dek_commit,
                           created_at)
  SELECT (SELECT assent_tenant()), s, of_purpose, 1, of_epoch, w, c, at
    FROM unnest(subjects, wraps, commits) AS new (s, w, c);
  RETURN true;
END $$;
REVOKE INSERT ON subject_key FROM assent_app;
GRANT EXECUTE ON FUNCTION store_keys(uuid[], smallint, int, bytea[], bytea[], timestamptz)
  TO assent_app;

-- Begins an epoch, once. It waits for everybody who stores keys, so that none under an older epoch
-- can appear afterwards; not for long, because they wait behind it.
CREATE FUNCTION begin_key_epoch(next int, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '5s' AS $$
BEGIN
  LOCK TABLE subject_key IN SHARE MODE;
  INSERT INTO key_epoch (epoch, begun_at)
  SELECT next, at WHERE next > (SELECT max(epoch) FROM key_epoch);
END $$;

-- Moves keys of a tenant to the epoch in use and counts them where they came from. Only a key that is
-- still there and still has the wrap that was opened: one that was destroyed stays destroyed, one
-- that was wrapped anew stays as it is. Its commitment and everything else cannot change here.
CREATE FUNCTION rewrap_keys(subjects uuid[], purposes smallint[], versions int[], epochs int[],
                            old_wraps bytea[], new_wraps bytea[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  newest int;
  changed bigint;
BEGIN
  LOCK TABLE subject_key IN ROW EXCLUSIVE MODE;
  SELECT max(epoch) INTO newest FROM key_epoch;
  WITH given AS (
    SELECT * FROM unnest(subjects, purposes, versions, epochs, old_wraps, new_wraps)
      AS g (subject, purpose, version, epoch, old_wrap, new_wrap)),
  moved AS (
    UPDATE subject_key AS k SET kek_epoch = newest, wrapped = g.new_wrap
      FROM given AS g
     WHERE k.tenant = (SELECT assent_tenant()) AND k.subject = g.subject
       AND k.purpose = g.purpose AND k.dek_version = g.version
       AND k.kek_epoch = g.epoch AND k.kek_epoch < newest AND k.wrapped = g.old_wrap
    RETURNING g.epoch),
  counted AS (
    UPDATE key_epoch AS e SET rewrapped = e.rewrapped + m.keys
      FROM (SELECT epoch, count(*) AS keys FROM moved GROUP BY epoch) AS m
     WHERE e.epoch = m.epoch)
  SELECT count(*) INTO changed FROM moved;
  RETURN changed;
END $$;

-- An older epoch under which nothing is left: its key may go. What goes with it is counted now, once.
CREATE FUNCTION begin_epoch_burn(old int, key_commitment bytea, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF old >= (SELECT max(epoch) FROM key_epoch) THEN
    RAISE EXCEPTION 'the epoch is in use';
  END IF;
  IF EXISTS (SELECT FROM subject_key WHERE kek_epoch <= old) THEN
    RAISE EXCEPTION 'keys are left under the epoch';
  END IF;
  UPDATE key_epoch SET burn_begun_at = at, commitment = key_commitment, destroyed =
         (SELECT coalesce(sum(t.keys), 0) FROM tombstone t WHERE t.kek_epoch = old)
   WHERE epoch = old AND burn_begun_at IS NULL;
END $$;

CREATE FUNCTION end_epoch_burn(old int, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE key_epoch SET burn_told_at = at
   WHERE epoch = old AND burn_begun_at IS NOT NULL AND burn_told_at IS NULL;
END $$;

GRANT EXECUTE ON FUNCTION begin_key_epoch(int, timestamptz),
  rewrap_keys(uuid[], smallint[], int[], int[], bytea[], bytea[]),
  begin_epoch_burn(int, bytea, timestamptz), end_epoch_burn(int, timestamptz) TO assent_rewrapper;
