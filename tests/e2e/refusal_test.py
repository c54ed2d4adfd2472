"""The program does not start on wrong keys, an unfinished migration or a damaged log, and says what
to do; put right, it starts again."""
import contextlib
import unittest

from installation import Installation
from sample_circle import Sample, import_all


class RefusalTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = Installation()
        cls.addClassCleanup(cls.home.close)
        import_all(cls.home, Sample(cls.home, people=40))

    def setUp(self):
        done = self.home.run("serve", "--check")
        self.assertEqual(done.returncode, 0, done.stderr)

    def refused(self, *words):
        """Each of the server's two ways to begin, and an ordinary command, are refused alike."""
        for command in (("serve", "--check"), ("serve",), ("token", "list")):
            done = self.home.run(*command)
            self.assertEqual(done.returncode, 1, command)
            self.assertIn("what to do: ", done.stderr)
            for word in words:
                self.assertIn(word, done.stderr)

    @contextlib.contextmanager
    def key_file(self, name, text, mode=0o400):
        """Another content, or none, or other rights, for a while."""
        path = self.home.dir / "keys" / name
        kept = path.with_suffix(".kept")
        path.rename(kept)
        try:
            if text is not None:
                path.write_text(text if text else kept.read_text())
                path.chmod(mode)
            yield
        finally:
            path.unlink(missing_ok=True)
            kept.rename(path)

    @contextlib.contextmanager
    def changed(self, table, key, column, change):
        """Rows changed behind the program's back by the database's superuser."""
        self.home.psql("data", f"CREATE TABLE kept AS SELECT {key}, {column} FROM {table}")
        self.home.psql("data", f"UPDATE {table} SET {change}")
        try:
            yield
        finally:
            self.home.psql("data", f"UPDATE {table} t SET {column} = k.{column} FROM kept k WHERE "
                           + " AND ".join(f"t.{c} = k.{c}" for c in key.split(", ")))
            self.home.psql("data", "DROP TABLE kept")

    def test_another_root_key(self):
        with self.key_file("root.key", "00" * 32 + "\n"):
            self.refused("does not open under this root key")

    def test_a_missing_key(self):
        for name in ("root.key", "keyring", "token.key"):
            with self.subTest(name), self.key_file(name, None):
                self.refused("the keys cannot be used")

    def test_a_key_file_that_others_may_read(self):
        for name in ("root.key", "token.key"):
            with self.subTest(name), self.key_file(name, "", 0o444):
                self.refused("readable by others", "chmod 0400")

    def test_a_directory_of_keys_that_others_may_write(self):
        keys = self.home.dir / "keys"
        self.assertEqual(keys.stat().st_mode & 0o777, 0o700, "made by keys init")
        keys.chmod(0o777)
        try:
            self.refused("can be written by others", "chmod 0700")
        finally:
            keys.chmod(0o700)

    def test_what_was_published_is_not_of_the_log(self):
        published = self.home.dir / "state" / "published"
        tenant = self.home.psql("data", "SELECT tenant FROM tenant")
        keys = published / tenant / "keys"
        kept = keys.read_text()
        self.home.stop_signer()  # Else it may publish them again.
        try:
            keys.write_text((published / ("0" * 8 + "-0000-0000-0000-" + "0" * 12) / "keys")
                            .read_text().replace("0 ", "7777 ", 1))
            self.refused("the list of a log's public keys cannot be read")
            keys.unlink()
            self.refused("the log does not verify", "the list of a log's public keys is missing")
        finally:
            keys.write_text(kept)
            self.home.start_signer()

    def signer_refused(self, *words):
        done = self.home.signer_command("run")
        self.assertEqual(done.returncode, 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_the_signer_with_another_key_or_none_or_one_that_others_may_read(self):
        self.home.stop_signer()
        try:
            with self.key_file("log.key", "11" * 32 + "\n"):
                self.signer_refused("the key file is not the key that signs the log")
            with self.key_file("log.key", None):
                self.signer_refused("no such key file")
            with self.key_file("log.key", "", 0o444):
                self.signer_refused("readable by others", "chmod 0400")
        finally:
            self.home.start_signer()

    def test_a_second_signer(self):
        self.signer_refused("another process works with this state directory")

    def test_another_token_key_and_the_way_back(self):
        with self.key_file("token.key", "22" * 32 + "\n"):
            self.refused("made under another token key", "admin recover")

    def test_the_last_administrator_is_not_locked_out(self):
        tokens = self.home.run("token", "list").stdout
        mine = next(line.split()[0] for line in tokens.splitlines() if "administrator" in line)
        refused = self.home.run("token", "revoke", mine)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("create another one first", refused.stderr)
        recover = self.home.run("admin", "recover", "--tenant", "acme")
        self.assertEqual(recover.returncode, 1)
        self.assertIn("--end-tokens", recover.stderr)

    def test_a_country_that_iso_3166_does_not_assign(self):
        for operator, targets in (("XX", "DE"), ("DE", "RU,XX"), ("UK", "GB")):
            done = self.home.run("admin", "add-tenant", "--tenant", "other", "--operator", operator,
                                 "--targets", targets)
            self.assertEqual(done.returncode, 1)
            self.assertIn("ISO 3166-1", done.stderr)

    def test_an_unfinished_migration(self):
        with self.changed("schema_migration", "name", "finished_at",
                          "finished_at = NULL WHERE name LIKE '0004%'"):
            self.refused("the data cluster is not ready", "0004_consent.sql", "docs/operations.md")

    def test_a_migration_that_is_not_ours(self):
        with self.changed("schema_migration", "name", "checksum",
                          "checksum = decode(repeat('00', 32), 'hex') WHERE name LIKE '0004%'"):
            self.refused("the data cluster is not ready", "0004_consent.sql")

    def test_a_damaged_log_head(self):
        with self.changed("audit_head", "tenant", "root", "root = decode(repeat('00', 32), 'hex')"):
            self.refused("the log does not verify", "export what there is")

    def test_a_changed_leaf_is_named(self):
        with self.changed("audit_leaf", "tenant, idx", "leaf",
                          "leaf = set_byte(leaf, 40, 255 - get_byte(leaf, 40)) WHERE idx = 3"):
            self.refused("the log does not verify", "entry 3")

    def test_a_removed_leaf(self):
        columns = "tenant, idx, event_id, leaf, sequenced_at"  # The others are computed.
        self.home.psql("data", "CREATE TABLE kept AS SELECT * FROM audit_leaf")
        self.home.psql("data", "DELETE FROM audit_leaf WHERE idx = 3")
        try:
            self.refused("the log does not verify")
        finally:
            self.home.psql("data", f"INSERT INTO audit_leaf ({columns}) SELECT {columns} FROM kept "
                           "WHERE idx = 3")
            self.home.psql("data", "DROP TABLE kept")

    def test_a_cluster_that_is_away(self):
        for cluster in ("data", "safe"):
            with self.subTest(cluster):
                self.home.clusters(f"kill-{cluster}")
                try:
                    self.refused(f"the {cluster} cluster is not ready", "start it")
                finally:
                    self.home.clusters("start")


if __name__ == "__main__":
    unittest.main(verbosity=2)
