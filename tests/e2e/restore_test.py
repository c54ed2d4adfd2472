"""The drill: base backup and WAL archive, logical backup, backup of the safe, by the real tools; then people
are erased and unsubscribe, and every backup is brought back. Nobody who was erased is readable, nobody who
refused is in a release, everybody else is as before; and what is not ours, whole or of today is refused."""
import json
import os
import re
import shutil
import signal
import subprocess
import time
import unittest

from installation import INSTALLATION_LOG, Installation, binary
from sample_circle import Release, erase, find, open_shop

RESTORED = re.compile(r"restored: denials (\d+), of them of lost records (\d+); erased again (\d+)")


class Home(Installation):
    """With a backup key, and a data cluster whose WAL is archived."""

    def __init__(self):
        super().__init__()
        self.tenant_id = self.psql("data", "SELECT tenant FROM tenant")
        self.key = self.dir / "offline" / "backup.key"
        self.key.parent.mkdir(mode=0o700)
        said = self.ok("keys", "new-backup-key", "--out", self.key).stdout
        recipient = re.search(r'^backup: \{recipient: "(.+)"\}$', said, re.MULTILINE).group(1)
        with self.config.open("a", encoding="utf-8") as config:
            config.write(f'backup: {{recipient: "{recipient}", also: [state/signer]}}\n')
        (self.dir / "archive").mkdir(mode=0o777)
        (self.dir / "archive").chmod(0o777)
        self.configure(f"archive_mode = on\narchive_command = 'cp %p {self.dir}/archive/%f'\n")

    def configure(self, lines):
        """As the postgresql.conf of `data` says from the next start on."""
        self.clusters("stop")
        subprocess.run(["tee", "-a", self.dir / "data" / "postgresql.conf"], input=lines, text=True,
                       check=True, stdout=subprocess.DEVNULL)
        self.clusters("start")

    def restore(self, *more):
        return self.run("restore", *more)

    def stop_all(self):
        """The signer stays: it tells what it signed last."""
        self.stop_server()

    def wait_for_signed(self):
        published = self.dir / "state" / "published"
        for _ in range(200):
            if all((log / "signed").exists() for log in published.iterdir()):
                return
            time.sleep(0.05)
        raise AssertionError("the signer does not tell: " + self.signer_log()[-1000:])

    # The ways back.

    def empty(self, cluster):
        """As a new machine: the cluster without its database."""
        port = {"data": "5432", "safe": "5433"}[cluster]
        for sql in ("DROP DATABASE assent WITH (FORCE)", "CREATE DATABASE assent OWNER assent_owner"):
            subprocess.run(["psql", "-X", "-q", "-h", self.dir / "run", "-p", port, "-U", "postgres",
                            "-d", "postgres", "-c", sql], check=True)

    def base_backup(self):
        base = self.dir / "base"
        subprocess.run(["pg_basebackup", "-h", self.dir / "run", "-p", "5432", "-U", "postgres", "-D",
                        base, "-X", "none", "-c", "fast"], check=True, capture_output=True, timeout=120)
        return base

    def to_point(self, base, point):
        """The data cluster as base backup and archived WAL make it, up to a named point."""
        self.stop_signer()
        self.clusters("stop")
        data = self.dir / "data"
        owner = data.stat()
        shutil.rmtree(data)
        subprocess.run(["cp", "-a", base, data], check=True)
        with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as conf:
            conf.write(f"restore_command = 'cp {self.dir}/archive/%f %p'\n"
                       f"recovery_target_name = '{point}'\nrecovery_target_action = 'promote'\n")
        (data / "recovery.signal").touch()
        subprocess.run(["chown", "-R", f"{owner.st_uid}:{owner.st_gid}", data], check=True)
        self.clusters("start")
        for _ in range(200):
            if self.psql("data", "SELECT pg_is_in_recovery()") == "f":
                break
            time.sleep(0.05)
        self.start_signer()


