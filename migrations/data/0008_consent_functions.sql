-- Why: the only ways to write the ledger, suppressions, erasure markers, flags, purposes, notices and
-- permits. All but replace_permits demand a leaf of the same transaction.
-- Locks: none (new functions). Undo: forward fix only.

-- Appends events of records that are live or retired; one that is known already changes nothing.
-- Answers how many were new. The feed is told in the same commit: 3 given, 4 denied.
CREATE FUNCTION store_consent_events(
  the_leaf uuid, the_time timestamptz, records uuid[], events uuid[], purposes smallint[],
  channels smallint[], contacts bytea[], actions smallint[], effective timestamptz[],
  sources smallint[], notices uuid[], methods smallint[], evidence_kinds smallint[],
  marks smallint[], expiries date[], evidences bytea[], positions int[], hashes bytea[])
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE stored bigint;
BEGIN
  PERFORM require_leaf(the_leaf);
  WITH told AS (
    SELECT DISTINCT ON (t.event_id) t.*
      FROM unnest(records, events, purposes, channels, contacts, actions, effective, sources, notices,
                  methods, evidence_kinds, marks, expiries, evidences, positions, hashes)
           AS t(record_id, event_id, purpose_id, channel, contact_tag, action, effective_at,
                source_id, notice_id, method, evidence_kind, mark, expires_on, evidence, leaf_pos,
                row_hash)
      JOIN record r ON r.tenant = assent_tenant() AND r.record_id = t.record_id AND r.state IN (0, 3)
  ), fresh AS (
    INSERT INTO consent_event_key (tenant, event_id, record_id)
    SELECT assent_tenant(), event_id, record_id FROM told
    ON CONFLICT DO NOTHING RETURNING event_id
  ), written AS (
    INSERT INTO consent_event (tenant, record_id, event_id, purpose_id, channel, contact_tag, action,
      effective_at, recorded_at, source_id, notice_id, method, evidence_kind, separate_document,
      conditional, pre_ticked, by_verified_holder, expires_on, evidence, leaf_id, leaf_pos, row_hash)
    SELECT assent_tenant(), record_id, event_id, purpose_id, channel, contact_tag, action,
           effective_at, the_time, source_id, notice_id, method, evidence_kind, (mark & 1) <> 0,
           (mark & 2) <> 0, (mark & 4) <> 0, (mark & 8) <> 0, expires_on, evidence, the_leaf,
           leaf_pos, row_hash
      FROM told JOIN fresh USING (event_id)
    RETURNING record_id, action
  ), fed AS (
    INSERT INTO change_feed (tenant, kind, record_id, at)
    SELECT DISTINCT assent_tenant(), CASE WHEN action IN (0, 1, 2) THEN 3 ELSE 4 END::smallint,
           record_id, the_time
      FROM written
  )
  SELECT count(*) INTO stored FROM written;
  RETURN stored;
END $$;

