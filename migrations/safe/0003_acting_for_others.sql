-- Why: a token may be made for a system that acts for people; only such a one may say on whose behalf
-- it calls (docs/decisions/0027). And the policies ask for the tenant once a statement, as in the data
-- cluster since 0014 there.
-- Locks: ACCESS EXCLUSIVE on each protected table, for a moment. Undo: forward fix only.
ALTER TABLE token ADD COLUMN acts_for_others boolean NOT NULL DEFAULT false;

CREATE OR REPLACE FUNCTION protect_table(name regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', name);
  EXECUTE format('CREATE POLICY tenant ON %s USING (tenant = (SELECT assent_tenant()))', name);
END $$;

DO $$
DECLARE one record;
BEGIN
  FOR one IN SELECT tablename FROM pg_policies WHERE schemaname = 'public' AND policyname = 'tenant'
  LOOP
    EXECUTE format('ALTER POLICY tenant ON %I USING (tenant = (SELECT assent_tenant()))',
                   one.tablename);
  END LOOP;
END $$;
