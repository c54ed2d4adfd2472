-- Why: PostgreSQL asked for the tenant's setting anew for every row that a policy let pass or a
-- function wrote: a tenth of an import. Inside a sub-select it is asked once a statement. From here on
-- functions and policies say (SELECT assent_tenant()); those that exist are brought over as they stand,
-- but for the two of every act, whose single rows gain nothing.
-- Locks: ACCESS EXCLUSIVE on each protected table, for a moment. Undo: forward fix only.

CREATE OR REPLACE FUNCTION protect_table(name regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', name);
  EXECUTE format('CREATE POLICY tenant ON %s USING (tenant = (SELECT assent_tenant()))', name);
  EXECUTE format('GRANT SELECT ON %s TO assent_app', name);
  EXECUTE format('ALTER TABLE %s ALTER COLUMN tenant SET STATISTICS 0', name);
END $$;

DO $$
DECLARE one record;
BEGIN
  FOR one IN SELECT tablename FROM pg_policies WHERE schemaname = 'public' AND policyname = 'tenant'
  LOOP
    EXECUTE format('ALTER POLICY tenant ON %I USING (tenant = (SELECT assent_tenant()))',
                   one.tablename);
  END LOOP;
  FOR one IN SELECT oid FROM pg_proc
              WHERE pronamespace = 'public'::regnamespace AND prosrc LIKE '%assent_tenant()%'
                AND proname NOT IN ('append_leaf', 'require_leaf', 'protect_table')
  LOOP
    EXECUTE replace(pg_get_functiondef(one.oid), 'assent_tenant()', '(SELECT assent_tenant())');
  END LOOP;
END $$;
