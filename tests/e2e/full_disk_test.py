"""Disks that run full under the real binary, in the middle of an import and of an erasure: the error
says so, nothing is half, nothing acknowledged is lost, and the same command goes on with space."""
import http.client
import re
import subprocess
import time
import unittest

from full_disk import SmallDisks
from installation import binary
from sample_circle import AS_OF, find, open_shop

PEOPLE = 6000
FULL = "disk is full|the database is away|cluster is not ready"
RELEASE = ("release", "create", "--segment", "sleeping_180d", "--purpose", "direct_marketing",
           "--channel", "email", "--recipient", "mailhouse", "--fields", "contact,first_name",
           "--as-of", AS_OF)


class FullDiskTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = SmallDisks()
        cls.addClassCleanup(home.close)
        cls.sample = open_shop(home)
        cls.policy = home.dir / "policy.txt"
        cls.policy.write_text(home.ok("audit", "policy", role="auditor").stdout)
        cls.people = iter(cls.sample.shop[20:])
        cls.withdrawals_before = cls.withdrawals()
        cls.withdrawn = {}  # What was answered, by anybody's test: nothing of it may ever be missing.

    @classmethod
    def withdrawals(cls):
        return int(cls.home.psql("data", "SELECT count(*) FROM consent_event WHERE action = 4"))

    def someone(self):
        return next(row["email"] for row in self.people if row["email"]
                    and len(find(self.home, "email", row["email"])) == 1)

    def file(self, name):
        path = self.home.dir / f"{name}.csv"
        path.write_text("external_id;first_name;email;country\n" + "".join(
            f"{name}{i};Анна;{name}{i}@example.com;RU\n" for i in range(PEOPLE)), encoding="utf-8")
        return path

    def stored(self, source, more=""):
        return int(self.home.psql("data", "SELECT count(*) FROM record JOIN source s USING (tenant, "
                                          f"source_id) WHERE s.name = '{source}' {more}"))

    def withdraw(self, who):
        """The status of a withdrawal over HTTP; None when the server gave no answer."""
        try:
            status, headers, answer = self.home.request("POST", "/v1/consents", {
                "identifier": {"kind": "email", "value": who}, "purpose": "direct_marketing",
                "channel": "email", "action": "withdraw", "reference": who}, "officer")
        except (OSError, http.client.HTTPException):
            return None
        if status == 200:
            self.withdrawn[who] = answer["recorded"] or self.withdrawn.get(who, 0)
        else:
            self.assertEqual((status, headers["Retry-After"]), (503, "5"))
        return status

    def check_log(self):
        bundle = self.home.dir / "log.bundle"
        self.home.ok("audit", "export", "--output", bundle, role="auditor")
        done = subprocess.run([binary("assent-verify"), "bundle", bundle, "--policy", self.policy],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def check_acknowledged(self):
        """Every withdrawal that was answered with 200 is there."""
        self.assertGreaterEqual(self.withdrawals(), self.withdrawals_before + sum(self.withdrawn.values()))

    # -- The clusters

    def import_into_a_full_disk(self, victim):
        path, source = self.file(f"full{victim}"), f"shop_{victim}"
        command = ("import", "--source", source, "--mapping", "contacts", path)
        running = subprocess.Popen(self.home.arguments(*command, role="integrator"), text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while running.poll() is None and self.stored(source) == 0:
            time.sleep(0.02)
        self.home.disks[victim].fill()
        out, err = running.communicate(timeout=300)
        self.assertNotEqual(running.returncode, 0, "the disk was full too late: " + out)
        self.assertRegex(err, FULL)
        self.assertNotIn("@example.com", out + err)
        self.home.space_again(victim)
        half = self.stored(source)
        self.assertTrue(0 < half < PEOPLE, half)
        for table in ("membership", "record_version"):
            self.assertEqual(self.stored(source, f"AND record_id IN (SELECT record_id FROM {table})"),
                             half, "records are stored half")
        done = self.home.ok(*command, role="integrator").stdout
        self.assertIn(f"{PEOPLE} rows", done)
        self.assertEqual(self.stored(source), PEOPLE)
        self.assertEqual(self.home.ok(*command, role="integrator").stdout.count("rejected"),
                         done.count("rejected"))
        self.check_log()

    def test_an_import_goes_on_after_the_data_disk_was_full(self):
        self.import_into_a_full_disk("data")

    def test_an_import_goes_on_after_the_disk_of_the_safe_was_full(self):
        self.import_into_a_full_disk("safe")

    def erase_on_a_full_disk(self, victim):
        who, other, another = self.someone(), self.someone(), self.someone()
        self.home.start_server()
        self.addCleanup(self.home.stop_server)
        self.assertEqual(self.withdraw(other), 200)
        disk = self.home.disks[victim]
        disk.fill()
        # The WAL goes to a new file, for which there is no space: the cluster dies of it.
        subprocess.run(["psql", "-X", "-q", "-h", self.home.dir / "run", "-p",
                        {"data": "5432", "safe": "5433"}[victim], "-U", "postgres", "-c",
                        "SELECT pg_switch_wal(); CREATE TABLE filler AS SELECT generate_series"
                        "(1, 100000)"], capture_output=True, check=False)
        erase = ("rights", "erase", "--identifier", "email")
        failed = self.home.run(*erase, role="officer", stdin=who + "\n")
        self.assertNotEqual(failed.returncode, 0, failed.stdout)
        self.assertRegex(failed.stderr, FULL)
        self.assertNotIn(who, failed.stdout + failed.stderr)
        self.withdraw(another)
        self.assertIn(self.home.request("GET", "/v1/ready")[0], (200, 503))
        self.home.space_again(victim)
        again = self.home.run(*erase, role="officer", stdin=who + "\n")
        if again.returncode != 0:  # The request had been committed: the server finishes it.
            self.assertIn("nobody", self.home.ok("rights", "find", "--identifier", "email",
                                                 role="officer", stdin=who + "\n").stdout)
        self.settle()
        self.assertEqual(find(self.home, "email", who), {})
        self.assertEqual(self.home.psql(
            "safe", "SELECT count(*) FROM subject_key k JOIN tombstone t USING (tenant, subject) "
                    "WHERE k.purpose = 0"), "0")
        self.check_acknowledged()
        self.assertEqual(self.withdraw(other), 200)
        self.check_log()

    def settle(self):
        unfinished = ("SELECT (SELECT count(*) FROM record WHERE state = 1)"
                      " + (SELECT count(*) FROM request WHERE state <> 'completed')"
                      " + (SELECT count(*) FROM pending_shred)")
        ends = time.monotonic() + 60
        while self.home.psql("data", unfinished) != "0":
            self.assertLess(time.monotonic(), ends, "the erasure does not complete")
            time.sleep(0.1)

    def test_an_erasure_goes_on_after_the_data_disk_was_full(self):
        self.erase_on_a_full_disk("data")

    def test_an_erasure_goes_on_after_the_disk_of_the_safe_was_full(self):
        self.erase_on_a_full_disk("safe")

    # -- The program's own state

    def test_a_full_disk_of_the_state_delays_signatures_and_loses_nothing(self):
        who, other = self.someone(), self.someone()
        self.home.start_server()
        self.addCleanup(self.home.stop_server)
        before = self.home.request("GET", "/v1/log/checkpoint", role="auditor")[2]
        self.addCleanup(self.home.disks["state"].empty)
        self.home.disks["state"].fill()
        status, _, request = self.home.request("POST", "/v1/requests", {
            "type": "erasure", "identifier": {"kind": "email", "value": who}}, "officer")
        self.assertEqual(status, 202)
        path = "/v1/requests/" + request["id"]
        self.await_state(path, "certifying")
        # Acts go on; what says that the log is signed does not.
        self.assertEqual(self.withdraw(other), 200)
        time.sleep(1)
        self.assertEqual(self.home.request("GET", "/v1/log/checkpoint", role="auditor")[2], before)
        self.assertEqual(self.home.request("GET", path, role="officer")[2]["state"], "certifying")
        if self.home.mounts:  # Else the signer's own log is as full.
            self.assertIn('"event":"signer.failed"', self.home.signer_log())
        self.home.disks["state"].empty()
        self.await_state(path, "completed")
        self.check_acknowledged()
        self.check_log()

    def await_state(self, path, state):
        ends = time.monotonic() + 60
        while (found := self.home.request("GET", path, role="officer")[2]["state"]) != state:
            self.assertLess(time.monotonic(), ends, f"it is {found}, not {state}")
            time.sleep(0.1)

    # -- What is written for others

    def full_stdout(self, *args, role, stdin=""):
        with open("/dev/full", "w", encoding="utf-8") as full:
            return subprocess.run(self.home.arguments(*args, role=role), input=stdin, text=True,
                                  stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)

    def test_a_terminal_or_pipe_that_takes_nothing_is_a_failure(self):
        released = self.home.ok(*RELEASE, role="marketer").stdout
        release = re.search(r"^release (\S+)", released).group(1)
        for role, *args in (("auditor", "audit", "policy"), ("auditor", "audit", "export"),
                            ("auditor", "audit", "checkpoint"),
                            ("auditor", "release", "evidence", release),
                            ("officer", "release", "show", release)):
            with self.subTest(args):
                done = self.full_stdout(*args, role=role)
                self.assertEqual(done.returncode, 1)
                self.assertIn("could not be written", done.stderr)

    def test_a_file_that_does_not_fit_is_not_left_half_and_the_release_is_aborted(self):
        disk = self.home.disks["out"]
        release = re.search(r"^release (\S+)",
                            self.home.ok(*RELEASE, role="marketer").stdout).group(1)
        request = re.search(r"request ([0-9a-f-]{36})", self.home.ok(
            "rights", "erase", "--identifier", "email", role="officer",
            stdin=self.someone() + "\n").stdout).group(1)
        opened = self.home.psql("data", "SELECT count(*) FROM release")
        self.addCleanup(disk.empty)
        disk.fill()
        for role, *args in (("marketer", *RELEASE), ("auditor", "audit", "export"),
                            ("auditor", "release", "evidence", release),
                            ("officer", "rights", "certificate", "--request", request)):
            with self.subTest(args[:2]):
                path = disk.path / ("-".join(args[:2]))
                done = self.home.run(*args, "--output", path, role=role)
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn("could not be written", done.stderr)
                self.assertFalse(path.exists(), "half a file is left")
        states = self.home.psql("data", "SELECT state, closing IS NULL FROM release "
                                        f"ORDER BY release_id OFFSET {opened}")
        self.assertEqual(states, "3|t", "the release that could not be written is aborted")
        disk.empty()
        for role, *args in (("marketer", *RELEASE), ("auditor", "audit", "export"),
                            ("officer", "rights", "certificate", "--request", request)):
            path = disk.path / ("-".join(args[:2]))
            self.home.ok(*args, "--output", path, role=role)
            self.assertGreater(path.stat().st_size, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
