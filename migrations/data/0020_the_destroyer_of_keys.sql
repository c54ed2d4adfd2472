-- Why: keys are destroyed by a process of its own (docs/decisions/0033). What it must know stands in
-- pending_shred from the request on, where nobody can change it; it sees that and nothing else of the
-- data. Sweeps name the rejected rows whose days are over there too, before their keys go. What was
-- asked for before this, and is still waiting, keeps its evidence of consent under its own key.
-- Needs the role assent_key_destroyer: roles.sql once more, by a superuser, before this.
-- Locks: pending_shred, exclusively, for a moment. Undo: forward fix only.
ALTER TABLE pending_shred ADD COLUMN with_evidence boolean NOT NULL DEFAULT false;
ALTER TABLE pending_shred ALTER COLUMN with_evidence DROP DEFAULT;
ALTER TABLE pending_shred DROP CONSTRAINT pending_shred_unit_kind_check;
ALTER TABLE pending_shred ADD CONSTRAINT pending_shred_unit_kind_check
  CHECK (unit_kind BETWEEN 1 AND 5);
COMMENT ON COLUMN pending_shred.unit_kind IS
  '1 record, 2 rejected row, 3 a key that nothing needs, 4 organisation, 5 rejected row whose days are over';
COMMENT ON COLUMN pending_shred.with_evidence IS
  'Keys of purpose 2 go too; of purpose 0 always';

GRANT USAGE ON SCHEMA public TO assent_key_destroyer;
CREATE POLICY destroyer ON pending_shred FOR SELECT TO assent_key_destroyer USING (true);
GRANT SELECT (tenant, request_id, unit_id, with_evidence) ON pending_shred TO assent_key_destroyer;

