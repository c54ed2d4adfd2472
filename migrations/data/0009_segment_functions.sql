-- Why: traits, recipients and releases: what computes them, the gate, and the only ways to write them.
-- Locks: none (new functions). Undo: forward fix only.

-- Recency, frequency and monetary value of every profile as of a day, in each currency it bought in,
-- with scores by value cut-offs: equal values are never parted. `labels` are the segments by score in
-- their order, each with its bounds (r from, r to, f from, f to, m from, m to); the first that fits is the
-- label. Restricted and terminated profiles stay out. Derived rows, made again from the orders at
-- any time, so there is no leaf to demand; store_trait_run tells of the run. Answers the cut-offs of each
-- currency.
CREATE FUNCTION compute_traits(day date, at timestamptz, labels text[], r_from int[], r_to int[],
                               f_from int[], f_to int[], m_from int[], m_to int[])
RETURNS TABLE (of_currency text, total bigint, cut_r text, cut_f text, cut_m text)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH closed AS (
    SELECT m.profile_id
      FROM record_flag x
      JOIN membership m ON m.tenant = x.tenant AND m.record_id = x.record_id AND m.to_at IS NULL
     WHERE x.tenant = assent_tenant() AND x.flag IN (1, 2) AND x.since <= at
       AND (x.until_at IS NULL OR x.until_at > at)
  ), bought AS (
    SELECT m.profile_id, p.currency, (p.ordered_at AT TIME ZONE 'UTC')::date AS on_day,
           p.order_tag, p.amount_minor
      FROM membership m
      JOIN record k ON k.tenant = m.tenant AND k.record_id = m.record_id AND k.state = 0
      JOIN purchase p ON p.tenant = m.tenant AND p.record_id = m.record_id
     WHERE m.tenant = assent_tenant() AND m.to_at IS NULL
       AND p.ordered_at < (day + 1)::timestamp AT TIME ZONE 'UTC'
       AND NOT EXISTS (SELECT FROM closed WHERE closed.profile_id = m.profile_id)
  ), value AS (
    -- What was given back lowers the revenue and is no order.
    SELECT profile_id, currency, min(on_day) FILTER (WHERE amount_minor >= 0) AS first_order,
           max(on_day) FILTER (WHERE amount_minor >= 0) AS last_order,
           count(DISTINCT coalesce(encode(order_tag, 'hex'), on_day::text))
             FILTER (WHERE amount_minor >= 0) AS orders,
           sum(amount_minor)::bigint AS revenue
      FROM bought GROUP BY profile_id, currency HAVING bool_or(amount_minor >= 0)
  ), cut AS (
    SELECT currency,
           percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY day - last_order) AS r,
           percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY orders) AS f,
           percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY revenue) AS m
      FROM value GROUP BY currency
  ), scored AS (
    SELECT v.*, 5 - (SELECT count(*) FROM unnest(c.r) AS x WHERE x < day - v.last_order) AS r,
           1 + (SELECT count(*) FROM unnest(c.f) AS x WHERE x < v.orders) AS f,
           1 + (SELECT count(*) FROM unnest(c.m) AS x WHERE x < v.revenue) AS m
      FROM value v JOIN cut c USING (currency)
  ), gone AS (
    DELETE FROM profile_trait t
     WHERE t.tenant = assent_tenant() AND NOT EXISTS (
       SELECT FROM scored s WHERE s.profile_id = t.profile_id AND s.currency = t.currency)
  ), written AS (
    INSERT INTO profile_trait AS t (tenant, profile_id, currency, first_order, last_order, orders,
                                    revenue_minor, r, f, m, label)
    SELECT assent_tenant(), s.profile_id, s.currency, s.first_order, s.last_order, s.orders, s.revenue,
           s.r, s.f, s.m,
           coalesce((SELECT l.name
                       FROM unnest(labels, r_from, r_to, f_from, f_to, m_from, m_to) WITH ORDINALITY
                         AS l (name, ra, rz, fa, fz, ma, mz, n)
                      WHERE s.r BETWEEN ra AND rz AND s.f BETWEEN fa AND fz AND s.m BETWEEN ma AND mz
                      ORDER BY n LIMIT 1), 'other')
      FROM scored s
    ON CONFLICT (tenant, profile_id, currency) DO UPDATE
       SET first_order = excluded.first_order, last_order = excluded.last_order,
           orders = excluded.orders, revenue_minor = excluded.revenue_minor, r = excluded.r,
           f = excluded.f, m = excluded.m, label = excluded.label
     WHERE (t.first_order, t.last_order, t.orders, t.revenue_minor, t.r, t.f, t.m, t.label)
        IS DISTINCT FROM (excluded.first_order, excluded.last_order, excluded.orders,
                          excluded.revenue_minor, excluded.r, excluded.f, excluded.m, excluded.label)
  )
  SELECT currency::text, (SELECT count(DISTINCT profile_id) FROM scored),
         array_to_json(r)::text, array_to_json(f)::text, array_to_json(m)::text
    FROM cut ORDER BY currency
