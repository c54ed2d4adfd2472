"""Receipts of critical acts: with the signer running each answer carries one that assent-verify
believes, by the policy alone; without it the act stands, and the receipt is fetched later."""
import concurrent.futures
import contextlib
import re
import subprocess
import time
import unittest

from installation import Installation, binary
from sample_circle import AS_OF, Release, open_shop

RELEASE = {"purpose": "direct_marketing", "channel": "email", "recipient": "mailhouse",
           "fields": ["contact"], "as_of": AS_OF}
RECIPIENT = {"role": "processor", "country": "DE", "contracts": [], "fields": ["contact"],
             "duties": []}
CROWD = 200


class ReceiptsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = Installation()
        cls.addClassCleanup(home.close)
        cls.sample = open_shop(home)
        cls.policy = home.dir / "policy.txt"
        cls.policy.write_text(home.ok("audit", "policy", role="auditor").stdout)
        home.start_server()

    def act(self, method, path, status, body, role):
        got, headers, answer = self.home.request(method, path, body, role)
        self.assertEqual(got, status, answer)
        return answer, headers

    def leaf(self, event):
        path = self.home.dir / "leaf.bin"
        path.write_bytes(bytes.fromhex(self.home.psql(
            "data", f"SELECT encode(leaf, 'hex') FROM audit_leaf WHERE event_id = '{event}'")))
        return path

    def verify(self, receipt, event, policy=None):
        """What assent-verify says of the receipt and the leaf of the event."""
        path = self.home.dir / "act.receipt"
        path.write_text(receipt, encoding="utf-8")
        return subprocess.run([binary("assent-verify"), "entry", path, "--leaf", self.leaf(event),
                               "--policy", policy or self.policy], timeout=60, check=False,
                              stdout=subprocess.DEVNULL).returncode

    def word_of(self, event):
        """The number of the event, as the leaf has it: what the receipt is of."""
        return self.leaf(event).read_bytes()[5:7].hex()

    def check(self, answer, event, role):
        place = answer["receipt_at"]
        self.assertTrue(place.startswith("/v1/log/proofs/"), place)
        self.assertIsNotNone(answer["receipt"], "the signer runs")
        name = place.rsplit("/", 1)[1]
        self.assertEqual(self.verify(answer["receipt"], name), 0)
        self.assertEqual(self.word_of(name), event)
        self.assertEqual(self.verify(self.fetch(place, role), name), 0)

    def fetch(self, place, role):
        """The receipt as its place has it; a signer that has just begun may need a moment."""
        ends = time.monotonic() + 60
        while True:
            status, _, text = self.home.request("GET", place, role=role)
            if status == 200:
                return text.decode()
            self.assertEqual(status, 503, text)
            self.assertLess(time.monotonic(), ends, "no receipt")

    def test_every_critical_act_answers_with_a_receipt_that_verifies(self):
        token, _ = self.act("POST", "/v1/tokens", 201, {"role": "officer", "name": "x"}, "admin")
        self.check(token, "0201", "admin")
        self.assertTrue(token["token"].startswith("assent_"))
        revoked, _ = self.act("DELETE", "/v1/tokens/" + token["id"], 200, None, "admin")
        self.check(revoked, "0202", "admin")
        added, _ = self.act("POST", "/v1/recipients", 201, {**RECIPIENT, "name": "printer"}, "admin")
        self.check(added, "0603", "admin")
        release, _ = self.act("POST", "/v1/segments/sleeping_180d/releases", 201, RELEASE,
                              "marketer")
        self.check(release, "0604", "marketer")
        email = self.sample.story["erase"]["email"]
        request, _ = self.act("POST", "/v1/requests", 202, {
            "type": "erasure", "identifier": {"kind": "email", "value": email}}, "officer")
        self.check(request, "0702", "officer")
        self.check_closing("/v1/requests/" + request["id"], "0705", "officer")

    def check_closing(self, path, event, role):
        """What ends later says where its receipt is as soon as it has a number."""
        ends = time.monotonic() + 60
        while True:
            state, _ = self.act("GET", path, 200, None, role)
            if "closing_receipt_at" in state:
                break
            self.assertLess(time.monotonic(), ends, state)
            time.sleep(0.1)
        place = state["closing_receipt_at"]
        name = place.rsplit("/", 1)[1]
        self.assertEqual(self.verify(self.fetch(place, role), name), 0)
        self.assertEqual(self.word_of(name), event)

    def test_a_stream_names_the_place_of_its_receipt(self):
        _, headers = self.act("GET", "/v1/log/bundle", 200, None, "auditor")
        place = headers["X-Assent-Receipt-At"]
        name = place.rsplit("/", 1)[1]
        self.assertEqual(self.verify(self.fetch(place, "auditor"), name), 0)
        self.assertEqual(self.word_of(name), "0204")
        _, headers = self.act("GET", "/v1/audit/entries", 200, None, "auditor")
        name = headers["X-Assent-Receipt-At"].rsplit("/", 1)[1]
        self.assertEqual(self.verify(self.fetch(headers["X-Assent-Receipt-At"], "auditor"), name), 0)
        self.assertEqual(self.word_of(name), "0205")
        release, _ = self.act("POST", "/v1/segments/sleeping_180d/releases", 201, RELEASE,
                              "marketer")
        state, _ = self.act("GET", "/v1/releases/" + release["id"], 200, None, "marketer")
        self.assertNotIn("closing_receipt_at", state)
        self.act("GET", release["file"], 200, None, "marketer")
        self.check_closing("/v1/releases/" + release["id"], "0605", "marketer")

    def test_the_receipt_of_one_act_is_not_that_of_another(self):
        first, _ = self.act("POST", "/v1/tokens", 201, {"role": "officer", "name": "a"}, "admin")
        second, _ = self.act("POST", "/v1/tokens", 201, {"role": "officer", "name": "b"}, "admin")
        self.assertEqual(self.verify(first["receipt"], second["receipt_at"].rsplit("/", 1)[1]), 1)

    def test_without_the_signer_the_act_stands_and_the_receipt_comes_later(self):
        self.home.stop_signer()
        try:
            added, _ = self.act("POST", "/v1/recipients", 201, {**RECIPIENT, "name": "late"},
                                "admin")
            self.assertIsNone(added["receipt"])
            listed, _ = self.act("GET", "/v1/recipients", 200, None, "officer")
            self.assertIn("late", [one["name"] for one in listed["recipients"]])
            status, _, _ = self.home.request("GET", added["receipt_at"], role="admin")
            self.assertEqual(status, 503)
        finally:
            self.home.start_signer()
        event = added["receipt_at"].rsplit("/", 1)[1]
        self.assertEqual(self.verify(self.fetch(added["receipt_at"], "admin"), event), 0)

    def test_a_crowd_that_waits_for_the_signer_disturbs_nobody(self):
        self.home.stop_signer()
        try:
            with concurrent.futures.ThreadPoolExecutor(CROWD) as crowd:
                acts = [crowd.submit(self.home.request, "POST", "/v1/tokens",
                                     {"role": "officer", "name": f"t{n}"}, "admin")
                        for n in range(CROWD)]
                others = []
                while not all(act.done() for act in acts):
                    others.append(self.home.request("GET", "/v1/releases", role="officer")[0])
                answers = [act.result() for act in acts]
        finally:
            self.home.start_signer()
        self.assertEqual({status for status, _, _ in answers}, {201})
        self.assertEqual({answer["receipt"] for _, _, answer in answers}, {None})
        self.assertEqual(len({answer["receipt_at"] for _, _, answer in answers}), CROWD)
        self.assertGreater(len(others), 0)
        self.assertEqual(set(others), {200})

    def metrics(self):
        """{(name, label value): number}"""
        status, headers, text = self.home.request("GET", "/metrics", role="admin")
        self.assertEqual(status, 200)
        self.assertTrue(headers["Content-Type"].startswith("text/plain; version=0.0.4"))
        found = re.findall(r'^(\w+)\{\w+="([^"]*)"\} (\d+)$', text.decode(), re.MULTILINE)
        self.assertEqual(len(found), len([line for line in text.decode().splitlines()
                                          if not line.startswith("#")]))
        return {(name, label): int(value) for name, label, value in found}

    def until(self, is_so):
        """The metrics, as soon as they are so."""
        ends = time.monotonic() + 60
        while not is_so(shown := self.metrics()):
            self.assertLess(time.monotonic(), ends, shown)
            time.sleep(0.1)
        return shown

    def test_the_metrics_show_that_the_signer_is_down(self):
        log = self.home.psql("data", "SELECT tenant FROM tenant WHERE name = 'acme'")
        size, signed, at, failing = (("assent_log_" + name, log) for name in (
            "size", "checkpoint_size", "checkpoint_timestamp_seconds", "signer_failing"))
        fresh = self.until(lambda m: m[size] == m[signed])
        self.assertEqual(fresh[failing], 0)
        self.home.stop_signer()
        try:
            before = self.metrics()
            self.act("POST", "/v1/tokens", 201, {"role": "officer", "name": "m"}, "admin")
            down = self.until(lambda m: m[failing] == 1)
            self.assertEqual(down[signed], before[signed])
            self.assertEqual(down[at], before[at], "its age grows")
            self.assertGreater(down[size], down[signed])
            self.assertEqual(down["assent_log_sequencer_failing", log], 0)
            ok = ("assent_http_requests_total", "2xx")
            self.assertGreater(down[ok], before[ok])
        finally:
            self.home.start_signer()
        again = self.until(lambda m: m[failing] == 0)
        self.assertGreater(again[signed], down[signed])

    @contextlib.contextmanager
    def a_sequencer_that_hangs(self, log):
        """Its lock on this log, held in the place of the server's own."""
        held = subprocess.Popen(["psql", "-X", "-At", "-h", str(self.home.dir / "run"), "-p", "5432",
                                 "-U", "postgres", "-d", "assent"], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, text=True)
        lock = f"hashtextextended('assent.sequencer ' || '{log}', 0)"
        held.stdin.write(f"SELECT 'held' FROM pg_advisory_lock({lock});\n")
        held.stdin.flush()
        self.assertEqual(held.stdout.readline(), "held\n")
        try:
            yield
        finally:
            held.communicate("\\q\n", timeout=30)

    def test_the_metrics_show_that_the_sequencer_is_stopped(self):
        log = self.home.psql("data", "SELECT tenant FROM tenant WHERE name = 'acme'")
        failing, waiting, size = ((f"assent_log_{name}", log) for name in (
            "sequencer_failing", "waiting_leaves", "size"))
        before = self.until(lambda m: m[failing] == 0 and m[waiting] == 0)
        with self.a_sequencer_that_hangs(log):
            self.act("POST", "/v1/tokens", 201, {"role": "officer", "name": "s"}, "admin")
            stopped = self.until(lambda m: m[failing] == 1)
            self.assertGreater(stopped[waiting], 0)
            self.assertEqual(stopped[size], before[size])
            self.assertEqual(stopped["assent_log_signer_failing", log], 0, "it signed what there is")
        again = self.until(lambda m: m[failing] == 0 and m[waiting] == 0)
        self.assertGreater(again[size], stopped[size])

    def test_metrics_name_nobody_and_are_for_the_administrator(self):
        for role in ("officer", "marketer", "auditor", "integrator"):
            self.act("GET", "/metrics", 403, None, role)
        _, _, text = self.home.request("GET", "/metrics", role="admin")
        self.assertNotIn(self.home.tenant, text.decode())

    def newest(self, event):
        return self.home.psql("data", "SELECT event_id FROM audit_leaf WHERE substring(leaf FROM 6 "
                                      f"FOR 2) = '\\x{event}' ORDER BY acted_us DESC LIMIT 1")

    def test_every_command_that_reads_in_bulk_keeps_its_receipt(self):
        path, out = self.home.dir / "bulk.receipt", self.home.dir / "bulk.out"
        release = Release(self.home, "sms").id
        for event, role, command in (
                ("0204", "auditor", ("audit", "export", "--output", out)),
                ("0204", "officer", ("audit", "dump-state", "--output", out)),
                ("0204", "auditor", ("release", "evidence", release, "--output", out)),
                ("0205", "auditor", ("audit", "entries", "--act", "BATCH")),
                ("0205", "officer", ("audit", "trail", "--record", self.home.psql(
                    "data", "SELECT record_id FROM record WHERE state = 0 LIMIT 1")))):
            with self.subTest(command[1]):
                path.unlink(missing_ok=True)
                self.home.ok(*command, "--receipt", path, role=role)
                self.assertEqual(self.verify(path.read_text(), self.newest(event)), 0)

    def test_a_new_tenant_has_the_receipt_of_its_first_token(self):
        path = self.home.dir / "tenant.receipt"
        self.home.keep_token("other", self.home.ok(
            "admin", "add-tenant", "--tenant", "other", "--operator", "DE", "--targets", "DE",
            "--receipt", path).stdout.strip())
        policy = self.home.dir / "other-policy.txt"
        policy.write_text(self.home.ok("audit", "policy", role="other").stdout)
        self.assertEqual(self.verify(path.read_text(), self.newest("0201"), policy), 0)
        self.assertNotEqual(self.verify(path.read_text(), self.newest("0201")), 0)

    def test_a_command_keeps_the_receipt_of_the_end_of_a_delivery(self):
        path, end = self.home.dir / "opening.receipt", self.home.dir / "closing.receipt"
        made = ("release", "create", "--segment", "sleeping_180d", "--purpose", "direct_marketing",
                "--channel", "email", "--recipient", "mailhouse", "--fields", "contact", "--as-of",
                AS_OF)
        said = self.home.ok(*made, "--output", self.home.dir / "out.csv", "--receipt", path,
                            "--closing-receipt", end, role="marketer").stdout
        self.assertEqual(self.verify(path.read_text(), self.newest("0604")), 0)
        self.assertEqual(self.verify(end.read_text(), self.newest("0605")), 0)
        self.assertEqual(self.verify(end.read_text(), self.newest("0604")), 1)
        end.unlink()
        name = re.search(r"^release (\S+)", said).group(1)
        self.home.ok("release", "show", name, "--closing-receipt", end, role="officer")
        self.assertEqual(self.verify(end.read_text(), self.newest("0605")), 0)
        self.assertEqual(self.home.run(*made, "--closing-receipt", end, role="marketer").returncode,
                         2, "nothing ends without --output")
        opened = self.home.ok(*made, role="marketer").stdout
        name = re.search(r"^release (\S+)", opened).group(1)
        refused = self.home.run("release", "show", name, "--closing-receipt", end, role="officer")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("the release has not ended", refused.stderr)

    def test_a_command_keeps_the_receipt_in_a_file(self):
        path = self.home.dir / "command.receipt"
        self.home.ok("token", "create", "--role", "auditor", "--name", "kept", "--receipt", path)
        event = self.home.psql("data", "SELECT event_id FROM audit_leaf WHERE substring(leaf FROM "
                                       "6 FOR 2) = '\\x0201' ORDER BY idx DESC LIMIT 1")
        self.assertEqual(self.verify(path.read_text(), event), 0)
        self.home.ok("audit", "export", "--output", self.home.dir / "bundle", "--receipt", path,
                     role="auditor")
        self.assertEqual(self.verify(path.read_text(), event), 1)
        self.home.stop_signer()
        try:
            said = self.home.ok("token", "create", "--role", "auditor", "--name", "no",
                                "--receipt", path)
        finally:
            self.home.start_signer()
        self.assertFalse(path.exists(), "a receipt of an earlier act")
        self.assertIn("later: assent audit proof ", said.stderr)
        event = said.stderr.split("assent audit proof ")[1].split()[0]
        self.assertEqual(
            self.verify(self.home.ok("audit", "proof", event, role="auditor").stdout, event), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
