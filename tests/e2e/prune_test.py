"""A log of years ago is pruned by the real binaries: announced, declared, signed, removed, killed on
the way; and what is left is read by log_kit.py, which knows nothing of the program. The years are
those of Debian's package faketime; says SKIPPED without it."""
import glob
import json
import os
import signal
import subprocess
import time
import unittest

import log_kit as kit
from installation import ROLES, Installation, binary

LIBRARY = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)
DAY = 86400
BACK = -2400 * DAY     # The policy keeps entries for 2192 days, announced for 90.
EVENTS = 800           # More than three groups of 256.


class YearsAgo(Installation):
    """Its programs begin years ago; the clusters and the tests see the real time."""

    def __init__(self):
        self.offset = BACK
        super().__init__()

    def faked(self):
        return ["env", f"LD_PRELOAD={LIBRARY}", f"FAKETIME={self.offset:+d}s", "FAKETIME_NO_CACHE=1",
                "DONT_FAKE_MONOTONIC=1"]

    def arguments(self, *args, role="admin"):
        return [*self.faked(), *super().arguments(*args, role=role)]

    def signer_arguments(self, command):
        return [*self.faked(), *super().signer_arguments(command)]

    def today(self):
        """The tokens of then have ended."""
        self.stop_signer()
        self.offset = 0
        self.start_signer()
        self.keep_token("admin", self.ok("admin", "recover", "--tenant", self.tenant).stdout.strip())
        for role in ROLES:
            self.keep_token(role, self.ok("token", "create", "--role", role, "--name",
                                          role + "2", role="admin").stdout.strip())