class RestoreTest(unittest.TestCase):
    """One installation, lost and brought back again and again."""

    @classmethod
    def setUpClass(cls):
        cls.home = home = Home()
        cls.addClassCleanup(home.close)
        cls.sample = open_shop(home)
        first = Release(home, "email")
        story = cls.sample.story
        cls.gone = story["erase"]["email"]
        cls.refuses = next(one for one in sorted(first.contacts)
                           if one not in (cls.gone, story["withdraw"]["email"]))
        cls.profiles = {email: next(iter(find(home, "email", email)))
                        for email in sorted(first.contacts)[:12] if email != cls.gone}
        (cls.gone_profile, cls.gone_records), = find(home, "email", cls.gone).items()
        assert cls.name_of(cls.gone_profile)

        # What there is of backups.
        cls.base = home.base_backup()
        cls.logical, cls.of_safe = home.dir / "data.backup", home.dir / "safe.backup"
        cls.receipt = home.dir / "backup.receipt"
        home.ok("backup", "--output", cls.logical, "--receipt", cls.receipt)
        home.ok("keys", "backup", "--output", cls.of_safe)
        home.psql("data", "SELECT pg_create_restore_point('before')")

        # And then.
        home.start_server()
        cls.request = erase(home, "email", cls.gone)
        home.ok("consent", "record", "--identifier", "email", "--channel", "email", "--action",
                "withdraw", role="officer", stdin=cls.refuses + "\n")
        cls.lost = home.ok("token", "create", "--role", "marketer", "--name", "lost").stdout.strip()
        listed = home.ok("token", "list").stdout
        cls.revoked = re.search(r"^(\S+) .*\blost\b", listed, re.MULTILINE).group(1)
        home.ok("token", "revoke", cls.revoked)
        cls.certified()
        cls.after = Release(home, "email")
        assert cls.refuses not in cls.after.contacts and cls.gone not in cls.after.contacts
        home.psql("data", "SELECT pg_switch_wal()")
        home.stop_server()

    @classmethod
    def certified(cls):
        for _ in range(200):
            done = cls.home.run("rights", "certificate", "--request", cls.request, role="officer")
            if done.returncode == 0:
                return done.stdout
            time.sleep(0.1)
        raise AssertionError(done.stderr)

    @classmethod
    def name_of(cls, profile):
        done = cls.home.run("profile", "read", "--profile", profile, "--fields", "first_name",
                            role="officer", stdin="the drill\n")
        return re.findall(r"first_name: (.+)", done.stdout)

    def restored(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        match = RESTORED.search(done.stdout)
        self.assertIsNotNone(match, done.stdout)
        return tuple(map(int, match.groups()))

    def as_it_was(self):
        """What must hold after every restore."""
        self.home.ok("serve", "--check")
        self.assertEqual(self.home.run("restore").stdout.splitlines()[-1],
                         "nothing is to be restored: the data is as new as the log and the safe")
        self.assertEqual(find(self.home, "email", self.gone), {})
        self.assertEqual(self.name_of(self.gone_profile), [])
        for email, profile in self.profiles.items():
            self.assertTrue(self.name_of(profile), email)
        self.assertEqual(sorted(Release(self.home, "email").contacts), sorted(self.after.contacts))
        body = json.loads(self.certified())
        self.assertEqual(body["request"], self.request)
        # The file of the CRM does not bring her back.
        done = self.home.run("import", "--source", "amocrm", "--mapping", "amocrm_contacts",
                             self.sample.dir / "amocrm_contacts.csv", role="integrator")
        self.assertIn("ERASED", done.stdout + done.stderr)
        self.assertEqual(find(self.home, "email", self.gone), {})

    # By our own backup.

    def test_1_a_backup_by_our_own_command(self):
        home = self.home
        home.empty("data")
        refused = home.run("serve", "--check")
        self.assertNotEqual(refused.returncode, 0)
        done = home.restore(self.logical, "--identity", self.key_file())
        denials, of_lost, erased = self.restored(done)
        self.assertGreaterEqual(denials, 2)
        self.assertEqual(of_lost, 0)
        self.assertGreaterEqual(erased, len(self.gone_records))
        self.as_it_was()
        home.ok("audit", "check", role="auditor")

    def test_2_base_backup_and_wal_archive(self):
        home = self.home
        home.to_point(self.base, "before")
        home.wait_for_signed()
        self.assertIn("assent audit recover", home.run("serve", "--check").stderr)
        # The log alone is not enough: nobody is served before the restore is through.
        home.ok("audit", "recover")
        refused = home.run("serve", "--check")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("the data is older than the safe", refused.stderr)
        release = home.run("release", "create", "--segment", "sleeping_180d", "--purpose",
                           "direct_marketing", "--channel", "email", "--recipient", "mailhouse",
                           "--fields", "contact", "--as-of", "2026-11-21", "--output",
                           home.dir / "early.csv", role="marketer")
        self.assertEqual(release.returncode, 1)
        self.assertFalse((home.dir / "early.csv").exists())
        looked = home.restore("--check")
        self.assertEqual(looked.returncode, 0, looked.stderr)
        self.assertRegex(looked.stdout, r"to be said again [1-9]\d*, people and rows to be erased again [1-9]")
        self.assertIn("the data is older than the safe", home.run("serve", "--check").stderr)
        self.restored(home.restore())
        self.as_it_was()

    def test_3_killed_at_any_moment_the_same_command_goes_on(self):
        home = self.home
        took = 1.5
        for part in range(1, 7):
            home.empty("data")
            command = subprocess.Popen(
                home.arguments("restore", self.logical, "--identity", self.key_file()),
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(took * part / 6)
            command.send_signal(signal.SIGKILL)
            command.wait()
            for _ in range(100):  # Whom it had started notices, too.
                if home.psql("data", "SELECT count(*) FROM pg_stat_activity WHERE usename = "
                             "'assent_owner'") == "0":
                    break
                time.sleep(0.1)
            is_there = home.psql("data", "SELECT count(*) FROM pg_class WHERE relname = 'record'") == "1"
            began = time.monotonic()
            done = (home.restore() if is_there
                    else home.restore(self.logical, "--identity", self.key_file()))
            took = max(took, time.monotonic() - began)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.as_it_was()

    # The safe.

    def test_4_an_older_safe_ends_again_what_the_data_and_the_log_say_is_over(self):
        home = self.home
        wraps = "SELECT count(*) FROM subject_key WHERE purpose = 0 AND subject IN (" + ",".join(
            f"'{one}'" for one in self.gone_records) + ")"
        home.empty("safe")
        done = home.run("keys", "restore", self.of_safe, "--identity", self.key_file())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, rf"destroyed again {len(self.gone_records)}, tokens revoked")
        for _ in range(100):
            if home.psql("safe", wraps) == "0":
                break
            time.sleep(0.1)
        self.assertEqual(home.psql("safe", wraps), "0")
        (home.dir / "lost.token").write_text(self.lost + "\n")
        self.assertNotEqual(home.run("token", "list", role="lost").returncode, 0)
        home.ok("serve", "--check")
        self.assertEqual(self.name_of(self.gone_profile), [])
        for profile in self.profiles.values():
            self.assertTrue(self.name_of(profile))
        self.assertEqual(sorted(Release(home, "email").contacts), sorted(self.after.contacts))

    def test_5_before_that_the_older_safe_is_refused_by_the_start(self):
        home = self.home
        home.psql("safe", "CREATE TABLE kept AS SELECT * FROM tombstone; DELETE FROM tombstone")
        refused = home.run("serve", "--check")
        home.psql("safe", "INSERT INTO tombstone SELECT * FROM kept; DROP TABLE kept")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("the safe is older than the data", refused.stderr)

    def test_6_after_the_burn_no_backup_and_no_key_there_is_opens_the_erased(self):
        home = self.home
        kept = home.dir / "kept.sql"
        with kept.open("w") as out:  # As somebody has it who copied the safe in time.
            subprocess.run(["pg_dump", "-h", home.dir / "run", "-p", "5433", "-U", "postgres", "-d",
                            "assent", "--data-only", "-t", "subject_key"], stdout=out, check=True)
        home.ok("keys", "rotate-epoch")
        refused = home.run("keys", "restore", self.of_safe, "--identity", self.key_file())
        self.assertEqual(refused.returncode, 1)
        self.assertIn("the epoch of this backup was burned", refused.stderr)
        home.empty("data")
        self.restored(home.restore(self.logical, "--identity", self.key_file()))
        self.as_it_was()

    # What is refused.

    def key_file(self):
        return self.home.key

    def refusal(self, *arguments):
        done = self.home.restore(*arguments)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        return done.stderr

    def test_7_what_is_not_whole_ours_or_told_by_the_log_is_not_loaded(self):
        home = self.home
        key = self.key_file()
        whole = self.logical.read_bytes()
        other = home.dir / "other.backup"
        for damage, content in (("cut off", whole[:-40]), ("no end", whole[:len(whole) // 2]),
                                ("a byte", whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:]),
                                ("something after", whole + b"x")):
            with self.subTest(damage):
                other.write_bytes(content)
                self.assertIn("changed or is cut off", self.refusal(other, "--identity", key))
        other.write_bytes(b"PGDMP" + whole[:100])
        self.assertIn("no backup of ours", self.refusal(other, "--identity", key))
        stranger = home.dir / "offline" / "other.key"
        home.ok("keys", "new-backup-key", "--out", stranger)
        self.assertIn("another backup key", self.refusal(self.logical, "--identity", stranger))
        self.assertIn("a backup of the safe", self.refusal(self.of_safe, "--identity", key))
        self.assertIn("holds an installation already", self.refusal(self.logical, "--identity", key))
        # Made by somebody who knows the public half, and told by no log.
        published = home.dir / "state" / "published"
        aside = home.dir / "aside"
        home.stop_signer()
        shutil.copytree(published, aside)
        shutil.rmtree(published / INSTALLATION_LOG)
        said = self.refusal(self.logical, "--identity", key)
        shutil.rmtree(published)
        aside.rename(published)
        home.start_signer()
        self.assertIn("the published log does not tell of this file", said)
        home.ok("serve", "--check")

    def test_8_the_log_tells_of_the_backup_by_its_hash(self):
        leaf = self.home.proven_entry(self.receipt)
        explained = subprocess.run([binary("assent-verify"), "explain", leaf], capture_output=True,
                                   text=True, check=True).stdout
        self.assertIn("BACKUP_TAKEN", explained)
        digest = subprocess.run(["sha256sum", self.logical], capture_output=True, text=True,
                                check=True).stdout.split()[0]
        self.assertIn(digest, explained.replace(" ", ""))

    def test_9_files_come_out_and_no_key_is_in_a_backup(self):
        home = self.home
        out = home.dir / "files"
        home.ok("restore", self.logical, "--identity", self.key_file(), "--extract", out)
        names = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
        for name in ("configuration/assent.yaml", "policies/roles.yaml",
                     f"published/{self.home.tenant_id}/checkpoint",
                     f"also/signer/{self.home.tenant_id}.checkpoint"):
            self.assertIn(name, names)
        secrets = [path.read_bytes().strip() for path in (home.dir / "keys").iterdir()]
        secrets = [secret for secret in secrets if len(secret) >= 64]
        self.assertGreaterEqual(len(secrets), 4)  # Root, keyring, tokens, log.
        contents = [path.read_bytes() for path in out.rglob("*") if path.is_file()]
        for secret in secrets:
            self.assertFalse(any(secret in content for content in contents))
        self.assertIn("not empty", self.refusal(self.logical, "--identity", self.key_file(),
                                                "--extract", out))
        # Nothing of it is readable without the key.
        sealed = self.logical.read_bytes()
        for word in (b"assent.yaml", b"acme", self.home.tenant_id.encode(), b"PGDMP"):
            self.assertNotIn(word, sealed)

    # Everything.

    def test_last_everything_lost_but_backups_and_keys(self):
        home = self.home
        data, safe = home.dir / "last-data.backup", home.dir / "last-safe.backup"
        home.ok("backup", "--output", data)
        home.ok("keys", "backup", "--output", safe)
        home.stop_destroyer()
        home.stop_signer()
        home.clusters("stop")
        state = home.dir / "state"
        for lost in (home.dir / "data", home.dir / "safe", state):
            shutil.rmtree(lost)
        home.clusters("start")
        out = home.dir / "laid-out"
        home.ok("restore", data, "--identity", self.key_file(), "--extract", out)
        state.mkdir()
        shutil.copytree(out / "published", state / "published")
        shutil.copytree(out / "also" / "signer", state / "signer")
        home.start_destroyer()
        home.start_signer()
        # The log of the backup does not tell of it: its entry was written afterwards.
        said = home.run("keys", "restore", safe, "--identity", self.key_file()).stderr
        self.assertIn("does not tell of this file", said)
        self.assertNotEqual(home.run("serve", "--check").returncode, 0)
        done = home.restore(data, "--identity", self.key_file(), "--untold")
        self.assertNotEqual(done.returncode, 0)  # Never without the safe.
        home.ok("keys", "restore", safe, "--identity", self.key_file(), "--untold")
        done = home.restore()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.as_it_was()


if __name__ == "__main__":
    unittest.main(verbosity=2)
