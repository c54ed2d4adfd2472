-- Why: half of what each act paid for its leaf was administration (docs/decisions/0031). Procedures,
-- because PostgreSQL plans no CALL; one statement in each, whose plan is kept; no search path to set and
-- to take back, because every name says its schema; and what a leaf must be stands in the policy, which
-- is kept with the plan, where a constraint is read anew in each statement.
-- Locks: ACCESS EXCLUSIVE on outbox and details, for a moment. Undo: forward fix only.

-- Its names are resolved here and now, not by the search path of whoever asks.
CREATE OR REPLACE FUNCTION assent_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('assent.tenant', true), '')::uuid;

-- A single row gains nothing from asking once a statement.
ALTER TABLE audit_outbox DROP CONSTRAINT audit_outbox_leaf_check;
ALTER POLICY tenant ON audit_outbox WITH CHECK (
  tenant = assent_tenant() AND length(leaf) BETWEEN 225 AND 289
  AND substring(leaf FOR 4) = 'CDPL'::bytea);
ALTER POLICY tenant ON audit_detail WITH CHECK (tenant = assent_tenant());

DROP FUNCTION append_with_detail(bytea, uuid, uuid, cdp_enc);
DROP FUNCTION append_leaf(bytea);

-- Appends a leaf to the log of the tenant whose it says it is; the policy lets no other one pass.
CREATE PROCEDURE append_leaf(leaf bytea) LANGUAGE plpgsql SECURITY DEFINER
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  INSERT INTO public.audit_outbox (tenant, event_id, leaf) VALUES (
    pg_catalog.encode(pg_catalog.substring(leaf, 8, 16), 'hex')::pg_catalog.uuid,
    pg_catalog.encode(pg_catalog.substring(leaf, 24, 16), 'hex')::pg_catalog.uuid, leaf);
END $$;

-- The same, and beside it the detail that it commits to, under the leaf's own tenant and event.
CREATE PROCEDURE append_with_detail(leaf bytea, record uuid, sealed_detail bytea)
LANGUAGE plpgsql SECURITY DEFINER SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  WITH appended AS (
    INSERT INTO public.audit_outbox (tenant, event_id, leaf) VALUES (
      pg_catalog.encode(pg_catalog.substring(leaf, 8, 16), 'hex')::pg_catalog.uuid,
      pg_catalog.encode(pg_catalog.substring(leaf, 24, 16), 'hex')::pg_catalog.uuid, leaf))
  INSERT INTO public.audit_detail (tenant, event_id, record_id, sealed) VALUES (
    pg_catalog.encode(pg_catalog.substring(leaf, 8, 16), 'hex')::pg_catalog.uuid,
    pg_catalog.encode(pg_catalog.substring(leaf, 24, 16), 'hex')::pg_catalog.uuid, record,
    sealed_detail);
END $$;
GRANT EXECUTE ON PROCEDURE append_leaf(bytea), append_with_detail(bytea, uuid, bytea)
  TO assent_app, assent_eraser;

CREATE OR REPLACE FUNCTION require_leaf(act_leaf uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM public.audit_outbox
     WHERE (event_id OPERATOR(pg_catalog.=) act_leaf)
       AND (xmin OPERATOR(pg_catalog.=) pg_catalog.pg_current_xact_id()::pg_catalog.xid)) THEN
    RAISE EXCEPTION 'no leaf of this transaction';
  END IF;
END $$;

CREATE OR REPLACE FUNCTION append_signer_leaf(leaf bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF (SELECT assent_tenant()) <> '00000000-0000-0000-0000-000000000000'
     OR substring(leaf FROM 6 FOR 2) NOT IN ('\x0101'::bytea, '\x0112'::bytea) THEN
    RAISE EXCEPTION 'this leaf is not the signer''s';
  END IF;
  CALL append_leaf(leaf);
END $$;
