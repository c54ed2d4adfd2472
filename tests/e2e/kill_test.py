"""kill -9 of the program, of the signer, of the destroyer of keys, of the data cluster and of the safe at
random moments of an import, an erasure, a withdrawal, a release and the stream of one over HTTP; afterwards
nothing acknowledged is missing and nothing is half.

ASSENT_KILLS   how many kills [10]
ASSENT_SEED    repeats a run; printed at the start
"""
import csv
import http.client
import io
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import unittest

from installation import Installation, binary
from sample_circle import AS_OF, MAILHOUSE, Release, folded, rows_of

PEOPLE = 2100       # In each imported file: more than one group of the importer.
CONSENTING = 6      # The first of them.
BAD_ROWS = 3
FIRST_REACH_SECONDS = 0.5  # From the beginning of an act to its kill, at most.
SETTLE_SECONDS = 30
OLD_DAY = "2026-01-10T10:00:00Z"
CAPTIONS = ("external_id;first_name;email;phone;country;purpose;channel;action;effective_at;notice;"
            "method\n")


class Files:
    """What one import round brings: people of its own, their purchases, some rows that are no good."""

    def __init__(self, directory, number):
        self.source = f"shop{number}"
        self.contacts = directory / f"contacts{number}.csv"
        self.orders = directory / f"orders{number}.csv"
        self.consenting = [f"person{i}.of{number}@example.com" for i in range(CONSENTING)]
        self.records, self.bad = PEOPLE, BAD_ROWS
        self.purchases = 2 * PEOPLE
        self.minor = sum(2 * (10000 + i) for i in range(PEOPLE))
        self.contacts.write_text(CAPTIONS + "".join(self.contact_rows(number)), encoding="utf-8")
        # Two equal rows a person: real purchases both.
        self.orders.write_text("external_id;ordered_at;quantity;amount;currency\n" + "".join(
            f"P{i};{OLD_DAY};1;{100 + i // 100}.{i % 100:02};RUB\n" for i in range(PEOPLE)
            for _ in range(2)), encoding="utf-8")

    @staticmethod
    def contact_rows(number):
        for i in range(PEOPLE):
            who = f"P{i};Анна;person{i}.of{number}@example.com;+7000{number:03}{i:04};RU;"
            if i < CONSENTING:
                yield who + ("direct_marketing;;give;2026-06-08T13:00:00Z;ru-processing-2025;paper\n")
                yield who + ("direct_marketing;email;give;2026-06-08T13:00:10Z;ru-ads-email-2025;"
                             "web_form\n")
            else:
                yield who + ";;;;;\n"
        for i in range(BAD_ROWS):
            yield f"X{i};Анна;x{i}.of{number}@example.com;;RU;direct_marketing;email;give;31.02.2026;;\n"