$$;

CREATE FUNCTION store_trait_run(the_leaf uuid, run uuid, day date, the_rule text, cuts text,
                                total bigint, at timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(the_leaf);
  INSERT INTO trait_run (tenant, run_id, as_of, rule, thresholds, profiles, computed_at, leaf_id)
  VALUES (assent_tenant(), run, day, the_rule, cuts, total, at, the_leaf);
END $$;

-- The profiles with a label (NULL: any) whose last order lies before a day (NULL: any). Who buys in
-- several currencies is judged by that of the last order.
CREATE FUNCTION segment_profiles(wanted text, last_before date) RETURNS TABLE (profile_id uuid)
LANGUAGE sql STABLE AS $$
  SELECT t.profile_id
    FROM (SELECT DISTINCT ON (x.profile_id) x.profile_id, x.label, x.last_order
            FROM profile_trait x WHERE x.tenant = assent_tenant()
           ORDER BY x.profile_id, x.last_order DESC, x.orders DESC, x.currency) AS t
   WHERE (wanted IS NULL OR t.label = wanted) AND (last_before IS NULL OR t.last_order < last_before)
$$;

-- THE GATE. One row a permit of the purpose and channel, with the reason against it or NULL. What the
-- permit says counts only under the policies in force and until its day; a suppression that came
-- after it, and a record that left, count at once. Numbers are those of consent/reason.h: a smaller
-- one takes precedence. Marketing (purpose 1) alone is subject to suppression.
-- `only`: the profiles that are asked about; NULL: all. Suppressions are joined as a set, so that
-- the plan stays linear whatever the planner believes of the tables.
CREATE FUNCTION gate_rows(the_purpose smallint, the_channel smallint, policies bytea, today date,
                          only_of uuid[])
RETURNS TABLE (profile_id uuid, record_id uuid, contact_tag bytea, laws text, facts_hash bytea,
               newest timestamptz, reason smallint)
LANGUAGE sql STABLE AS $$
  SELECT p.profile_id, p.record_id, p.contact_tag, p.laws, p.facts_hash, k.updated_at,
         least(CASE WHEN NOT p.permitted THEN p.reason END,
               CASE WHEN p.policy_hash <> policies OR p.until_on <= today THEN 10 END,
               CASE WHEN k.state IS DISTINCT FROM 0 THEN 20 END,
               CASE WHEN p.contact_tag = '' THEN 480 END,
               CASE WHEN the_purpose = 1 AND s.since IS NOT NULL THEN
                 CASE WHEN NOT EXISTS (
                   -- Lifted for its own contact point by its verified holder, later.
                   SELECT FROM consent_event e
                    WHERE e.tenant = p.tenant AND e.contact_tag = p.contact_tag
                      AND e.contact_tag <> '' AND e.purpose_id = the_purpose
                      AND e.channel = the_channel AND e.action IN (1, 2) AND e.by_verified_holder
                      AND e.effective_at > s.since) THEN 100 END END)::smallint
    FROM permit p
    LEFT JOIN record k ON k.tenant = p.tenant AND k.record_id = p.record_id
    LEFT JOIN (
      SELECT c.contact_tag, max(x.since) AS since
        FROM contact_suppression_tag c
        JOIN suppression x ON x.tenant = c.tenant AND x.suppression_tag = c.suppression_tag
       WHERE c.tenant = assent_tenant() AND x.channel IN (0, the_channel)
         AND (only_of IS NULL OR c.contact_tag IN (
           SELECT q.contact_tag FROM permit q
            WHERE q.tenant = assent_tenant() AND q.profile_id = ANY (only_of)))
       GROUP BY c.contact_tag) AS s ON s.contact_tag = p.contact_tag
   WHERE p.tenant = assent_tenant() AND p.purpose_id = the_purpose AND p.channel = the_channel
     AND (only_of IS NULL OR p.profile_id = ANY (only_of))
$$;

-- A recipient is never edited: another contract is another registration under another name.
CREATE FUNCTION register_recipient(the_leaf uuid, id uuid, the_name text, the_role text,
                                   the_country text, the_contracts text[], tool text,
                                   assessed boolean, certified boolean, notice text,
                                   the_fields text[], the_duties text[], at timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(the_leaf);
  INSERT INTO recipient (tenant, recipient_id, name, role, country, contracts, transfer_tool,
                         transfer_assessed, framework_certified, transfer_notice, fields, duties,
                         registered_at)
  VALUES (assent_tenant(), id, the_name, the_role, the_country, the_contracts, tool, assessed,
          certified, notice, the_fields, the_duties, at);
END $$;

CREATE FUNCTION open_release(the_leaf uuid, id uuid, the_segment text, day date, purpose smallint,
    the_channel smallint, recipient uuid, the_fields text[], feed_at bigint, policies bytea,
    the_matched bigint, the_permitted bigint, the_opening text, salt bytea, link bytea,
    link_end timestamptz, token uuid, at timestamptz, reasons smallint[], counts bigint[],
    refs uuid[], profiles uuid[], records uuid[], contacts bytea[], facts bytea[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(the_leaf);
  INSERT INTO release (tenant, release_id, segment, as_of, purpose_id, channel, recipient_id, fields,
                       state, feed_position, policy_hash, matched, permitted, opening, reason_salt,
                       link_hash, link_ends_at, token_ref, opened_at)
  VALUES (assent_tenant(), id, the_segment, day, purpose, the_channel, recipient, the_fields, 0,
          feed_at, policies, the_matched, the_permitted, the_opening, salt, link, link_end, token,
          at);
  INSERT INTO release_reason (tenant, release_id, stage, reason, profiles)
  SELECT assent_tenant(), id, 1, r, n FROM unnest(reasons, counts) AS u (r, n);
  INSERT INTO release_member (tenant, release_id, member_ref, profile_id, record_id, contact_tag,
                              facts_hash)
  SELECT assent_tenant(), id, r, p, k, c, f
    FROM unnest(refs, profiles, records, contacts, facts) AS u (r, p, k, c, f);
END $$;

-- Spends the link: true once, and only for the token that asked, before its end. Bookkeeping, hence
-- without a leaf: what follows (decisions, reads, delivery or its end) leaves its own.
CREATE FUNCTION start_delivery(id uuid, link bytea, token uuid, at timestamptz)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE release SET state = 1
   WHERE tenant = assent_tenant() AND release_id = id AND state = 0 AND link_hash = link
     AND token_ref = token AND link_ends_at > at;
  RETURN FOUND;
END $$;

-- What became of a page of members: delivered when there is no reason against it.
CREATE FUNCTION mark_members(the_leaf uuid, id uuid, refs uuid[], reasons smallint[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(the_leaf);
  IF NOT EXISTS (SELECT FROM release WHERE tenant = assent_tenant() AND release_id = id
                    AND state = 1) THEN
    RAISE EXCEPTION 'the release is not being delivered';
  END IF;
  UPDATE release_member AS m SET delivered = u.r IS NULL, reason = u.r
    FROM unnest(refs, reasons) AS u (ref, r)
   WHERE m.tenant = assent_tenant() AND m.release_id = id AND m.member_ref = u.ref
     AND m.delivered IS NULL;
END $$;

CREATE FUNCTION finish_release(the_leaf uuid, id uuid, the_closing text, the_delivered bigint,
                               at timestamptz, reasons smallint[], counts bigint[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(the_leaf);
  UPDATE release SET state = 2, closing = the_closing, delivered = the_delivered, closed_at = at
   WHERE tenant = assent_tenant() AND release_id = id AND state = 1;
  IF NOT FOUND THEN RAISE EXCEPTION 'the release is not being delivered'; END IF;
  INSERT INTO release_reason (tenant, release_id, stage, reason, profiles)
  SELECT assent_tenant(), id, 2, r, n FROM unnest(reasons, counts) AS u (r, n);
END $$;

CREATE FUNCTION abort_release(the_leaf uuid, id uuid, at timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(the_leaf);
  UPDATE release SET state = 3, closed_at = at
   WHERE tenant = assent_tenant() AND release_id = id AND state = 1;
  IF NOT FOUND THEN RAISE EXCEPTION 'the release is not being delivered'; END IF;
END $$;

GRANT EXECUTE ON FUNCTION
  compute_traits(date, timestamptz, text[], int[], int[], int[], int[], int[], int[]),
  store_trait_run(uuid, uuid, date, text, text, bigint, timestamptz),
  segment_profiles(text, date),
  gate_rows(smallint, smallint, bytea, date, uuid[]),
  register_recipient(uuid, uuid, text, text, text, text[], text, boolean, boolean, text, text[],
    text[], timestamptz),
  open_release(uuid, uuid, text, date, smallint, smallint, uuid, text[], bigint, bytea, bigint, bigint,
    text, bytea, bytea, timestamptz, uuid, timestamptz, smallint[], bigint[], uuid[], uuid[], uuid[],
    bytea[], bytea[]),
  start_delivery(uuid, bytea, uuid, timestamptz),
  mark_members(uuid, uuid, uuid[], smallint[]),
  finish_release(uuid, uuid, text, bigint, timestamptz, smallint[], bigint[]),
  abort_release(uuid, uuid, timestamptz)
  TO assent_app;
