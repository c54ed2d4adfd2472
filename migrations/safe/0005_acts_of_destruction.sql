-- Why: who destroys keys is a process of its own (docs/decisions/0033), and others must see what it has
-- done: one row a unit of each act, also where the unit's keys were gone by an earlier act. The
-- tombstones of an act's units, by subject, lead to the record hash of its entry KEY_DESTROYED. And an
-- epoch is burned only when VACUUM has been where its destroyed wraps lay.
-- Locks: none (new tables). Undo: forward fix only.
CREATE TABLE destruction (
  tenant       uuid        NOT NULL,
  act          uuid        NOT NULL,  -- The request, or the sweep (pending_shred.request_id).
  subject      uuid        NOT NULL,
  destroyed_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, act, subject)
);
SELECT protect_table('destruction');
GRANT SELECT ON destruction TO assent_app;
GRANT SELECT, INSERT ON destruction TO assent_key_destroyer;
-- It deletes keys and notes their commitments; the wraps themselves are nothing to it.
REVOKE SELECT ON subject_key FROM assent_key_destroyer;
GRANT SELECT (tenant, subject, purpose, dek_version, kek_epoch, dek_commit) ON subject_key
  TO assent_key_destroyer;

-- Of the installation, and nobody's data: when the last VACUUM of both clusters began.
CREATE TABLE vacuum_run (
  only_row boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  begun_at timestamptz NOT NULL
);
GRANT SELECT ON vacuum_run TO assent_app;

CREATE FUNCTION epoch_wants_vacuum(old int) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM tombstone t WHERE t.kek_epoch = old AND t.destroyed_at >
                 coalesce((SELECT begun_at FROM vacuum_run), '-infinity'::timestamptz))
$$;

-- An older epoch under which nothing is left, not even in a deleted row: its key may go. What goes with
-- it is counted now, once.
CREATE OR REPLACE FUNCTION begin_epoch_burn(old int, key_commitment bytea, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
  UPDATE key_epoch SET burn_begun_at = at, commitment = key_commitment, destroyed =
         (SELECT coalesce(sum(t.keys), 0) FROM tombstone t WHERE t.kek_epoch = old)
   WHERE epoch = old AND burn_begun_at IS NULL;
END $$;
GRANT EXECUTE ON FUNCTION epoch_wants_vacuum(int) TO assent_rewrapper;
