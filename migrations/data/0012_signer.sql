-- Why: who signs the log is a process and a role of its own (docs/decisions/0021): it sees the log and
-- nothing of the business, and who numbers the log no longer signs it.
-- An older cluster first needs the role: migrations/data/roles.sql once more, by a superuser.
-- Locks: short ones on the tables of the log. Undo: forward fix only.
GRANT USAGE ON SCHEMA public TO assent_signer;
CREATE POLICY signer ON audit_head FOR SELECT TO assent_signer USING (true);
CREATE POLICY signer ON audit_tile FOR SELECT TO assent_signer USING (true);
CREATE POLICY signer ON audit_leaf FOR SELECT TO assent_signer USING (true);
CREATE POLICY signer ON audit_checkpoint TO assent_signer USING (true) WITH CHECK (true);
GRANT SELECT ON audit_head, audit_tile, audit_leaf TO assent_signer;
GRANT SELECT, INSERT ON audit_checkpoint TO assent_signer;

DROP POLICY sequencer ON audit_checkpoint;
CREATE POLICY sequencer ON audit_checkpoint FOR SELECT TO assent_sequencer USING (true);
REVOKE INSERT ON audit_checkpoint FROM assent_sequencer;

-- The first line of each tenant's checkpoints: all that the signer learns of a tenant.
CREATE FUNCTION log_origins() RETURNS TABLE (log uuid, origin text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.tenant, t.log_origin FROM tenant t
$$;

-- What the signer may say in a log: in the installation's, that its key is a new one.
CREATE FUNCTION append_signer_leaf(leaf bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF assent_tenant() <> '00000000-0000-0000-0000-000000000000'
     OR substring(leaf FROM 6 FOR 2) NOT IN ('\x0101'::bytea, '\x0112'::bytea) THEN
    RAISE EXCEPTION 'this leaf is not the signer''s';
  END IF;
  PERFORM append_leaf(leaf);
END $$;
GRANT EXECUTE ON FUNCTION log_origins(), append_signer_leaf(bytea), open_writer(int, timestamptz),
  last_writer_seq(int) TO assent_signer;