-- The suppression tag of each contact point, so that later acts need no key.
CREATE FUNCTION note_contacts(the_leaf uuid, contacts bytea[], tags bytea[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(the_leaf);
  INSERT INTO contact_suppression_tag (tenant, contact_tag, suppression_tag)
  SELECT DISTINCT ON (t.contact_tag) assent_tenant(), t.contact_tag, t.tag
    FROM unnest(contacts, tags) AS t(contact_tag, tag)
  ON CONFLICT DO NOTHING;
END $$;

-- Suppresses addresses; a later date replaces an earlier one.
CREATE FUNCTION suppress(the_leaf uuid, the_time timestamptz, tags bytea[], channels smallint[],
                         sinces timestamptz[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(the_leaf);
  INSERT INTO suppression (tenant, suppression_tag, channel, key_version, since, noted_at)
  SELECT assent_tenant(), t.tag, t.channel, 1, max(t.since), the_time
    FROM unnest(tags, channels, sinces) AS t(tag, channel, since) GROUP BY t.tag, t.channel
  ON CONFLICT (tenant, suppression_tag, channel)
  DO UPDATE SET since = excluded.since, noted_at = excluded.noted_at
   WHERE suppression.since < excluded.since;
  -- An address is nobody's in particular: the feed's record is nil.
  INSERT INTO change_feed (tenant, kind, record_id, at)
  SELECT assent_tenant(), 4, '00000000-0000-0000-0000-000000000000', the_time
   WHERE cardinality(tags) > 0;
END $$;

-- The same for contact points that note_contacts knows. Answers how many it knew.
CREATE FUNCTION suppress_contacts(the_leaf uuid, the_time timestamptz, contacts bytea[],
                                  channels smallint[], sinces timestamptz[])
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  known_tags bytea[];
  known_channels smallint[];
  known_sinces timestamptz[];
BEGIN
  SELECT coalesce(array_agg(c.suppression_tag), '{}'), coalesce(array_agg(t.channel), '{}'),
         coalesce(array_agg(t.since), '{}')
    INTO known_tags, known_channels, known_sinces
    FROM unnest(contacts, channels, sinces) AS t(contact_tag, channel, since)
    JOIN contact_suppression_tag c ON c.tenant = assent_tenant() AND c.contact_tag = t.contact_tag;
  PERFORM suppress(the_leaf, the_time, known_tags, known_channels, known_sinces);
  RETURN cardinality(known_tags);
END $$;

-- What the records' standing denials say of contact points becomes suppressions, which outlive them.
CREATE FUNCTION keep_denials(the_leaf uuid, the_time timestamptz, records uuid[])
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  denied bytea[];
  denied_channels smallint[];
  denied_sinces timestamptz[];
BEGIN
  SELECT coalesce(array_agg(contact_tag), '{}'), coalesce(array_agg(channel), '{}'),
         coalesce(array_agg(effective_at), '{}')
    INTO denied, denied_channels, denied_sinces
    FROM (SELECT DISTINCT ON (record_id, contact_tag, channel)
                 contact_tag, channel, effective_at, action
            FROM consent_event
           WHERE tenant = assent_tenant() AND record_id = ANY (records) AND contact_tag <> ''
             AND purpose_id = 1
             AND (action IN (3, 4, 5) OR (action IN (1, 2) AND by_verified_holder))
           ORDER BY record_id, contact_tag, channel, effective_at DESC, action DESC) AS latest
   WHERE action IN (3, 4, 5);
  RETURN suppress_contacts(the_leaf, the_time, denied, denied_channels, denied_sinces);
END $$;

CREATE FUNCTION store_erasure_markers(the_leaf uuid, the_time timestamptz, the_group uuid,
                                      tags bytea[], kinds smallint[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(the_leaf);
  INSERT INTO erasure_marker (tenant, marker_tag, kind, group_ref, erased_at)
  SELECT DISTINCT assent_tenant(), t.tag, t.kind, the_group, the_time
    FROM unnest(tags, kinds) AS t(tag, kind);
END $$;

CREATE FUNCTION lift_erasure_markers(the_leaf uuid, the_time timestamptz, groups uuid[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(the_leaf);
  UPDATE erasure_marker SET lifted_at = the_time
   WHERE tenant = assent_tenant() AND group_ref = ANY (groups) AND lifted_at IS NULL;
END $$;

-- Restrictions and the like. The feed is told 6, of an objection 4.
CREATE FUNCTION set_record_flags(the_leaf uuid, the_time timestamptz, records uuid[],
                                 the_flag smallint, the_since timestamptz, the_end timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(the_leaf);
  INSERT INTO record_flag (tenant, record_id, flag, since, until_at, leaf_id)
  SELECT DISTINCT assent_tenant(), t.record_id, the_flag, the_since, the_end, the_leaf
    FROM unnest(records) AS t(record_id)
  ON CONFLICT DO NOTHING;
  INSERT INTO change_feed (tenant, kind, record_id, at)
  SELECT DISTINCT assent_tenant(), CASE WHEN the_flag = 4 THEN 4 ELSE 6 END::smallint, t.record_id,
         the_time
    FROM unnest(records) AS t(record_id);
END $$;

CREATE FUNCTION end_record_flags(the_leaf uuid, the_time timestamptz, records uuid[],
                                 the_flag smallint)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE ended bigint;
BEGIN
  PERFORM require_leaf(the_leaf);
  UPDATE record_flag SET until_at = the_time
   WHERE tenant = assent_tenant() AND record_id = ANY (records) AND flag = the_flag
     AND (until_at IS NULL OR until_at > the_time);
  GET DIAGNOSTICS ended = ROW_COUNT;
  RETURN ended;
END $$;

CREATE FUNCTION register_purpose(the_leaf uuid, the_time timestamptz, id smallint, the_name text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(the_leaf);
  INSERT INTO purpose (tenant, purpose_id, name, registered_at)
  VALUES (assent_tenant(), id, the_name, the_time);
END $$;

-- A published text is never edited: the same name, version and locale again is an error.
CREATE FUNCTION publish_notice(the_leaf uuid, the_time timestamptz, id uuid, the_name text,
                               the_version int, the_locale text, the_jurisdiction text,
                               purpose smallint, the_channels smallint[], the_controller text,
                               is_separate boolean, text_shown text, text_hash bytea,
                               from_time timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(the_leaf);
  INSERT INTO notice (tenant, notice_id, name, version, locale, jurisdiction, purpose_id, channels,
                      controller, separate_document, body, body_hash, effective_from, published_at)
  VALUES (assent_tenant(), id, the_name, the_version, the_locale, the_jurisdiction, purpose,
          the_channels, the_controller, is_separate, text_shown, text_hash, from_time, the_time);
END $$;

-- Replaces every permit of the profiles. Derived rows, made again from the ledger at any time, so
-- there is no leaf to demand.
CREATE FUNCTION replace_permits(
  profiles uuid[], of_profiles uuid[], purposes smallint[], channels smallint[], contacts bytea[],
  records uuid[], verdicts smallint[], reasons smallint[], law_lists text[], ends date[],
  fact_hashes bytea[], policy bytea)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM permit WHERE tenant = assent_tenant() AND profile_id = ANY (profiles);
  INSERT INTO permit (tenant, profile_id, purpose_id, channel, contact_tag, record_id, permitted,
                      reason, laws, until_on, facts_hash, policy_hash)
  SELECT assent_tenant(), t.profile, t.purpose, t.channel, t.contact, t.record_of, t.verdict = 1,
         t.reason, t.laws, t.ends_on, t.facts, policy
    FROM unnest(of_profiles, purposes, channels, contacts, records, verdicts, reasons, law_lists,
                ends, fact_hashes)
         AS t(profile, purpose, channel, contact, record_of, verdict, reason, laws, ends_on, facts)
$$;

GRANT EXECUTE ON FUNCTION
  store_consent_events(uuid, timestamptz, uuid[], uuid[], smallint[], smallint[], bytea[], smallint[],
    timestamptz[], smallint[], uuid[], smallint[], smallint[], smallint[], date[], bytea[], int[],
    bytea[]),
  note_contacts(uuid, bytea[], bytea[]),
  suppress(uuid, timestamptz, bytea[], smallint[], timestamptz[]),
  suppress_contacts(uuid, timestamptz, bytea[], smallint[], timestamptz[]),
  keep_denials(uuid, timestamptz, uuid[]),
  store_erasure_markers(uuid, timestamptz, uuid, bytea[], smallint[]),
  lift_erasure_markers(uuid, timestamptz, uuid[]),
  set_record_flags(uuid, timestamptz, uuid[], smallint, timestamptz, timestamptz),
  end_record_flags(uuid, timestamptz, uuid[], smallint),
  register_purpose(uuid, timestamptz, smallint, text),
  publish_notice(uuid, timestamptz, uuid, text, int, text, text, smallint, smallint[], text, boolean,
    text, bytea, timestamptz),
  replace_permits(uuid[], uuid[], smallint[], smallint[], bytea[], uuid[], smallint[], smallint[],
    text[], date[], bytea[], bytea)
  TO assent_app;
-- An erasure keeps the denials and sets the markers.
GRANT EXECUTE ON FUNCTION keep_denials(uuid, timestamptz, uuid[]),
  store_erasure_markers(uuid, timestamptz, uuid, bytea[], smallint[]) TO assent_eraser;
