-- Why: after a crash between the two clusters the certificate still needs every destroyed key's
-- commitment, so a tombstone keeps them all, one after the other, by purpose and version.
-- Locks: tombstone and denial, briefly. Undo: forward fix only.
ALTER TABLE tombstone ADD CHECK (length(commitments) = keys * 32);
COMMENT ON COLUMN tombstone.commitments IS
  'The destroyed keys'' commitments (32 bytes each), by purpose and version.';

-- Where the follower begins to compare.
CREATE INDEX denial_at ON denial (tenant, at, position);
