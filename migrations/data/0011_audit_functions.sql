-- Why: a session that takes a dead one's place names its last number without reading the whole log;
-- the sequencer notes the numbers it has moved. Leaves have an upper size and their mark.
-- Locks: audit_writer, briefly. Undo: forward fix only.
ALTER TABLE audit_writer ADD COLUMN last_seq bigint NOT NULL DEFAULT -1;  -- Of those in audit_leaf.
CREATE POLICY sequencer ON audit_writer TO assent_sequencer USING (true);
GRANT SELECT, UPDATE (last_seq) ON audit_writer TO assent_sequencer;

-- The last number that a writer committed, or -1. Outbox and writer are read in one snapshot, and a
-- leaf moves between them in one commit.
CREATE OR REPLACE FUNCTION last_writer_seq(writer int) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT greatest(
    coalesce((SELECT last_seq FROM audit_writer
               WHERE tenant = assent_tenant() AND writer_id = writer), -1),
    coalesce((SELECT max(('x' || encode(substring(leaf FROM 136 FOR 8), 'hex'))::bit(64)::bigint)
                FROM audit_outbox
               WHERE tenant = assent_tenant() AND substring(leaf FROM 132 FOR 4) = int4send(writer)),
             -1))
$$;

-- One statement a call: this is the cost of every act.
CREATE OR REPLACE FUNCTION append_leaves(leaves bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE appended int;
BEGIN
  INSERT INTO audit_outbox (tenant, event_id, leaf)
  SELECT assent_tenant(), encode(substring(l FROM 24 FOR 16), 'hex')::uuid, l
    FROM unnest(leaves) AS l
   WHERE length(l) BETWEEN 225 AND 289 AND substring(l FOR 4) = 'CDPL'::bytea
     AND substring(l FROM 8 FOR 16) = uuid_send(assent_tenant());
  GET DIAGNOSTICS appended = ROW_COUNT;
  IF appended <> cardinality(leaves) THEN
    RAISE EXCEPTION 'no leaf, or one of another tenant';
  END IF;
END $$;

-- In plpgsql, whose plans are kept; a function in SQL is planned at every call.
CREATE OR REPLACE FUNCTION append_with_detail(new_leaf bytea, event uuid, record uuid,
                                              sealed_detail cdp_enc)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO audit_detail (tenant, event_id, record_id, sealed)
  VALUES (assent_tenant(), event, record, sealed_detail);
  PERFORM append_leaves(ARRAY[new_leaf]);
END $$;