class Attempt(threading.Thread):
    """One act through the command or the server, which may be killed under it."""

    def __init__(self, home, command, request):
        super().__init__()
        self.home, self.command, self.request = home, command, request
        self.process, self.answer, self.status = None, "", None
        self.started_program = threading.Event()

    def run(self):
        if self.request:
            self.started_program.set()
            try:
                self.status, _, self.answer = self.home.request(*self.request[:2],
                                                                **self.request[2])
            except (OSError, http.client.HTTPException, ValueError):
                self.status = None  # The server is gone; half an answer is none.
            return
        arguments, role, stdin = self.command
        self.process = subprocess.Popen(self.home.arguments(*arguments, role=role), text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.started_program.set()
        self.answer, _ = self.process.communicate(stdin)
        self.status = self.process.returncode

    def acknowledged(self):
        return self.status == 0 if self.command else self.status in (200, 201, 202)


class KillTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kills = int(os.environ.get("ASSENT_KILLS", "10"))
        cls.seed = int(os.environ.get("ASSENT_SEED", random.SystemRandom().randrange(1 << 32)))
        print(f"{cls.kills} kills, ASSENT_SEED={cls.seed}", file=sys.stderr, flush=True)
        cls.home = Installation()
        cls.addClassCleanup(cls.home.close)

    def setUp(self):
        self.dice = random.Random(self.seed)
        self.rounds = []            # Files whose import is complete.
        self.erased = set()         # E-mails of people whose erasure is complete.
        self.withdrawn = set()
        self.requests = set()       # Acknowledged requests and releases, by id.
        self.releases = set()
        self.reach = {}
        self.strikes = self.in_flight = 0

    def test_after_every_kill_the_state_is_right_and_nothing_acknowledged_is_missing(self):
        self.home.ok(*MAILHOUSE, role="officer")
        self.home.start_server()
        self.import_round("nothing")
        acts = (self.import_round, self.erase_round, self.withdraw_round, self.release_round,
                self.stream_round)
        for number in range(self.kills):
            act = acts[number % len(acts)]
            victim = self.dice.choice(("program", "data", "safe", "signer", "destroyer"))
            with self.subTest(kill=number, act=act.__name__, victim=victim, seed=self.seed):
                act(victim)
                self.check()
        print(f"{self.in_flight} of {self.strikes} kills struck an act that was running",
              file=sys.stderr)
        self.assertGreater(self.in_flight, 0)

    # -- One act with its kill, then the same act until it is done

    def struck(self, act, victim, command, request):
        """The act, killed at a random moment; everything stands again afterwards."""
        by_command = self.dice.random() < 0.5 and command is not None
        attempt = Attempt(self.home, *((command, None) if by_command else (None, request)))
        reach = self.reach.setdefault((act, by_command), FIRST_REACH_SECONDS)
        delay = self.dice.uniform(0, reach)
        attempt.start()
        attempt.started_program.wait()
        time.sleep(delay)
        running = attempt.is_alive()
        # Machines differ: the moment comes sooner where the act is over too soon.
        self.reach[act, by_command] = reach * (1.2 if running else 0.5)
        self.in_flight += running and victim != "nothing"
        self.strikes += victim != "nothing"
        if victim == "program":
            if attempt.process:
                attempt.process.kill()
            else:
                self.home.stop_server(signal.SIGKILL)
        elif victim == "signer":
            self.home.stop_signer(signal.SIGKILL)
            self.home.start_signer()
        elif victim == "destroyer":
            self.home.stop_destroyer(signal.SIGKILL)
            self.home.start_destroyer()
        elif victim != "nothing":
            self.home.clusters(f"kill-{victim}")
            self.home.clusters("start")
        attempt.join(timeout=120)
        self.assertFalse(attempt.is_alive(), "the act hangs")
        if self.home.server is None:
            self.home.start_server()
        self.assertIsNone(self.home.server.poll(), "the server did not survive")
        self.wait_ready()
        return attempt

    def wait_ready(self):
        for _ in range(SETTLE_SECONDS * 10):
            if self.home.request("GET", "/v1/ready")[0] in (200, 204):
                return
            time.sleep(0.1)
        self.fail("the server does not become ready again")

    def import_round(self, victim):
        files = Files(self.home.dir, len(self.rounds))
        for source, mapping, path, customers in (
                (files.source, "contacts", files.contacts, ""),
                (files.source + "_orders", "orders", files.orders, files.source)):
            more = ("--customers-of", customers) if customers else ()
            command = (("import", "--source", source, "--mapping", mapping, *more, path),
                       "integrator", "")
            query = f"?mapping={mapping}" + (f"&customers_of={customers}" if customers else "")
            request = ("POST", f"/v1/sources/{source}/imports{query}",
                       {"role": "integrator", "body": path.read_bytes()})
            attempt = self.struck(mapping, victim, command, request)
            if not attempt.acknowledged():
                self.home.ok(*command[0], role="integrator")
        self.rounds.append(files)

    def someone(self):
        return self.dice.choice(list(self.permitted()))

    def erase_round(self, victim):
        who = self.someone()
        command = (("rights", "erase", "--identifier", "email"), "officer", who + "\n")
        request = ("POST", "/v1/requests", {"role": "officer", "body": {
            "type": "erasure", "identifier": {"kind": "email", "value": who}}})
        attempt = self.struck("erasure", victim, command, request)
        if attempt.acknowledged():
            self.requests.add(attempt.answer["id"] if isinstance(attempt.answer, dict) else
                              re.search(r"request ([0-9a-f-]{36})", attempt.answer).group(1))
        else:
            again = self.home.run(*command[0], role="officer", stdin=who + "\n")
            if again.returncode != 0:  # Begun already: nobody holds it any more.
                found = self.home.ok("rights", "find", "--identifier", "email", role="officer",
                                     stdin=who + "\n").stdout
                self.assertIn("nobody", found, again.stderr)
        self.erased.add(who)

    def withdraw_round(self, victim):
        who = self.someone()
        command = (("consent", "record", "--identifier", "email", "--channel", "email", "--action",
                    "withdraw", "--reference", who.split("@")[0]), "officer", who + "\n")
        request = ("POST", "/v1/consents", {"role": "officer", "body": {
            "identifier": {"kind": "email", "value": who}, "purpose": "direct_marketing",
            "channel": "email", "action": "withdraw", "reference": who.split("@")[0]}})
        attempt = self.struck("withdrawal", victim, command, request)
        if not attempt.acknowledged():
            self.home.ok(*command[0], role="officer", stdin=who + "\n")
        self.withdrawn.add(who)

    def release_round(self, victim):
        path = self.home.dir / "struck.csv"
        path.unlink(missing_ok=True)
        command = (("release", "create", "--segment", "sleeping_180d", "--purpose",
                    "direct_marketing", "--channel", "email", "--recipient", "mailhouse",
                    "--fields", "contact,first_name", "--as-of", AS_OF, "--output", path),
                   "marketer", "")
        request = ("POST", "/v1/segments/sleeping_180d/releases", {"role": "marketer", "body": {
            "purpose": "direct_marketing", "channel": "email", "recipient": "mailhouse",
            "fields": ["contact", "first_name"], "as_of": AS_OF}})
        attempt = self.struck("release", victim, command, request)
        if attempt.acknowledged():
            self.releases.add(attempt.answer["id"] if isinstance(attempt.answer, dict) else
                              re.search(r"^release (\S+)", attempt.answer).group(1))
            if attempt.command:
                self.assertEqual(self.delivered(path), self.permitted())
        release = Release(self.home, "email")
        self.releases.add(release.id)
        self.assertEqual(set(release.contacts), self.permitted())

    def stream_round(self, victim):
        """The link of a release, killed while its file streams."""
        status, _, release = self.home.request("POST", "/v1/segments/sleeping_180d/releases", {
            "purpose": "direct_marketing", "channel": "email", "recipient": "mailhouse",
            "fields": ["contact", "first_name"], "as_of": AS_OF}, "marketer")
        self.assertEqual(status, 201, release)
        self.releases.add(release["id"])
        attempt = self.struck("stream", victim, None,
                              ("GET", release["file"], {"role": "marketer"}))
        self.settle()
        state, closed = self.data("SELECT state, closing IS NOT NULL FROM release WHERE release_id"
                                  f" = '{release['id']}'").split("|")
        # Whole and signed, or broken off and not; a link that was never reached is still open.
        self.assertIn((state, closed), (("0", "f"), ("2", "t"), ("3", "f")))
        if attempt.acknowledged():
            rows = csv.DictReader(io.StringIO(attempt.answer.decode()))
            self.assertEqual({folded(row["contact"]) for row in rows}, self.permitted())
            self.assertEqual(state, "2")
        again = self.home.request("GET", release["file"], role="marketer")[0]
        self.assertEqual(again, 200 if state == "0" else 404)

    @staticmethod
    def delivered(path):
        return {folded(row["contact"]) for row in rows_of(path)}

    def permitted(self):
        everybody = [who for files in self.rounds for who in files.consenting]
        return dict.fromkeys(who for who in everybody
                             if who not in self.erased and who not in self.withdrawn).keys()

    # -- What must hold

    def data(self, sql):
        return self.home.psql("data", sql)

    def safe(self, sql):
        return self.home.psql("safe", sql)

    def settle(self):
        """The worker and the follower of the server have done what waits."""
        unfinished = ("SELECT (SELECT count(*) FROM record WHERE state = 1)"
                      " + (SELECT count(*) FROM request WHERE state <> 'completed')"
                      " + (SELECT count(*) FROM pending_shred)"
                      " + (SELECT count(*) FROM release WHERE state = 1)")
        for _ in range(SETTLE_SECONDS * 10):
            denials = self.data("SELECT count(*) FROM change_feed WHERE kind IN (4, 5, 6)")
            if (self.data(unfinished) == "0"
                    and self.safe("SELECT count(*) FROM denial") == denials):
                return
            time.sleep(0.1)
        self.fail("unfinished: " + self.data(
            "SELECT 'erasing ' || count(*) FROM record WHERE state = 1 UNION ALL "
            "SELECT 'request ' || count(*) FROM request WHERE state <> 'completed' UNION ALL "
            "SELECT 'keys ' || count(*) FROM pending_shred UNION ALL "
            "SELECT 'streaming ' || count(*) FROM release WHERE state = 1 UNION ALL "
            "SELECT 'denials ' || count(*) FROM change_feed WHERE kind IN (4, 5, 6)")
                  + " in the safe: " + self.safe("SELECT count(*) FROM denial"))

    def check(self):
        self.settle()
        self.check_imports()
        self.check_erasures()
        self.check_acknowledged()
        self.check_log()

    def check_imports(self):
        gone = len(self.erased)
        files = self.rounds
        self.assertEqual(self.data("SELECT count(*) FROM record WHERE state = 0"),
                         str(sum(f.records for f in files) - gone))
        self.assertEqual(self.data("SELECT count(*) FROM membership m JOIN record r USING (tenant, "
                                   "record_id) WHERE to_at IS NULL AND state = 0"),
                         str(sum(f.records for f in files) - gone))
        erased_minor = sum(2 * (10000 + int(re.match(r"person(\d+)", who).group(1)))
                           for who in self.erased)
        self.assertEqual(self.data("SELECT count(*) || ' ' || sum(amount_minor) FROM purchase"),
                         f"{sum(f.purchases for f in files) - 2 * gone} "
                         f"{sum(f.minor for f in files) - erased_minor}")
        self.assertEqual(self.data("SELECT count(*) FROM import WHERE state = 0"), "0")
        self.assertEqual(self.data("SELECT count(*) FROM rejected_row"),
                         str(sum(f.bad for f in files)))

    def check_erasures(self):
        self.assertEqual(self.safe("SELECT count(*) FROM subject_key k JOIN tombstone t USING "
                                   "(tenant, subject) WHERE k.purpose = 0"), "0")
        buried = set(self.safe("SELECT subject FROM tombstone").split())
        self.assertTrue(set(self.data("SELECT record_id FROM tombstone").split()) <= buried)
        self.assertEqual(self.data("SELECT count(*) FROM tombstone"), str(len(self.erased)))
        keyed = set(self.safe("SELECT subject FROM subject_key WHERE purpose = 0").split())
        live = set(self.data("SELECT record_id FROM record WHERE state = 0").split())
        self.assertEqual(live - keyed, set(), "records without a key")

    def check_acknowledged(self):
        self.assertTrue(self.requests
                        <= set(self.data("SELECT request_id FROM request").split()))
        self.assertTrue(self.releases
                        <= set(self.data("SELECT release_id FROM release").split()))
        self.assertEqual(self.data("SELECT count(DISTINCT record_id) FROM consent_event "
                                   "WHERE action = 4"), str(len(self.withdrawn)))

    def check_log(self):
        policy, bundle = self.home.dir / "policy.txt", self.home.dir / "log.bundle"
        if not policy.exists():
            policy.write_text(self.home.ok("audit", "policy", role="auditor").stdout)
        self.home.ok("audit", "export", "--output", bundle, role="auditor")
        verified = subprocess.run([binary("assent-verify"), "bundle", bundle, "--policy", policy],
                                  capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