@unittest.skipUnless(LIBRARY, "SKIPPED: the package faketime is not installed")
class PruneTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = YearsAgo()
        cls.addClassCleanup(home.close)
        cls.tenant = home.psql("data", "SELECT tenant FROM tenant")
        cls.contacts("old", 3)
        writer = subprocess.run(
            [*home.faked(), os.environ["ASSENT_LOG_WRITER"], home.dir / "run", "5432", cls.tenant,
             "4", str(EVENTS)], capture_output=True, text=True, timeout=300, check=True)
        cls.event = writer.stdout.split()[0]
        home.ok("audit", "checkpoint", role="auditor")
        cls.unannounced = home.run("audit", "prune")
        home.ok("audit", "announce-retention")
        cls.unnoticed = home.run("audit", "prune")
        cls.policy = home.dir / "policy.txt"
        cls.policy.write_text(home.ok("audit", "policy", role="auditor").stdout)
        cls.whole = home.dir / "whole.bundle"
        home.ok("audit", "export", "--output", cls.whole, role="auditor")
        cls.since = home.dir / "since.checkpoint"
        cls.since.write_text(home.ok("audit", "checkpoint", role="auditor").stdout)
        home.today()
        cls.contacts("new", 2)
        cls.checked = home.ok("audit", "prune", "--check")
        cls.prune_with_kills()
        home.start_server()

    @classmethod
    def contacts(cls, name, count):
        path = cls.home.dir / f"{name}.csv"
        path.write_text("external_id;first_name;email;country\n" + "".join(
            f"{name}{i};Анна;{name}{i}@example.com;RU\n" for i in range(count)), encoding="utf-8")
        cls.home.ok("import", "--source", "contacts", "--mapping", "contacts", path,
                    role="integrator")

    @classmethod
    def prune_with_kills(cls):
        """Without the signer it says so and removes nothing; killed at any time, the same command goes
        on; at last it is done."""
        home = cls.home
        home.stop_signer()
        cls.unsigned = home.run("audit", "prune")
        cls.kept_unsigned = home.psql("data", f"SELECT min(idx) FROM audit_leaf WHERE tenant = "
                                              f"'{cls.tenant}'")
        home.start_signer()
        for pause in (0.05, 0.15, 0.3, 0.5, 0.8):
            running = subprocess.Popen(home.arguments("audit", "prune"), stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            time.sleep(pause)
            running.send_signal(signal.SIGKILL)
            running.wait()
        home.stop_signer(signal.SIGKILL)
        home.start_signer()
        cls.pruned = home.ok("audit", "prune")

    def one(self, sql):
        return self.home.psql("data", sql)

    def published(self):
        return self.home.dir / "state" / "published" / self.tenant

    def reader(self):
        def fetch(path):
            status, _, body = self.home.request("GET", f"/v1/logs/acme/{path}", role="auditor")
            return body if status == 200 else None
        return kit.TiledLog(fetch)

    def wait_for(self, told, what):
        for _ in range(200):
            if told():
                return
            time.sleep(0.05)
        self.fail(what)

    def verify(self, *arguments):
        done = subprocess.run([binary("assent-verify"), *map(str, arguments), "--policy", self.policy],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    def export(self, *arguments, name="log.bundle"):
        path = self.home.dir / name
        path.unlink(missing_ok=True)
        done = self.home.run("audit", "export", *arguments, "--output", path, role="auditor")
        return path if done.returncode == 0 else done

    # -- Before

    def test_nothing_goes_before_it_is_announced_for_long_enough(self):
        self.assertNotEqual(self.unannounced.returncode, 0)
        self.assertIn("has not announced", self.unannounced.stderr)
        self.assertNotEqual(self.unnoticed.returncode, 0)
        self.assertIn("binds from", self.unnoticed.stderr)

    def test_nothing_is_removed_before_the_entry_that_says_so_is_signed(self):
        self.assertNotEqual(self.unsigned.returncode, 0)
        self.assertIn("no checkpoint covers it yet", self.unsigned.stderr)
        self.assertEqual(self.kept_unsigned, "0")
        self.assertIn("to be pruned: entries 0 to 767", self.checked.stdout)

    # -- After

    def test_a_killed_prune_goes_on_and_says_what_it_did_once(self):
        self.assertEqual(self.one(f"SELECT min(idx) FROM audit_leaf WHERE tenant = '{self.tenant}'"),
                         "768")
        said = self.one("SELECT count(*) FROM audit_leaf WHERE substring(leaf FROM 6 FOR 2) = "
                        f"'\\x0108' AND tenant = '{self.tenant}'")
        self.assertEqual(said, "1")
        self.wait_for(lambda: not (self.published() / "tile/entries/000").exists(), "files stay")
        self.assertFalse((self.published() / "tile/0/002").exists())
        self.assertTrue((self.published() / "tile/entries/003").exists()
                        or (self.published() / "tile/entries/003.p").exists())

    def test_a_stranger_folds_the_signed_root_of_the_pruned_log_from_level_1(self):
        note, minimum, leaves = self.reader().read_pruned()
        self.assertEqual(minimum, 768)
        keys = kit.policy_keys(self.policy.read_text())
        origin, size, _, text, signed = kit.read_checkpoint(note)
        self.assertTrue(any(name == origin and kit.ed25519_verify(keys[origin], text.encode(), s)
                            for name, _, s in signed))
        self.assertEqual(len(leaves), size - 768)
        prune = next(leaf for leaf in leaves if kit.number(leaf, "event") == kit.LOG_PRUNED)
        told = [int.from_bytes(prune[225 + 8 * i:233 + 8 * i], "big") for i in range(4)]
        self.assertEqual(told[0], 768)
        announced = leaves[told[2] - 768]
        self.assertEqual(kit.number(announced, "event"), kit.LOG_RETENTION_ANNOUNCED)
        days = int.from_bytes(announced[225:229], "big")
        self.assertLessEqual(told[3] + days * DAY * 1_000_000, kit.number(prune, "time"))
        # The root that it names is of the tree of that size.
        older = kit.Bundle(self.whole.read_text())
        hashes = [kit.leaf_hash(leaf) for leaf in older.leaves[:768]]
        hashes += [kit.leaf_hash(leaf) for leaf in leaves[:told[1] - 768]]
        self.assertEqual(kit.root(hashes), kit.field(prune, "record_hash"))

    def test_pruned_files_answer_gone_and_others_as_before(self):
        self.wait_for(lambda: not (self.published() / "tile/entries/000").exists(), "files stay")
        for path, expected in (("tile/entries/000", 410), ("tile/0/002", 410), ("tile/1/000", 404),
                               ("tile/entries/999", 404), ("retention", 200)):
            status, _, body = self.home.request("GET", f"/v1/logs/acme/{path}", role="auditor")
            self.assertEqual(status, expected, (path, body))
        self.assertEqual(self.home.request("GET", "/v1/logs/acme/retention", role="marketer")[0], 403)
        self.assertEqual(self.home.request("GET", f"/v1/log/proofs/{self.event}", role="auditor")[0],
                         410)
        done = self.home.run("audit", "proof", self.event, role="auditor")
        self.assertIn("has pruned them", done.stderr)

    def test_a_bundle_of_a_pruned_log_verifies_and_says_what_it_does_not_hold(self):
        path = self.export("--since", self.since)
        code, told = self.verify("bundle", path, "--since", self.since)
        self.assertEqual(code, 0, told)
        self.assertRegex(told, r"(?m)^unseen  0 \.\.\. 767   pruned, as the log says$")
        code, told = self.verify("bundle", path, "--json")
        report = json.loads(told)
        self.assertEqual((report["range"]["first"], report["pruned"]["minimum"]), (768, 768))
        self.assertEqual(kit.verify(path.read_text(), self.policy.read_text())[0], kit.VERIFIED)
        refused = self.export("--from", "0")
        self.assertIn("has pruned its first entries", refused.stderr)
        self.assertEqual(self.home.request("GET", "/v1/log/bundle?from=5", role="auditor")[0], 410)
        # What an auditor has kept of then is still evidence.
        self.assertEqual(self.verify("bundle", self.whole)[0], 0)

    def test_of_pruned_rows_the_state_says_that_nothing_can_be_told_and_checks_the_others(self):
        dump = self.home.dir / "hashes.csv"

        def judged():
            self.home.ok("audit", "dump-state", "--output", dump)
            code, told = self.verify("state", "--bundle", self.export(), "--dump", dump, "--json")
            return code, json.loads(told)
        code, report = judged()
        self.assertEqual((code, report["state"]["not_checked"], report["state"]["rows"]), (2, 3, 5))
        self.assertEqual([one["what"] for one in report["findings"]],
                         ["rows of entries that the log has pruned cannot be checked"])
        row = self.one("SELECT row_id FROM record_version v JOIN audit_leaf a ON a.event_id = "
                       "v.leaf_id LIMIT 1")
        self.one(f"UPDATE record_version SET fields = fields || '\\x00' WHERE row_id = '{row}'")
        code, report = judged()
        self.assertEqual(code, 1)
        self.assertIn(row, json.dumps(report["findings"]))
        self.one("UPDATE record_version SET fields = substring(fields FROM 1 FOR length(fields) - 1) "
                 f"WHERE row_id = '{row}'")
        # A row of today cannot hide behind what was pruned.
        fresh = self.one("SELECT leaf_id FROM record_version v JOIN audit_leaf a ON a.event_id = "
                         "v.leaf_id LIMIT 1")
        self.one(f"UPDATE record_version SET leaf_id = '{fresh[:-4]}0000' WHERE row_id = '{row}'")
        self.assertEqual(judged()[0], 1)
        self.one(f"UPDATE record_version SET leaf_id = '{fresh}' WHERE row_id = '{row}'")
        self.assertEqual(judged()[0], 2)

    def test_the_installations_log_announces_for_itself(self):
        done = self.home.run("audit", "prune", "--check", "--log", "installation")
        self.assertIn("has not announced", done.stderr)
        self.home.ok("audit", "announce-retention", "--log", "installation")
        done = self.home.run("audit", "prune", "--log", "installation")
        self.assertIn("binds from", done.stderr)
        text = self.home.request("GET", "/v1/logs/installation/retention", role="auditor")[2]
        self.assertIn(b"\nkeeps-days 2192\nnotice-days 90\n", text)
        self.assertIn(b"\nminimum 0\n", text)
        self.assertEqual(self.home.run("audit", "prune", "--check", role="officer").returncode, 1)

    def test_views_say_from_when_on_there_is_a_log(self):
        page = self.home.request("GET", "/v1/audit/entries?limit=1", role="auditor")[2]
        self.assertEqual(page["log_begins"]["index"], 768)
        self.assertGreaterEqual(page["entries"][0]["index"], 768)
        said = self.home.ok("audit", "entries", "--limit", "1", role="auditor").stderr
        self.assertIn("the log begins with entry 768", said)
        said = self.home.ok("audit", "entries", "--limit", "1", "--format", "csv", role="auditor")
        self.assertRegex(said.stdout, "^# view, not evidence; the log begins with entry 768 of ")

    def test_a_siem_that_follows_gets_what_there_is(self):
        for name, place in (("fresh", None), ("behind", "100\n")):
            state = self.home.dir / f"{name}.place"
            if place:
                state.write_text(place)
            sent = self.home.ok("audit", "follow", "--once", "--state", state,
                                role="auditor").stdout.splitlines()
            self.assertEqual(json.loads(sent[0])["index"], 768)

    def test_signer_and_server_start_again_and_write_nothing_back(self):
        self.home.stop_server()
        self.home.stop_signer()
        before = {path for path in self.published().rglob("*") if path.is_file()}
        self.home.start_signer()
        self.home.start_server()
        self.home.ok("audit", "entries", "--limit", "1", role="auditor")
        after = {path for path in self.published().rglob("*")
                 if path.is_file() and path.suffix != ".new"}  # Which is on its way into its place.
        names = {str(path.relative_to(self.published())) for path in after - before}
        self.assertTrue(all("003" in name or "1/000" in name or "004" in name for name in names), names)
        self.reader().read_pruned()

    # -- By hand

    def test_entries_that_were_removed_by_hand_keep_the_program_from_starting(self):
        where = f"tenant = '{self.tenant}' AND idx = 768"
        columns = "tenant, idx, event_id, leaf, sequenced_at"
        self.home.stop_server()
        self.one(f"DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT {columns} FROM audit_leaf "
                 f"WHERE {where}; DELETE FROM audit_leaf WHERE {where}")
        try:
            done = self.home.run("audit", "checkpoint", role="auditor")
        finally:
            self.one(f"INSERT INTO audit_leaf ({columns}) SELECT {columns} FROM kept")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("entries are gone from the beginning of the log", done.stderr)
        self.assertIn("entry 768", done.stderr)
        self.home.start_server()


if __name__ == "__main__":
    unittest.main(verbosity=2)