DROP FUNCTION begin_erasure(uuid, timestamptz, uuid, uuid, uuid[], uuid[], uuid[]);
-- From this commit on every read refuses the records, and the followers of the feed know.
CREATE FUNCTION begin_erasure(leaf uuid, at timestamptz, request uuid, actor uuid, ids uuid[],
                              rejects uuid[], companies uuid[], evidence_too boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE taken bigint;
BEGIN
  PERFORM require_leaf(leaf);
  UPDATE record SET state = 1, updated_at = at
   WHERE tenant = (SELECT assent_tenant()) AND record_id = ANY(ids) AND state IN (0, 3);
  GET DIAGNOSTICS taken = ROW_COUNT;
  IF taken <> cardinality(ids) OR cardinality(ids || rejects || companies) = 0 THEN
    RAISE EXCEPTION 'a record is not to be erased';
  END IF;
  -- What is named here loses its keys: it must be what it is said to be.
  IF EXISTS (SELECT FROM unnest(rejects) AS j (i) WHERE NOT EXISTS (
               SELECT FROM rejected_row WHERE tenant = (SELECT assent_tenant()) AND rejected_id = j.i))
     OR EXISTS (SELECT FROM unnest(companies) AS c (i) WHERE NOT EXISTS (
               SELECT FROM organisation
                WHERE tenant = (SELECT assent_tenant()) AND organisation_id = c.i)) THEN
    RAISE EXCEPTION 'no such rejected row or organisation';
  END IF;
  INSERT INTO request (tenant, request_id, type, state, received_at, actor_ref, records)
  VALUES ((SELECT assent_tenant()), request, 'erasure', 'erasing', at, actor, taken);
  INSERT INTO pending_shred (tenant, request_id, unit_id, unit_kind, asked_at, with_evidence)
  SELECT (SELECT assent_tenant()), request, n.i, n.kind, at, evidence_too
    FROM (SELECT i, 1 FROM unnest(ids) AS r (i)
          UNION ALL SELECT i, 2 FROM unnest(rejects) AS j (i)
          UNION ALL SELECT i, 4 FROM unnest(companies) AS c (i)) AS n (i, kind)
  -- Two people on one rejected row: whoever is erased first takes it along.
  ON CONFLICT DO NOTHING;
  INSERT INTO change_feed (tenant, kind, record_id, at)
  SELECT (SELECT assent_tenant()), 5, i, at FROM unnest(ids) AS n (i);
END $$;

DROP FUNCTION complete_erasure(uuid, timestamptz, uuid, boolean, bytea, timestamptz);
-- Keys are gone: the rows follow. The ledger keeps what was said and when, without whom it reached;
-- its row hashes and leaves stay as they are.
CREATE FUNCTION complete_erasure(leaf uuid, at timestamptz, request uuid, draft bytea,
                                 draft_ends timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  ids uuid[];
  rejects uuid[];
  companies uuid[];
  evidence_too boolean;
BEGIN
  PERFORM require_leaf(leaf);
  UPDATE request AS r SET state = 'certifying'
   WHERE r.tenant = (SELECT assent_tenant()) AND r.request_id = request AND r.state = 'erasing';
  IF NOT FOUND THEN RAISE EXCEPTION 'no such erasure is under way'; END IF;
  SELECT coalesce(array_agg(unit_id) FILTER (WHERE unit_kind = 1), '{}'),
         coalesce(array_agg(unit_id) FILTER (WHERE unit_kind = 2), '{}'),
         coalesce(array_agg(unit_id) FILTER (WHERE unit_kind = 4), '{}'),
         coalesce(bool_or(with_evidence), false)
    INTO ids, rejects, companies, evidence_too
    FROM pending_shred p WHERE p.tenant = (SELECT assent_tenant()) AND p.request_id = request;
  PERFORM erase_rows_of_records(leaf, ids);
  PERFORM erase_rows_of_profiles(leaf, at, ids);
  DELETE FROM unit_tag
   WHERE tenant = (SELECT assent_tenant()) AND unit_id = ANY(rejects || companies);
  DELETE FROM rejected_row WHERE tenant = (SELECT assent_tenant()) AND rejected_id = ANY(rejects);
  DELETE FROM organisation_key
   WHERE tenant = (SELECT assent_tenant()) AND organisation_id = ANY(companies);
  DELETE FROM organisation
   WHERE tenant = (SELECT assent_tenant()) AND organisation_id = ANY(companies);
  UPDATE consent_event SET contact_tag = '',
         evidence = CASE WHEN evidence_too THEN NULL ELSE evidence END
   WHERE tenant = (SELECT assent_tenant()) AND record_id = ANY(ids);
  UPDATE record SET state = 2, external_tag = decode(repeat('00', 16), 'hex'),
         subject_ref = '00000000-0000-0000-0000-000000000000', country = NULL, region = NULL,
         city = NULL, age_band = NULL, majority_month = NULL, birthday_month = NULL, gender = NULL,
         legal_person = false, updated_at = at
   WHERE tenant = (SELECT assent_tenant()) AND record_id = ANY(ids);
  INSERT INTO tombstone (tenant, record_id, erased_at, request_id)
  SELECT (SELECT assent_tenant()), i, at, request FROM unnest(ids) AS n (i);
  INSERT INTO certificate (tenant, request_id, sealed, ends_at)
  VALUES ((SELECT assent_tenant()), request, draft, draft_ends);
  DELETE FROM pending_shred p
   WHERE p.tenant = (SELECT assent_tenant()) AND p.request_id = request;
END $$;

-- Sweeps: keys that nothing in the data needs (kind 3), rejected rows whose days are over (kind 5).
DROP FUNCTION begin_sweep(uuid, timestamptz, uuid, uuid[]), complete_sweep(uuid, uuid[]),
  delete_rejected_rows(uuid, uuid[]);
CREATE FUNCTION begin_sweep(leaf uuid, at timestamptz, sweep uuid, kind smallint, ids uuid[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me uuid := (SELECT assent_tenant());
  is_fit boolean;
BEGIN
  PERFORM require_leaf(leaf);
  is_fit := CASE kind
    WHEN 3 THEN me <> ALL(ids)
      AND NOT EXISTS (SELECT FROM record
                       WHERE tenant = me AND record_id = ANY(ids) AND state <> 2)
      AND NOT EXISTS (SELECT FROM organisation WHERE tenant = me AND organisation_id = ANY(ids))
      AND NOT EXISTS (SELECT FROM rejected_row WHERE tenant = me AND rejected_id = ANY(ids))
    WHEN 5 THEN cardinality(ids) =
      (SELECT count(*) FROM rejected_row
        WHERE tenant = me AND rejected_id = ANY(ids) AND expires_at <= at)
    ELSE false END;
  IF NOT is_fit THEN RAISE EXCEPTION 'no sweep takes such units'; END IF;
  INSERT INTO pending_shred (tenant, request_id, unit_id, unit_kind, asked_at, with_evidence)
  SELECT me, sweep, i, kind, at, false FROM unnest(ids) AS n (i);
END $$;
-- After their keys are gone.
CREATE FUNCTION complete_sweep(leaf uuid, sweep uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE rejects uuid[];
BEGIN
  PERFORM require_leaf(leaf);
  SELECT coalesce(array_agg(unit_id), '{}') INTO rejects FROM pending_shred
   WHERE tenant = (SELECT assent_tenant()) AND request_id = sweep AND unit_kind = 5;
  DELETE FROM unit_tag WHERE tenant = (SELECT assent_tenant()) AND unit_id = ANY(rejects);
  DELETE FROM rejected_row WHERE tenant = (SELECT assent_tenant()) AND rejected_id = ANY(rejects);
  DELETE FROM pending_shred
   WHERE tenant = (SELECT assent_tenant()) AND request_id = sweep AND unit_kind IN (3, 5);
END $$;
GRANT EXECUTE ON FUNCTION
  begin_erasure(uuid, timestamptz, uuid, uuid, uuid[], uuid[], uuid[], boolean) TO assent_app;
GRANT EXECUTE ON FUNCTION
  complete_erasure(uuid, timestamptz, uuid, bytea, timestamptz),
  begin_sweep(uuid, timestamptz, uuid, smallint, uuid[]), complete_sweep(uuid, uuid)
  TO assent_eraser;
