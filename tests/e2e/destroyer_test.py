"""Who alone may delete keys is a process, a user and a role of its own: what waits while it is down, that
no kill of it leaves anything half, and that nobody else can do its work."""
import os
import re
import signal
import subprocess
import time
import unittest

from installation import Installation, binary
from sample_circle import erase, find, open_shop

WAITS = "the keys wait for assent-key-destroyer: does it run?"
POINTS = {
    # What a session of another holds, so that the destroyer stands there when it is killed.
    "before the deletion": "LOCK TABLE destruction IN EXCLUSIVE MODE",
    "after it, before the commit": "LOCK TABLE tombstone IN EXCLUSIVE MODE",
}


class Home(Installation):
    """A whole installation whose destroyer is another user, where the tests may give it one."""
    user = "nobody" if os.geteuid() == 0 else None

    def clusters(self, command):
        if self.user:
            os.environ["ASSENT_DESTROYER_USER"] = self.user
        try:
            super().clusters(command)
        finally:
            os.environ.pop("ASSENT_DESTROYER_USER", None)

    def destroyer_arguments(self, command):
        arguments = super().destroyer_arguments(command)
        if not self.user:
            return arguments
        self.dir.chmod(0o755)
        place = self.dir / "destroyer-metrics"
        place.mkdir(exist_ok=True)
        place.chmod(0o777)
        arguments[arguments.index("--metrics") + 1] = str(place / "key-destroyer.prom")
        return [*arguments[:-1], "--user", self.user, command]

    def destroyer_metrics(self):
        path = self.destroyer_arguments("run")
        path = path[path.index("--metrics") + 1]
        with open(path, encoding="utf-8") as file:
            return {(name, label): int(value) for name, label, value in
                    re.findall(r'^(\w+)\{\w+="([^"]*)"\} (\d+)$', file.read(), re.MULTILINE)}


class DestroyerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = Home()
        cls.addClassCleanup(home.close)
        cls.sample = open_shop(home)
        cls.people = iter(sorted({row["email"].strip().lower() for row in cls.sample.shop
                                  if row["email"].strip()}))
        home.start_server()

    def somebody(self):
        """(e-mail, records) of one person whom nobody shares the address with."""
        for email in self.people:
            found = find(self.home, "email", email)
            if len(found) == 1:
                return email, next(iter(found.values()))
        raise AssertionError("the sample has nobody left")

    def ask(self, email):
        status, _, body = self.home.request(
            "POST", "/v1/requests", role="officer",
            body={"type": "erasure", "identifier": {"kind": "email", "value": email}})
        self.assertEqual(status, 202, body)
        return body["id"]

    def state(self, request):
        return self.home.request("GET", f"/v1/requests/{request}", role="officer")[2]["state"]

    def until(self, is_so, seconds=60):
        ends = time.monotonic() + seconds
        while not is_so():
            self.assertLess(time.monotonic(), ends)
            time.sleep(0.05)

    def keys_of(self, records):
        return int(self.home.psql("safe", "SELECT count(*) FROM subject_key WHERE purpose = 0 AND "
                                  "subject IN ({})".format(", ".join(f"'{r}'" for r in records))))

    def act_of(self, request):
        """(rows of the act, tombstones of its units)."""
        return tuple(map(int, self.home.psql(
            "safe", "SELECT count(*), count(t.subject) FROM destruction d LEFT JOIN tombstone t "
            f"USING (tenant, subject) WHERE d.act = '{request}'").split("|")))

    def metrics(self):
        text = self.home.request("GET", "/metrics", role="admin")[2].decode()
        return {name: int(value) for name, value in
                re.findall(r'^(assent_key_destr\w+)\{\w+="[^"]*"\} (\d+)$', text, re.MULTILINE)}

    def down(self):
        self.home.stop_destroyer()
        self.addCleanup(lambda: self.home.destroyer or self.home.start_destroyer())

    # What waits while it is down.

    def test_while_it_is_down_the_person_is_refused_to_every_read_and_the_erasure_waits(self):
        self.down()
        email, records = self.somebody()
        request = self.ask(email)
        self.assertEqual(find(self.home, "email", email), {})
        self.until(lambda: self.metrics()["assent_key_destroyer_failing"] == 1)
        shown = self.metrics()
        self.assertGreaterEqual(shown["assent_key_destruction_waiting_units"], len(records))
        self.assertLess(abs(shown["assent_key_destruction_waiting_since_timestamp_seconds"]
                            - time.time()), 60)
        self.assertEqual(self.state(request), "erasing")
        self.assertEqual(self.keys_of(records), len(records))
        self.until(lambda: '"event":"erasure.keys_wait"'
                   in (self.home.dir / "server.log").read_text())

        said = self.home.ok("rights", "status", "--request", request, role="officer")
        self.assertIn(WAITS, said.stderr)
        self.assertIn(f"assent rights status --request {request}", said.stdout)

        self.home.start_destroyer()
        self.until(lambda: self.state(request) == "completed")
        self.assertEqual(self.keys_of(records), 0)
        self.until(lambda: self.metrics()["assent_key_destroyer_failing"] == 0)
        self.assertEqual(self.metrics()["assent_key_destruction_waiting_units"], 0)
        self.assertIn("completed", self.home.ok("rights", "status", "--request", request,
                                                role="officer").stdout)

    def test_the_certificate_of_an_erasure_is_verified_and_names_the_keys_of_the_act(self):
        email, records = self.somebody()
        request = erase(self.home, "email", email)
        certificate = self.home.dir / "certificate.json"
        policy = self.home.dir / "policy.txt"
        self.home.ok("rights", "certificate", "--request", request, "--output", certificate,
                     role="officer")
        policy.write_text(self.home.ok("audit", "policy", role="auditor").stdout)
        checked = subprocess.run([binary("assent-verify"), "erasure", certificate, "--policy",
                                  policy], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.assertGreaterEqual(self.act_of(request)[0], len(records))

    # VACUUM, which ends what deleted rows leave in the files.

    def test_vacuum_goes_through_both_clusters_and_is_told_and_measured(self):
        receipt = self.home.dir / "vacuum.receipt"
        done = self.home.ok("maintain", "vacuum", "--receipt", receipt)
        tables = int(re.search(r"VACUUM went through (\d+) tables", done.stdout).group(1))
        told = subprocess.run([binary("assent-verify"), "explain", self.home.proven_entry(receipt)],
                              capture_output=True, text=True, timeout=60, check=True).stdout
        self.assertIn("TABLES_VACUUMED", told)
        self.assertIn(str(tables), told)
        swept = [self.home.psql(cluster, "SELECT count(last_vacuum), count(*) FROM pg_class c "
                                "JOIN pg_stat_user_tables s ON s.relid = c.oid WHERE relkind = 'r' "
                                "AND schemaname = 'public'").split("|")
                 for cluster in ("data", "safe")]
        self.assertEqual(sum(int(done) for done, _ in swept), tables)
        self.assertEqual(sum(int(there) for _, there in swept), tables)
        text = self.home.request("GET", "/metrics", role="admin")[2].decode()
        at = int(re.search(r"^assent_tables_vacuumed_timestamp_seconds\{.*\} (\d+)$", text,
                           re.MULTILINE).group(1))
        self.assertLess(abs(at - time.time()), 60)

    # kill -9 of it.

    def held(self, lock):
        """A session that holds what the destroyer needs next."""
        session = subprocess.Popen(
            ["psql", "-X", "-At", "-h", str(self.home.dir / "run"), "-p", "5433", "-U", "postgres",
             "-d", "assent"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        session.stdin.write(f"BEGIN;\n{lock};\nSELECT 'held';\n")
        session.stdin.flush()
        while session.stdout.readline().strip() != "held":
            self.assertIsNone(session.poll())
        return session

    def stands_at_the_lock(self):
        return self.home.psql("safe", "SELECT count(*) FROM pg_stat_activity WHERE usename = "
                              "'assent_key_destroyer' AND wait_event_type = 'Lock'") != "0"

    def test_killed_at_any_point_it_leaves_all_or_nothing_and_the_next_one_finishes(self):
        for point, lock in POINTS.items():
            with self.subTest(point):
                email, records = self.somebody()
                session = self.held(lock)
                request = self.ask(email)
                self.until(self.stands_at_the_lock)
                self.home.stop_destroyer(signal.SIGKILL)
                session.communicate("ROLLBACK;\n", timeout=60)
                self.until(lambda: not self.stands_at_the_lock())
                # Its own session sees the end of its program only now, and rolls back.
                self.until(lambda: self.home.psql(
                    "safe", "SELECT count(*) FROM pg_stat_activity WHERE usename = "
                    "'assent_key_destroyer'") == "0")
                self.assertIn((self.keys_of(records), self.act_of(request)[0]),
                              ((len(records), 0), (0, len(records))))
                self.assertEqual(find(self.home, "email", email), {})
                self.home.start_destroyer()
                self.until(lambda: self.state(request) == "completed")
                self.assertEqual(self.keys_of(records), 0)
                rows, tombstones = self.act_of(request)
                self.assertEqual(rows, tombstones)
        print(f"{len(POINTS)} points of kill -9")

    def test_it_outlives_a_safe_and_a_data_cluster_that_die(self):
        away = ("assent_key_destroyer_away", "data")
        self.home.clusters("kill-safe")
        self.home.clusters("kill-data")
        self.until(lambda: self.home.destroyer_metrics()[away] == 1)
        self.home.clusters("start")
        self.assertIsNone(self.home.destroyer.poll())
        email, records = self.somebody_after_a_restart()
        request = self.ask(email)
        self.until(lambda: self.state(request) == "completed")
        self.assertEqual(self.keys_of(records), 0)
        self.assertEqual(self.home.destroyer_metrics()[away], 0)

    def somebody_after_a_restart(self):
        self.until(lambda: self.home.request("GET", "/v1/ready")[0] == 200)
        return self.somebody()

    def test_once_does_what_is_named_and_ends(self):
        self.down()
        email, records = self.somebody()
        request = self.ask(email)
        done = self.home.destroyer_command("once")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"destroyed the keys of {self.act_of(request)[0]} unit", done.stdout)
        self.assertEqual(self.keys_of(records), 0)
        self.until(lambda: self.state(request) == "completed")

    # Nobody else can do its work, and it can do nothing else.

    def test_no_other_role_deletes_a_key_and_its_role_does_nothing_else(self):
        refused = "permission denied"
        for role in ("assent_app", "assent_rewrapper", "assent_follower"):
            self.assertIn(refused, self.tried("safe", "DELETE FROM subject_key", role))
            self.assertIn(refused, self.tried("safe", "DELETE FROM destruction", role))
        for role in ("assent_app", "assent_eraser"):
            self.assertIn(refused, self.tried("data", "UPDATE pending_shred SET unit_id = tenant",
                                              role))
        for sql in ("SELECT * FROM record", "SELECT * FROM request", "SELECT unit_kind FROM "
                    "pending_shred", "DELETE FROM pending_shred"):
            self.assertIn(refused, self.tried("data", sql, "assent_key_destroyer"))
        for sql in ("SELECT wrapped FROM subject_key", "SELECT * FROM token",
                    "SELECT * FROM denial", "UPDATE subject_key SET "
                    "kek_epoch = 1", "DELETE FROM tombstone", "DELETE FROM destruction"):
            self.assertIn(refused, self.tried("safe", sql, "assent_key_destroyer"))

    def tried(self, cluster, sql, role):
        """As PostgreSQL's superuser who puts the role on: what the role itself may do."""
        done = subprocess.run(
            ["psql", "-X", "-h", str(self.home.dir / "run"), "-p",
             {"data": "5432", "safe": "5433"}[cluster], "-U", "postgres", "-d", "assent", "-c",
             f"SET ROLE {role}", "-c", sql], capture_output=True, text=True, check=False)
        return done.stderr

    def test_the_servers_user_is_not_admitted_as_the_destroyer(self):
        if not self.home.user:
            self.skipTest("the tests may not give it a user of its own")
        for cluster, port in (("data", "5432"), ("safe", "5433")):
            done = subprocess.run(
                ["psql", "-X", "-h", str(self.home.dir / "run"), "-p", port, "-U",
                 "assent_key_destroyer", "-d", "assent", "-c", "SELECT 1"], capture_output=True,
                text=True, check=False)
            self.assertNotEqual(done.returncode, 0, cluster)
            self.assertIn("Peer authentication failed", done.stderr)
        self.assertEqual(self.sessions_of_the_server(), set())

    def sessions_of_the_server(self):
        """The roles of the safe that the server's process has sessions of, beyond those it may have."""
        roles = set(self.home.psql("safe", "SELECT DISTINCT usename FROM pg_stat_activity WHERE "
                                   "usename LIKE 'assent%'").split())
        return roles - {"assent_app", "assent_follower", "assent_rewrapper", "assent_key_destroyer"}


if __name__ == "__main__":
    unittest.main()
