-- Why: what must be in no backup of the data: wrapped keys, tombstones, token hashes, and every
-- denial, so that a restore forgets none. Locks: none (new database). Undo: forward fix only.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO assent_app, assent_key_destroyer, assent_follower;

CREATE FUNCTION assent_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('assent.tenant', true), '')::uuid $$;
GRANT EXECUTE ON FUNCTION assent_tenant() TO PUBLIC;
CREATE FUNCTION protect_table(name regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', name);
  EXECUTE format('CREATE POLICY tenant ON %s USING (tenant = assent_tenant())', name);
END $$;

-- One row a key version: 78 bytes of wrap, readable only with the epoch key of the keyring.
CREATE TABLE subject_key (
  tenant      uuid        NOT NULL,
  subject     uuid        NOT NULL,
  purpose     smallint    NOT NULL,
  dek_version int         NOT NULL,
  kek_epoch   int         NOT NULL,
  wrapped     bytea       NOT NULL CHECK (length(wrapped) = 78),
  dek_commit  bytea       NOT NULL CHECK (length(dek_commit) = 32),
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (tenant, subject, purpose, dek_version)
);
SELECT protect_table('subject_key');
GRANT SELECT, INSERT ON subject_key TO assent_app;              -- It makes and reads keys,
GRANT SELECT, DELETE ON subject_key TO assent_key_destroyer;    -- only this one destroys them.

CREATE TABLE tombstone (
  tenant       uuid        NOT NULL,
  subject      uuid        NOT NULL,
  destroyed_at timestamptz NOT NULL,
  keys         int         NOT NULL,
  commitments  bytea       NOT NULL,  -- SHA-256 over the destroyed keys' commitments, in order.
  PRIMARY KEY (tenant, subject)
);
SELECT protect_table('tombstone');
GRANT SELECT ON tombstone TO assent_app;
GRANT SELECT, INSERT ON tombstone TO assent_key_destroyer;

-- Every denial of the data cluster, copied by the follower; what a restore replays.
CREATE TABLE denial (
  tenant    uuid        NOT NULL,
  position  bigint      NOT NULL,  -- Of the change feed.
  kind      smallint    NOT NULL,
  record_id uuid        NOT NULL,
  body      bytea       NOT NULL,
  at        timestamptz NOT NULL,
  PRIMARY KEY (tenant, position)
);
SELECT protect_table('denial');
GRANT SELECT, INSERT ON denial TO assent_follower;

CREATE TABLE token (
  tenant       uuid        NOT NULL,
  token_id     uuid        NOT NULL,
  name         text        NOT NULL,
  token_hash   bytea       NOT NULL CHECK (length(token_hash) = 32) UNIQUE,
  actor_ref    uuid        NOT NULL,
  role         text        NOT NULL,
  scopes       text[]      NOT NULL,
  created_at   timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  revoked_at   timestamptz,
  last_used_at timestamptz,
  PRIMARY KEY (tenant, token_id)
);
SELECT protect_table('token');
-- A token names its tenant: it is found before a tenant is known, by its hash alone.
CREATE POLICY by_hash ON token FOR SELECT TO assent_app USING (true);
GRANT SELECT, INSERT ON token TO assent_app;
GRANT UPDATE (revoked_at, last_used_at) ON token TO assent_app;

-- Under which key the tokens' hashes are made: its keyed hash of a constant. Of the installation, not
-- of a tenant, and nobody's data.
CREATE TABLE token_key_check (
  only_row  boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  key_check bytea       NOT NULL CHECK (length(key_check) = 32),
  made_at   timestamptz NOT NULL
);
GRANT SELECT, INSERT ON token_key_check TO assent_app;
GRANT UPDATE (key_check, made_at) ON token_key_check TO assent_app;
