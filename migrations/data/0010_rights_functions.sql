-- Why: the only ways to begin and to complete an erasure. The app begins one; only the eraser
-- removes rows. Each demands a leaf of the same transaction, and a state that fits: so a step that
-- is repeated after a crash, or by a second worker, does nothing twice.
-- Locks: audit_detail, briefly (index). Undo: forward fix only.
CREATE INDEX audit_detail_record ON audit_detail (tenant, record_id);

-- From this commit on every read refuses the records, and the followers of the feed know.
CREATE FUNCTION begin_erasure(leaf uuid, at timestamptz, request uuid, actor uuid, ids uuid[],
                              rejects uuid[], companies uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE taken bigint;
BEGIN
  PERFORM require_leaf(leaf);
  UPDATE record SET state = 1, updated_at = at
   WHERE tenant = assent_tenant() AND record_id = ANY(ids) AND state IN (0, 3);
  GET DIAGNOSTICS taken = ROW_COUNT;
  IF taken <> cardinality(ids) OR cardinality(ids || rejects || companies) = 0 THEN
    RAISE EXCEPTION 'a record is not to be erased';
  END IF;
  INSERT INTO request (tenant, request_id, type, state, received_at, actor_ref, records)
  VALUES (assent_tenant(), request, 'erasure', 'erasing', at, actor, taken);
  INSERT INTO pending_shred (tenant, request_id, unit_id, unit_kind, asked_at)
  SELECT assent_tenant(), request, i, 1, at FROM unnest(ids) AS n (i)
  UNION ALL
  SELECT assent_tenant(), request, i, 2, at FROM unnest(rejects) AS n (i)
  UNION ALL
  SELECT assent_tenant(), request, i, 4, at FROM unnest(companies) AS n (i)
  -- Two people on one rejected row: whoever is erased first takes it along.
  ON CONFLICT DO NOTHING;
  INSERT INTO change_feed (tenant, kind, record_id, at)
  SELECT assent_tenant(), 5, i, at FROM unnest(ids) AS n (i);
END $$;

-- What the rows of a record hold in all tables but the ledger and the tables of profiles.
CREATE FUNCTION erase_rows_of_records(leaf uuid, ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  DELETE FROM record_version WHERE tenant = assent_tenant() AND record_id = ANY(ids);
  -- The way from a contact point to its suppression goes with its last holder; the suppression stays.
  DELETE FROM contact_suppression_tag c
   WHERE c.tenant = assent_tenant()
     AND c.contact_tag IN (SELECT tag FROM identifier
                            WHERE tenant = assent_tenant() AND record_id = ANY(ids)
                            UNION ALL
                           SELECT tag FROM former_identifier
                            WHERE tenant = assent_tenant() AND record_id = ANY(ids))
     AND NOT EXISTS (SELECT FROM identifier i
                      WHERE i.tenant = assent_tenant() AND i.tag = c.contact_tag
                        AND i.record_id <> ALL(ids));
  DELETE FROM identifier WHERE tenant = assent_tenant() AND record_id = ANY(ids);
  DELETE FROM former_identifier WHERE tenant = assent_tenant() AND record_id = ANY(ids);
  DELETE FROM purchase_key WHERE tenant = assent_tenant() AND record_id = ANY(ids);
  DELETE FROM purchase WHERE tenant = assent_tenant() AND record_id = ANY(ids);
  DELETE FROM source_key WHERE tenant = assent_tenant() AND record_id = ANY(ids);
  DELETE FROM works_for WHERE tenant = assent_tenant() AND record_id = ANY(ids);
  DELETE FROM audit_detail WHERE tenant = assent_tenant() AND record_id = ANY(ids);
  DELETE FROM record_flag WHERE tenant = assent_tenant() AND record_id = ANY(ids);
  DELETE FROM link WHERE tenant = assent_tenant() AND record_a = ANY(ids);
  DELETE FROM link WHERE tenant = assent_tenant() AND record_b = ANY(ids);
  DELETE FROM cannot_link WHERE tenant = assent_tenant() AND record_a = ANY(ids);
  DELETE FROM cannot_link WHERE tenant = assent_tenant() AND record_b = ANY(ids);
END $$;

-- Profiles end with their last record; what was derived of them goes.
CREATE FUNCTION erase_rows_of_profiles(leaf uuid, at timestamptz, ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE ended uuid[];
BEGIN
  PERFORM require_leaf(leaf);
  SELECT coalesce(array_agg(DISTINCT profile_id), '{}') INTO ended
    FROM membership WHERE tenant = assent_tenant() AND record_id = ANY(ids) AND to_at IS NULL;
  DELETE FROM membership WHERE tenant = assent_tenant() AND record_id = ANY(ids);
  DELETE FROM permit WHERE tenant = assent_tenant() AND profile_id = ANY(ended);
  DELETE FROM profile_trait WHERE tenant = assent_tenant() AND profile_id = ANY(ended);
  UPDATE profile SET retired_at = at
   WHERE tenant = assent_tenant() AND profile_id = ANY(ended) AND retired_at IS NULL;
END $$;

-- Keys are gone: the rows follow. The ledger keeps what was said and when, without whom it reached;
-- its row hashes and leaves stay as they are.
CREATE FUNCTION complete_erasure(leaf uuid, at timestamptz, request uuid, with_evidence boolean,
                                 draft bytea, draft_ends timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  ids uuid[];
  rejects uuid[];
  companies uuid[];
BEGIN
  PERFORM require_leaf(leaf);
  UPDATE request AS r SET state = 'certifying'
   WHERE r.tenant = assent_tenant() AND r.request_id = request AND r.state = 'erasing';
  IF NOT FOUND THEN RAISE EXCEPTION 'no such erasure is under way'; END IF;
  SELECT coalesce(array_agg(unit_id) FILTER (WHERE unit_kind = 1), '{}'),
         coalesce(array_agg(unit_id) FILTER (WHERE unit_kind = 2), '{}'),
         coalesce(array_agg(unit_id) FILTER (WHERE unit_kind = 4), '{}')
    INTO ids, rejects, companies
    FROM pending_shred p WHERE p.tenant = assent_tenant() AND p.request_id = request;
  PERFORM erase_rows_of_records(leaf, ids);
  PERFORM erase_rows_of_profiles(leaf, at, ids);
  DELETE FROM unit_tag WHERE tenant = assent_tenant() AND unit_id = ANY(rejects || companies);
  DELETE FROM rejected_row WHERE tenant = assent_tenant() AND rejected_id = ANY(rejects);
  DELETE FROM organisation_key WHERE tenant = assent_tenant() AND organisation_id = ANY(companies);
  DELETE FROM organisation WHERE tenant = assent_tenant() AND organisation_id = ANY(companies);
  UPDATE consent_event SET contact_tag = '',
         evidence = CASE WHEN with_evidence THEN NULL ELSE evidence END
   WHERE tenant = assent_tenant() AND record_id = ANY(ids);
  UPDATE record SET state = 2, external_tag = decode(repeat('00', 16), 'hex'),
         subject_ref = '00000000-0000-0000-0000-000000000000', country = NULL, region = NULL,
         city = NULL, age_band = NULL, majority_month = NULL, birthday_month = NULL, gender = NULL,
         legal_person = false, updated_at = at
   WHERE tenant = assent_tenant() AND record_id = ANY(ids);
  INSERT INTO tombstone (tenant, record_id, erased_at, request_id)
  SELECT assent_tenant(), i, at, request FROM unnest(ids) AS n (i);
  INSERT INTO certificate (tenant, request_id, sealed, ends_at)
  VALUES (assent_tenant(), request, draft, draft_ends);
  DELETE FROM pending_shred p WHERE p.tenant = assent_tenant() AND p.request_id = request;
END $$;

-- The log's proof is in the certificate: the request is closed.
CREATE FUNCTION close_erasure(leaf uuid, at timestamptz, request uuid, body bytea, hash bytea)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  UPDATE request AS r SET state = 'completed', closed_at = at
   WHERE r.tenant = assent_tenant() AND r.request_id = request AND r.state = 'certifying';
  IF NOT FOUND THEN RAISE EXCEPTION 'no such erasure waits for its certificate'; END IF;
  UPDATE certificate AS c SET sealed = body, body_hash = hash, issued_at = at
   WHERE c.tenant = assent_tenant() AND c.request_id = request;
END $$;

-- Keys that nothing in the data needs, before and after they are destroyed.
CREATE FUNCTION begin_sweep(leaf uuid, at timestamptz, sweep uuid, ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  INSERT INTO pending_shred (tenant, request_id, unit_id, unit_kind, asked_at)
  SELECT assent_tenant(), sweep, i, 3, at FROM unnest(ids) AS n (i) ON CONFLICT DO NOTHING;
END $$;
CREATE FUNCTION complete_sweep(leaf uuid, ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  DELETE FROM pending_shred
   WHERE tenant = assent_tenant() AND unit_kind = 3 AND unit_id = ANY(ids);
END $$;

GRANT EXECUTE ON FUNCTION begin_erasure(uuid, timestamptz, uuid, uuid, uuid[], uuid[],
                                        uuid[])
  TO assent_app;
GRANT EXECUTE ON FUNCTION
  complete_erasure(uuid, timestamptz, uuid, boolean, bytea, timestamptz),
  close_erasure(uuid, timestamptz, uuid, bytea, bytea),
  begin_sweep(uuid, timestamptz, uuid, uuid[]),
  complete_sweep(uuid, uuid[]),
  -- Those who share a contact point with the erased have their permits made again.
  replace_permits(uuid[], uuid[], smallint[], smallint[], bytea[], uuid[], smallint[], smallint[],
    text[], date[], bytea[], bytea),
  delete_rejected_rows(uuid, uuid[])
  TO assent_eraser;
GRANT SELECT ON request, pending_shred, tombstone, certificate, record, record_version, source,
  source_key, identifier, former_identifier, membership, profile, organisation, rejected_row, unit_tag, purchase,
  consent_event, record_flag, suppression, contact_suppression_tag, purpose, notice, permit,
  release, release_member, recipient, audit_writer, audit_leaf, audit_tile, audit_head,
  audit_checkpoint TO assent_eraser;
