-- Why: the live tables can be compared with the log: a sealed row that rightly goes leaves the hash
-- that its leaf sealed, under the leaf of the act that removed it. And the log can be looked through
-- by time and by subject: columns, because row-level security lets no expression index be used.
-- Locks: audit_leaf, exclusively, while it is written again. Undo: forward fix only.

CREATE TABLE removed_row (
  tenant   uuid  NOT NULL,
  leaf_id  uuid  NOT NULL,  -- The leaf that sealed the row, and the row's place there.
  leaf_pos int   NOT NULL,
  entry    bytea NOT NULL CHECK (length(entry) = 32),  -- SHA-256(table ‖ row id ‖ row hash)
  by_leaf  uuid  NOT NULL,  -- The leaf of the act that removed it; it seals the removal.
  by_pos   int   NOT NULL,
  PRIMARY KEY (tenant, leaf_id, leaf_pos)
);
SELECT distribute_table('removed_row', 'leaf_id'), protect_table('removed_row');

-- Told before the rows go, in the same transaction.
CREATE FUNCTION note_removed_rows(leaf uuid, leaves uuid[], places int[], entries bytea[],
                                  removals int[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  INSERT INTO removed_row (tenant, leaf_id, leaf_pos, entry, by_leaf, by_pos)
  SELECT assent_tenant(), l, p, e, leaf, r
    FROM unnest(leaves, places, entries, removals) AS n (l, p, e, r);
END $$;
GRANT EXECUTE ON FUNCTION note_removed_rows(uuid, uuid[], int[], bytea[], int[])
  TO assent_app, assent_eraser;

-- Who is erased is a sealed row too: else anybody could be called so, and the rows be changed.
ALTER TABLE tombstone ADD COLUMN leaf_id uuid, ADD COLUMN leaf_pos int;
CREATE FUNCTION seal_tombstones(leaf uuid, ids uuid[], places int[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_leaf(leaf);
  UPDATE tombstone SET leaf_id = leaf, leaf_pos = p FROM unnest(ids, places) AS n (i, p)
   WHERE tenant = assent_tenant() AND record_id = i AND leaf_id IS NULL;
END $$;
GRANT EXECUTE ON FUNCTION seal_tombstones(uuid, uuid[], int[]) TO assent_eraser;

-- What the leaf itself says (docs/audit-format.md); nobody can set them to anything else.
ALTER TABLE audit_leaf
  ADD COLUMN acted_us bigint GENERATED ALWAYS AS
    (('x' || encode(substring(leaf FROM 40 FOR 8), 'hex'))::bit(64)::bigint) STORED,
  ADD COLUMN subject_ref uuid GENERATED ALWAYS AS
    (nullif(encode(substring(leaf FROM 85 FOR 16), 'hex'),
            '00000000000000000000000000000000')::uuid) STORED;
CREATE INDEX audit_leaf_time ON audit_leaf (tenant, acted_us, idx);
CREATE INDEX audit_leaf_subject ON audit_leaf (tenant, subject_ref, acted_us, idx)
  WHERE subject_ref IS NOT NULL;
