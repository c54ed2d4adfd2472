"""New keys for records, and another suite for all of them: through the real binary, beside a running
server, against the log."""
import collections
import concurrent.futures
import json
import re
import signal
import subprocess
import threading
import time
import unittest

from installation import Installation, binary
from sample_circle import Sample, erase, import_all

UNITS = {"record": "SELECT record_id FROM record WHERE state = 0 ORDER BY record_id",
         "organisation": "SELECT organisation_id FROM organisation ORDER BY organisation_id",
         "rejected row": "SELECT rejected_id FROM rejected_row ORDER BY rejected_id"}


class RotationTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = Installation()
        cls.addClassCleanup(home.close)
        cls.sample = Sample(home, people=120)
        import_all(home, cls.sample)
        (home.dir / "bad.csv").write_text("external_id;first_name;email;country\n"
                                          ";Olga;olga@example.com;RU\n", encoding="utf-8")
        home.ok("import", "--source", "webshop", "--mapping", "contacts", home.dir / "bad.csv",
                role="integrator")
        cls.policy = home.dir / "policy.txt"
        cls.policy.write_text(home.ok("audit", "policy", role="auditor").stdout)

    def one(self, sql):
        """The first value, as row-level security lets the superuser see it."""
        return self.home.psql("data", sql + " LIMIT 1")

    def status(self):
        return json.loads(self.home.ok("keys", "status", "--json").stdout)

    def values(self):
        """How many values for fields there are by (suite, version), as `keys status` says."""
        return collections.Counter({(row["suite"], row["version"]): row["values"]
                                    for row in self.status()["sealed"][0]["values"]
                                    if row["keys"] == "fields"})

    def state(self):
        """(exit code, report) of assent-verify on a fresh dump and a bundle exported after it."""
        home = self.home
        home.ok("audit", "dump-state", "--output", home.dir / "hashes.csv")
        home.ok("audit", "export", "--output", home.dir / "log.bundle", role="auditor")
        done = subprocess.run(
            [binary("assent-verify"), "state", "--bundle", home.dir / "log.bundle", "--dump",
             home.dir / "hashes.csv", "--policy", self.policy, "--json"],
            capture_output=True, text=True, check=False)
        return done.returncode, json.loads(done.stdout)

    def set_suite(self, suite):
        text = re.sub(r"keys: \{(suite: \d, )?", f"keys: {{suite: {suite}, ",
                      self.home.config.read_text(encoding="utf-8"))
        self.home.config.write_text(text, encoding="utf-8")

    def profile_of_a_person(self):
        return self.one("SELECT m.profile_id FROM membership m JOIN record r USING (tenant, record_id)"
                        " WHERE to_at IS NULL AND r.state = 0 ORDER BY m.record_id")

    def test_1_each_keyed_unit_gets_a_new_key_and_the_state_still_verifies(self):
        for what, sql in UNITS.items():
            unit = self.one(sql)
            with self.subTest(what):
                said = self.home.ok("keys", "rotate-record", "--record", unit).stdout
                self.assertIn("under version 2 of the key", said)
        self.assertGreater(self.values()[1, 2], 2)
        self.assertEqual(self.status()["sealed"][0]["replaced"], 3)
        code, report = self.state()
        self.assertEqual(code, 0, report)
        self.assertIn("key version 2", self.home.ok("keys", "status").stdout)

    def test_2_an_old_ciphertext_that_is_put_back_is_found(self):
        record = self.one(UNITS["record"] + " OFFSET 5")
        self.home.psql("data", "DROP TABLE IF EXISTS before; CREATE TABLE before AS SELECT * FROM "
                               f"record_version WHERE record_id = '{record}'")
        receipt = self.home.dir / "rotation.receipt"
        self.home.ok("keys", "rotate-record", "--record", record, "--receipt", receipt)
        self.assertIn("index ", receipt.read_text())
        self.assertEqual(self.state()[0], 0)
        self.home.psql("data", f"CREATE TABLE after AS SELECT * FROM record_version WHERE record_id = "
                               f"'{record}'")
        put = ("DELETE FROM record_version WHERE record_id = '{0}'; "
               "INSERT INTO record_version SELECT * FROM {1}")
        alone = ("UPDATE record_version v SET fields = b.fields FROM before b "
                 "WHERE v.row_id = b.row_id")
        for attack in (alone, put.format(record, "before")):
            self.home.psql("data", attack)
            code, report = self.state()
            self.assertEqual(code, 1, report)
            self.home.psql("data", put.format(record, "after"))
        self.assertEqual(self.state()[0], 0)

    def test_3_an_officer_does_it_over_http_and_nobody_else(self):
        self.home.start_server()
        self.addCleanup(self.home.stop_server)
        record = self.one(UNITS["record"] + " OFFSET 7")
        path = f"/v1/records/{record}/key"
        for role in ("marketer", "auditor", "integrator"):
            self.assertEqual(self.home.request("POST", path, role=role)[0], 403)
        status, _, body = self.home.request("POST", path, role="officer")
        self.assertEqual(status, 200, body)
        self.assertEqual(body["version"], 2)
        self.assertGreater(body["values"], 0)
        self.assertTrue(body["receipt_at"].startswith("/v1/log/proofs/"))
        self.assertEqual(self.home.request("POST", path, role="admin")[2]["version"], 3)
        for unknown in ("00000000-0000-4000-8000-000000000000", "no-id"):
            self.assertEqual(self.home.request("POST", f"/v1/records/{unknown}/key",
                                               role="officer")[0], 404)
        page = self.home.ok("audit", "entries", "--act", "RECORD_KEYS_ROTATED", "--format", "json",
                            role="auditor").stdout
        self.assertGreater(len(json.loads(page)["entries"]), 1)
        self.assertNotIn(record, page)

    def test_4_an_erased_record_gets_no_key(self):
        record = self.home.psql("data", "SELECT record_id FROM record r JOIN source s USING (tenant, "
                                        "source_id) WHERE state = 0 LIMIT 1")
        email = self.sample.story["erase"]["email"]
        erase(self.home, "email", email)
        gone = self.one("SELECT record_id FROM tombstone")
        refused = self.home.run("keys", "rotate-record", "--record", gone)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("no such record", refused.stderr)
        self.assertNotEqual(gone, record)
        self.assertEqual(self.home.psql(
            "safe", f"SELECT count(*) FROM subject_key WHERE subject = '{gone}' AND purpose = 0"), "0")

    def test_5_the_suite_of_everything_changes_beside_a_running_server(self):
        refused = self.home.run("keys", "reseal", "--suite", "2")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("change keys.suite of the configuration first", refused.stderr)
        self.set_suite(2)
        self.home.start_server()
        self.addCleanup(self.home.stop_server)
        profile = self.profile_of_a_person()
        stop = threading.Event()
        before = self.values()
        self.assertIn("another suite than keys.suite", "".join(self.status()["warnings"]))
        with concurrent.futures.ThreadPoolExecutor(2) as readers:
            work = [readers.submit(self.read_until, profile, stop) for _ in range(2)]
            importing = subprocess.Popen(
                self.home.arguments("import", "--source", "later", "--mapping", "contacts",
                                    self.sample.dir / "webshop_contacts.csv", role="integrator"),
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            try:
                self.home.ok("keys", "reseal", "--suite", "2")
                _, said = importing.communicate(timeout=120)
            finally:
                stop.set()
            statuses = sum((one.result() for one in work), collections.Counter())
        self.assertEqual(importing.returncode, 0, said)
        self.assertEqual(set(statuses), {200}, statuses)
        after = self.values()
        self.assertEqual({suite for suite, _ in after}, {2})
        self.assertGreaterEqual(sum(after.values()), sum(before.values()))
        self.assertEqual(self.status()["warnings"], [])
        self.assertEqual(self.state()[0], 0)
        self.assertIn("0 units are sealed anew", self.home.ok("keys", "reseal").stdout)

    def read_until(self, profile, stop):
        statuses = collections.Counter()
        while not stop.is_set():
            status, _, body = self.home.request(
                "POST", f"/v1/profiles/{profile}/read", role="officer",
                body={"fields": ["first_name", "contact_points"], "reason": "a question"})
            named = status == 200 and any("first_name" in record["fields"]
                                          for record in body["records"])
            statuses[status if named else f"{status} without the name"] += 1
        return statuses

    def test_6_killed_at_any_moment_it_goes_on_with_what_is_left(self):
        kills = amid = 0
        for turn in range(12):
            self.set_suite(1 + turn % 2)
            running = subprocess.Popen(self.home.arguments("keys", "reseal"),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.04 + 0.02 * turn)
            running.send_signal(signal.SIGKILL)
            kills += running.wait() == -signal.SIGKILL
            amid += len({suite for suite, _ in self.values()}) == 2
            self.home.ok("profile", "read", "--profile", self.profile_of_a_person(), "--fields",
                         "first_name", role="officer", stdin="a question\n")
        self.set_suite(1)
        self.home.ok("keys", "reseal")
        self.assertEqual({suite for suite, _ in self.values()}, {1})
        self.assertEqual(self.state()[0], 0)
        print(f"{kills} kills while everything was sealed anew, {amid} of them between two batches")

    def test_7_a_replaced_version_ends_with_its_term(self):
        record = self.one(UNITS["record"] + " OFFSET 9")
        self.home.ok("keys", "rotate-record", "--record", record)
        self.home.psql("data", "UPDATE replaced_key SET replaced_at = replaced_at - interval '1 year'")
        newest = self.home.psql("safe", "SELECT max(dek_version) FROM subject_key WHERE subject = "
                                        f"'{record}'")
        self.home.start_server()
        self.addCleanup(self.home.stop_server)
        for _ in range(200):
            if self.home.psql("data", "SELECT count(*) FROM replaced_key") == "0":
                break
            time.sleep(0.1)
        self.assertEqual(self.home.psql("safe", "SELECT string_agg(dek_version::text, ',') FROM "
                                                f"subject_key WHERE subject = '{record}' AND purpose "
                                                "= 0"), newest)
        # (Elsewhere a run that was killed may have left a next version, which nothing names yet.)
        self.assertEqual(self.home.request(
            "POST", f"/v1/profiles/{self.profile_of_a_person()}/read", role="officer",
            body={"fields": ["first_name"], "reason": "a question"})[0], 200)
        self.assertEqual(self.state()[0], 0)
        self.assertEqual(self.status()["sealed"][0]["replaced"], 0)


if __name__ == "__main__":
    unittest.main()
