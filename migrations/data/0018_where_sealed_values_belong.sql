-- Why: the test of exchanged ciphertexts tries every column of the encrypted domain at every place that is
-- not its own, so each column says where its values belong: (keyed unit, field, row), and the purpose
-- of the key. A field set names the fields itself: "each". A column that says nothing fails that test.
-- Locks: none that a reader meets. Undo: forward fix only.
COMMENT ON COLUMN record_version.fields IS
  'personal; erased by key shredding; sealed for (record_id, each, row_id), key purpose 0';
COMMENT ON COLUMN organisation.fields IS
  'personal; erased by key shredding; sealed for (organisation_id, each, row_id), key purpose 0';
COMMENT ON COLUMN rejected_row.sealed IS
  'personal; erased by key shredding; sealed for (rejected_id, each, row_id), key purpose 0';
COMMENT ON COLUMN consent_event.evidence IS
  'personal; erased by key shredding; sealed for (record_id, 25, event_id), key purpose 2';
COMMENT ON COLUMN certificate.sealed IS
  'personal; erased by key shredding; sealed for (request_id, 29, request_id), key purpose 3';
COMMENT ON COLUMN audit_detail.sealed IS
  'personal; erased by key shredding; sealed for (record_id, 30, event_id), key purpose 0';
