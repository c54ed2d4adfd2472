-- Run once by a superuser, before the first migration of the safe.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['assent_owner', 'assent_app', 'assent_key_destroyer',
                              'assent_follower', 'assent_rewrapper'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', name);
    END IF;
  END LOOP;
END $$;
