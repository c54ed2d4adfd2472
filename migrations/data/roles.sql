-- Run by a superuser, before the first migration and before one that needs a new role. Roles belong to the cluster, not to the
-- database, and no role of ours is a superuser or bypasses row-level security.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['assent_owner', 'assent_app', 'assent_sequencer', 'assent_eraser',
                              'assent_reader', 'assent_bi', 'assent_signer',
                              'assent_key_destroyer'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', name);
    END IF;
  END LOOP;
END $$;
