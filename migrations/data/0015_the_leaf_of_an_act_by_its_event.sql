-- Why: the leaf of an act was looked for through all that its tenant had waiting: both indexes of the
-- outbox led with the tenant, and PostgreSQL took the smaller one, so that acts slowed down while nothing
-- was numbered. Now one leads with the event, and the policy is written so that it is no condition of
-- the other.
-- Locks: ACCESS EXCLUSIVE on the outbox, for a moment. Undo: forward fix only.
ALTER POLICY tenant ON audit_outbox USING (tenant IS NOT DISTINCT FROM (SELECT assent_tenant()));
DROP INDEX audit_outbox_event;
CREATE INDEX audit_outbox_event ON audit_outbox (event_id);

-- That the leaf is of the session's tenant says the policy, which binds the owner, too.
CREATE OR REPLACE FUNCTION require_leaf(act_leaf uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM audit_outbox WHERE event_id = act_leaf
                    AND xmin = pg_current_xact_id()::xid) THEN
    RAISE EXCEPTION 'no leaf of this transaction';
  END IF;
END $$;
