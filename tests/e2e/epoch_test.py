"""The monthly round of the epoch keys through the real binaries: a new epoch, every key wrapped under it,
the old one burned, beside a server that answers and under kill -9; and what it is for: that no old copy
of the safe brings back who was erased."""
import collections
import concurrent.futures
import json
import os
import random
import re
import signal
import subprocess
import threading
import time
import unittest

from installation import INSTALLATION_LOG, Installation, binary
from sample_circle import Release, erase, find, open_shop

KILLS = int(os.environ.get("ASSENT_KILLS", "10"))



class EpochTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = Installation()
        cls.addClassCleanup(home.close)
        cls.keyring = home.dir / "keys" / "keyring"
        cls.sample = open_shop(home)
        cls.email = sorted(Release(home, "email").contacts)[0]
        cls.profile, = find(home, "email", cls.email)

    def epochs(self):
        """Of the keyring."""
        return [int(line.split()[1]) for line in self.keyring.read_text().splitlines()[1:]]

    def safe_epochs(self):
        """Of the keys in the safe."""
        return set(map(int, self.home.psql(
            "safe", "SELECT DISTINCT kek_epoch FROM subject_key").split()))

    def status(self):
        return json.loads(self.home.ok("keys", "status", "--json").stdout)

    def entries(self, event):
        """The leaves of the installation's log with this event, in order."""
        rows = self.home.psql(
            "data", "SELECT encode(leaf, 'hex') FROM audit_leaf WHERE encode(substr(leaf, 6, 2), "
            f"'hex') = '{event:04x}' AND tenant = '{INSTALLATION_LOG}' ORDER BY idx")
        return [bytes.fromhex(row) for row in rows.split()]

    def burns(self):
        """Of each burn in the log: epoch, rewrapped, destroyed, left."""
        return [tuple(int.from_bytes(leaf[at:at + 8], "big") for at in range(225, 257, 8))
                for leaf in self.entries(0x0111)]

    def verify(self, receipt):
        """What assent-verify explains of the entry that a receipt proves."""
        leaf = self.home.proven_entry(receipt)
        return subprocess.run([binary("assent-verify"), "explain", leaf], capture_output=True,
                              text=True, timeout=60, check=True).stdout

    def name_of(self, profile):
        """(exit code, what the officer sees of the first name)."""
        done = self.home.run("profile", "read", "--profile", profile, "--fields", "first_name",
                             role="officer", stdin="a question of the person\n")
        return done.returncode, re.findall(r"first_name: (.+)", done.stdout)

    def still_works(self):
        self.home.ok("serve", "--check")
        code, names = self.name_of(self.profile)
        self.assertEqual(code, 0)
        self.assertTrue(names)

    def read_until(self, stop):
        """Reads one person through the server without a pause: how often, and what was no success."""
        statuses = collections.Counter()
        while not stop.is_set():
            status, _, body = self.home.request(
                "POST", f"/v1/profiles/{self.profile}/read", role="officer",
                body={"fields": ["first_name", "contact_points"], "reason": "a question"})
            named = status == 200 and any("first_name" in record["fields"]
                                          for record in body["records"])
            statuses[status if named else f"{status} without the name"] += 1
        return statuses

    # The round.

    def test_beside_a_running_server_no_read_fails_and_an_import_goes_on(self):
        self.home.start_server()
        self.addCleanup(self.home.stop_server)
        old = self.epochs()[-1]
        stop = threading.Event()
        receipt = self.home.dir / "burn.receipt"
        with concurrent.futures.ThreadPoolExecutor(3) as readers:
            work = [readers.submit(self.read_until, stop) for _ in range(3)]
            importing = subprocess.Popen(
                self.home.arguments("import", "--source", "later", "--mapping", "contacts",
                                    self.sample.dir / "webshop_contacts.csv", role="integrator"),
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            try:
                done = self.home.ok("keys", "rotate-epoch", "--receipt", receipt)
                self.home.ok("keys", "rotate-epoch")
                self.home.ok("keys", "rotate-epoch")
                _, said = importing.communicate(timeout=120)
            finally:
                stop.set()
            statuses = sum((one.result() for one in work), collections.Counter())
        self.assertEqual(set(statuses), {200}, statuses)
        self.assertGreater(statuses[200], 20)
        self.assertEqual(importing.returncode, 0, said)
        self.assertIn(f"epoch {old + 1} is in use", done.stdout)
        self.assertIn(f"epoch {old} is burned", done.stdout)
        self.assertEqual(self.epochs(), [old + 3])
        self.home.ok("keys", "rewrap")
        self.assertEqual(self.safe_epochs(), {old + 3})
        self.assertIn(f"epoch {old}: keys rewrapped", self.verify(receipt))
        self.assertEqual([burn[0] for burn in self.burns()][-3:], [old, old + 1, old + 2])
        self.assertTrue(all(left == 0 for _, _, _, left in self.burns()))
        self.still_works()

    def test_one_by_one_and_the_burn_waits_for_the_last_key(self):
        old = self.epochs()[-1]
        keys = int(self.home.psql("safe", "SELECT count(*) FROM subject_key"))
        receipt = self.home.dir / "epoch.receipt"
        self.home.ok("keys", "new-epoch", "--receipt", receipt)
        self.assertIn("KEY_EPOCH_CREATED", self.verify(receipt))
        self.assertEqual(self.epochs(), [old, old + 1])
        commitment = self.entries(0x0110)[-1][175:207]
        line = self.keyring.read_text().splitlines()[-1].split()
        self.assertEqual(commitment.hex(), self.home.psql(
            "safe", f"SELECT encode(decode('{line[5]}', 'base64'), 'hex')"))
        refused = self.home.run("keys", "burn")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("keys are left under an older epoch", refused.stderr)
        self.assertEqual(self.epochs(), [old, old + 1])
        self.still_works()
        before, current = self.status()["epochs"]
        self.assertEqual(sum(before["keys"].values()), keys)
        self.assertEqual(before["suites"], {"1": keys})
        self.assertTrue(current["current"])
        self.assertIn(f"{keys} keys were wrapped", self.home.ok("keys", "rewrap").stdout)
        self.home.ok("keys", "burn")
        self.assertEqual(self.burns()[-1], (old, keys, self.burns()[-1][2], 0))
        self.assertEqual(self.status()["warnings"], [])
        self.still_works()

    def test_a_young_epoch_is_left_alone_and_a_round_that_was_begun_is_finished(self):
        self.home.ok("keys", "rotate-epoch")
        young = self.epochs()
        said = self.home.ok("keys", "rotate-epoch", "--older-than", 25).stdout
        self.assertIn("nothing to do", said)
        self.assertEqual(self.epochs(), young)
        self.home.ok("keys", "new-epoch")
        said = self.home.ok("keys", "rotate-epoch", "--older-than", 25).stdout
        self.assertIn("a round that was begun is finished", said)
        self.assertEqual(self.epochs(), [young[0] + 1])
        self.still_works()

    def test_the_metrics_tell_the_age_and_what_is_left(self):
        self.home.ok("keys", "rotate-epoch")
        self.home.start_server()
        self.addCleanup(self.home.stop_server)
        epoch = self.epochs()[-1]

        def metrics():
            status, _, body = self.home.request("GET", "/metrics", role="admin")
            self.assertEqual(status, 200)
            return body.decode()

        age = re.search(r'assent_key_epoch_created_timestamp_seconds\{epoch="%d"\} (\d+)' % epoch,
                        metrics())
        self.assertLess(abs(time.time() - int(age.group(1))), 600)
        self.assertIn('assent_key_round_open{epoch="%d"} 0\n' % epoch, metrics())
        self.assertNotIn("assent_key_wraps_left{", metrics())
        self.home.ok("keys", "new-epoch")
        self.assertIn('assent_key_round_open{epoch="%d"} 1\n' % (epoch + 1), metrics())
        keys = self.home.psql("safe", f"SELECT count(*) FROM subject_key WHERE kek_epoch = {epoch}")
        self.assertIn('assent_key_wraps_left{epoch="%d"} %s\n' % (epoch, keys), metrics())
        self.home.ok("keys", "rotate-epoch")

    def test_two_at_once_are_one(self):
        self.home.ok("keys", "new-epoch")
        both = [subprocess.Popen(self.home.arguments("keys", "rewrap"), stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True) for _ in range(2)]
        ends = [(one.communicate(timeout=120), one.returncode) for one in both]
        for (_, said), code in ends:
            if code != 0:
                self.assertIn("another process works", said)
        self.assertIn(0, [code for _, code in ends])
        self.home.ok("keys", "rotate-epoch")
        self.still_works()

    # Death.

    def test_after_every_kill_everything_opens_and_the_same_command_goes_on(self):
        seed = int(os.environ.get("ASSENT_SEED", random.randrange(1 << 30)))
        print(f"seed {seed}: ASSENT_SEED={seed} repeats this run, {KILLS} kills")
        chance = random.Random(seed)
        first = self.epochs()[-1]
        start = time.monotonic()
        self.home.ok("keys", "rotate-epoch")
        took = time.monotonic() - start
        for _ in range(KILLS):
            command = subprocess.Popen(self.home.arguments("keys", "rotate-epoch"),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(took / 3, took))
            command.send_signal(chance.choice((signal.SIGKILL, signal.SIGINT)))
            command.wait()
            self.still_works()
            told = {burn[0] for burn in self.burns()}
            self.assertFalse(told & set(self.epochs()), "a burn that was told and has not been")
        self.home.ok("keys", "rotate-epoch")
        self.home.ok("keys", "burn")
        self.assertEqual(self.status()["warnings"], [])
        newest, = self.epochs()
        burned = [burn[0] for burn in self.burns()]
        self.assertEqual(sorted(burned), sorted(set(burned)), "told twice")
        self.assertEqual(set(range(first, newest)), set(burned) & set(range(first, newest)))
        self.assertFalse((self.home.dir / "keys" / "keyring.burned").exists())
        self.still_works()

    # What it is for.

    TABLES = ("record", "record_version", "identifier", "membership")

    def put_back(self, records, profile):
        """The person as an old backup of both clusters has it, past the program and its roles."""
        self.home.psql("safe", "INSERT INTO subject_key SELECT * FROM kept_key "
                       "ON CONFLICT DO NOTHING")
        for table in self.TABLES:
            self.home.psql("data", f"DELETE FROM {table} WHERE record_id IN ({records}); "
                           f"INSERT INTO {table} SELECT * FROM kept_{table} "
                           f"WHERE record_id IN ({records})")
        self.home.psql("data", f"UPDATE profile SET retired_at = NULL WHERE profile_id = '{profile}'")

    def test_no_old_copy_brings_back_who_was_erased(self):
        story = self.sample.story["erase"]
        (profile, ids), = find(self.home, "email", story["email"]).items()
        records = ",".join(f"'{record}'" for record in ids)
        code, names = self.name_of(profile)
        self.assertEqual(code, 0)
        self.assertTrue(names)
        self.home.psql("safe", "CREATE TABLE kept_key AS SELECT * FROM subject_key")
        for table in self.TABLES:
            self.home.psql("data", f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
        keyring = self.keyring.read_text()

        self.home.start_server()
        request = erase(self.home, "email", story["email"])
        for _ in range(100):
            if self.home.run("rights", "certificate", "--request", request,
                             role="officer").returncode == 0:
                break
            time.sleep(0.1)
        self.home.stop_server()
        self.assertNotEqual(self.name_of(profile)[1], names)
        # The control: before the burn an old copy is enough.
        self.put_back(records, profile)
        self.assertEqual(self.name_of(profile), (0, names))
        self.home.psql("safe", f"DELETE FROM subject_key WHERE subject IN ({records})")

        old = self.epochs()[-1]
        swept = len(self.entries(0x0115))
        done = self.home.ok("keys", "rotate-epoch").stdout
        self.assertLess(done.index("VACUUM of safe first"), done.index(f"epoch {old} is burned"))
        self.assertEqual(len(self.entries(0x0115)), swept + 1)
        self.put_back(records, profile)
        code, after = self.name_of(profile)
        self.assertEqual(after, [])
        self.assertNotEqual(code, 0)
        self.assertEqual(self.home.psql(
            "safe", f"SELECT count(*) FROM subject_key WHERE subject IN ({records})"), str(len(ids)))
        self.assertTrue(any(f"to be opened by nobody: {len(ids)}" in warning
                            for warning in self.status()["warnings"]), self.status()["warnings"])
        burn = self.burns()[-1]
        self.assertEqual((burn[0], burn[3]), (old, 0))
        self.assertGreaterEqual(burn[2], len(ids))
        self.still_works()
        # What is not promised: an old keyring together with the root it was wrapped by.
        now = self.keyring.read_text()
        lines = now.splitlines()
        self.keyring.write_text("\n".join([lines[0], keyring.splitlines()[-1], *lines[1:]]) + "\n")
        self.assertEqual(self.name_of(profile), (0, names))
        self.keyring.write_text(now)
        self.home.psql("safe", f"DELETE FROM subject_key WHERE subject IN ({records})")

    # The start.

    def test_a_keyring_or_a_safe_of_before_does_not_start(self):
        self.home.ok("keys", "rotate-epoch")
        before = self.keyring.read_text()
        self.home.ok("keys", "rotate-epoch")
        now = self.keyring.read_text()
        epoch = self.epochs()[-1]
        self.keyring.write_text(before)
        refused = self.home.run("serve", "--check")
        self.keyring.write_text(now)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(f"the keyring is older than the safe: epoch {epoch} is in use", refused.stderr)
        self.home.psql("safe", f"CREATE TABLE today AS SELECT * FROM key_epoch; "
                       f"DELETE FROM key_epoch WHERE epoch = {epoch}")
        refused = self.home.run("serve", "--check")
        self.home.psql("safe", "TRUNCATE key_epoch; INSERT INTO key_epoch SELECT * FROM today")
        self.assertEqual(refused.returncode, 1)
        self.assertIn(f"the safe is older than the last burn of an epoch: epoch {epoch - 1} is gone",
                      refused.stderr)
        self.still_works()


if __name__ == "__main__":
    unittest.main(verbosity=2)
