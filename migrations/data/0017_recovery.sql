-- Why: a database that is older than its published log gets its entries back, or goes on openly under
-- a new origin (docs/decisions/0025).
-- Locks: ACCESS EXCLUSIVE on audit_head, for a moment. Undo: forward fix only.
ALTER TABLE audit_head
  ADD COLUMN recovering_from bigint,  -- Where a recovery that is not finished began; else NULL.
  ADD COLUMN origin text;             -- Of its checkpoints since a fork; NULL: the first one it had.

-- Whose log a certificate names.
GRANT SELECT (tenant, origin) ON audit_head TO assent_eraser;
