"""On whose behalf: a system's token that was made for it names a person by a reference of its own, and
no other token can; what the program does later names the token that asked."""
import csv
import io
import json
import subprocess
import time
import unittest
import urllib.parse
import uuid

from installation import Installation, binary
from sample_circle import AS_OF, Release, open_shop

HEADER = "Assent-On-Behalf-Of"
RELEASE = {"purpose": "direct_marketing", "channel": "email", "recipient": "mailhouse",
           "fields": ["contact"], "as_of": AS_OF}
NONE = "00000000-0000-0000-0000-000000000000"


class OnBehalfTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = Installation()
        cls.addClassCleanup(home.close)
        cls.sample = open_shop(home)
        for role in ("officer", "marketer", "auditor"):
            home.keep_token("desk-" + role, home.ok(
                "token", "create", "--role", role, "--name", "desk", "--acts-for-others"
                ).stdout.strip())
        home.start_server()

    def call(self, method, path, status, body=None, role=None, person=None):
        headers = {} if person is None else {HEADER: person}
        got, answered, answer = self.home.request(method, path, body, role, headers)
        self.assertEqual(got, status, answer)
        if status >= 400:
            self.assertEqual(answered["Content-Type"], "application/problem+json")
        return answer

    def entries(self, **query):
        """What the log has of it, as soon as it has a number."""
        ends = time.monotonic() + 60
        while True:
            page = self.call("GET", "/v1/audit/entries?" + urllib.parse.urlencode(query), 200,
                             role="auditor")
            if page["entries"]:
                return page["entries"]
            self.assertLess(time.monotonic(), ends, query)
            time.sleep(0.1)

    def search(self, status, role, person):
        body = {"identifier": {"kind": "email", "value": self.sample.shop[7]["email"]}}
        return self.call("POST", "/v1/searches", status, body, role, person)

    def count(self):
        """Entries, numbered or waiting, but for openings and heartbeats."""
        return int(self.home.psql("data", (
            "SELECT count(*) FROM (SELECT leaf FROM audit_leaf UNION ALL SELECT leaf FROM "
            "audit_outbox) l WHERE substring(leaf FROM 6 FOR 2) NOT IN ('\\x0120', '\\x0101')")))

    # -- A system that acts for people

    def test_it_is_in_the_entry_apart_from_the_actor_and_in_every_view(self):
        person = str(uuid.uuid4())
        self.search(200, "desk-officer", person)
        shown = self.entries(on_behalf_of=person)
        self.assertEqual([e["act"] for e in shown], ["LOOKUP"])
        self.assertEqual(shown[0]["on_behalf_of"], person)
        self.assertEqual(shown[0]["actor_kind"], "token")
        self.assertNotIn(shown[0]["actor"], (person, NONE))
        everything = self.entries(limit=1000)
        self.assertGreater(len(everything), len(shown))
        ours = [e["index"] for e in everything if e.get("on_behalf_of") == person]
        self.assertEqual(ours, [e["index"] for e in shown])
        args = ("audit", "entries", "--on-behalf-of", person)
        rows = list(csv.DictReader(io.StringIO(self.home.ok(
            *args, "--format", "csv", role="auditor").stdout.split("\n", 1)[1])))
        self.assertEqual([row["on_behalf_of"] for row in rows], [person])
        self.assertIn(f" for {person}  ", self.home.ok(*args, role="auditor").stdout)
        place = self.home.dir / "follow.place"
        lines = self.home.ok("audit", "follow", "--once", "--state", place, role="auditor").stdout
        told = [json.loads(line) for line in lines.splitlines()]
        self.assertEqual([e["index"] for e in told if e.get("on_behalf_of") == person], ours)
        place.unlink()
        cef = self.home.ok("audit", "follow", "--once", "--state", place, "--format", "cef",
                           role="auditor").stdout.splitlines()
        self.assertEqual(len([line for line in cef if "flexString1Label=onBehalfOf flexString1="
                              + person in line]), 1)
        leaf = self.home.dir / "leaf.bin"
        leaf.write_bytes(bytes.fromhex(self.home.psql("data", (
            "SELECT encode(leaf, 'hex') FROM audit_leaf WHERE event_id = "
            f"'{shown[0]['event_id']}'"))))
        explained = subprocess.run([binary("assent-verify"), "explain", leaf], capture_output=True,
                                   text=True, timeout=60, check=True).stdout
        self.assertRegex(explained, f"(?m)^on behalf of +{person}$")

    def test_every_entry_of_the_call_has_it_and_none_of_the_next(self):
        person = str(uuid.uuid4())
        made = self.call("POST", "/v1/segments/sleeping_180d/releases", 201, RELEASE,
                         "desk-marketer", person)
        self.call("GET", made["file"], 200, None, "desk-marketer", person)
        self.call("GET", "/v1/releases", 200, None, "desk-marketer")
        shown = self.entries(on_behalf_of=person, act="RELEASE_DELIVERED")
        self.assertEqual(len(shown), 1)
        acts = {e["act"] for e in self.entries(on_behalf_of=person)}
        self.assertEqual(acts, {"SEGMENT_COMPUTED", "RELEASE_OPENED", "RECORD_READ",
                                "DECISION_FOR_USE", "RELEASE_DELIVERED"})

    def test_a_command_says_it_too(self):
        person = str(uuid.uuid4())
        email = self.sample.shop[8]["email"] + "\n"
        find = ("rights", "find", "--identifier", "email")
        self.home.ok("--on-behalf-of", person, *find, role="desk-officer", stdin=email)
        self.assertEqual([e["act"] for e in self.entries(on_behalf_of=person)], ["LOOKUP"])
        for refused, role in ((person, "officer"), ("Olga", "desk-officer"), ("", "desk-officer")):
            done = self.home.run("--on-behalf-of", refused, *find, role=role, stdin=email)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertNotIn("Olga", done.stderr)

    # -- Nobody else

    def test_a_token_without_the_right_is_refused_and_leaves_nothing(self):
        before = self.count()
        person = str(uuid.uuid4())
        self.search(403, "officer", person)
        self.call("GET", "/v1/tokens", 403, None, "admin", person)
        self.call("GET", "/v1/releases", 403, None, "marketer", "")
        self.assertEqual(self.count(), before)
        self.search(200, "officer", None)

    def test_the_right_gives_no_other_right(self):
        self.call("GET", "/v1/tokens", 403, None, "desk-officer", str(uuid.uuid4()))
        self.call("POST", "/v1/tokens", 403, {"role": "officer", "name": "x",
                                              "acts_for_others": True}, "desk-officer")

    def test_anything_but_a_random_reference_is_refused_without_being_said_again(self):
        before = self.count()
        for wrong in ("Olga Petrova", "olga@example.com", "+79991234567", "", NONE, "x1",
                      str(uuid.uuid1()), str(uuid.uuid5(uuid.NAMESPACE_DNS, "olga@example.com")),
                      "00000000-0000-0000-0000-079991234567", "{" + str(uuid.uuid4()) + "}",
                      uuid.uuid4().hex, str(uuid.uuid4()) + ", " + str(uuid.uuid4())):
            with self.subTest(wrong):
                problem = self.search(400, "desk-officer", wrong)
                if wrong:
                    self.assertNotIn(wrong, json.dumps(problem))
        self.assertEqual(self.count(), before)

    def test_a_token_says_whether_it_may(self):
        made = self.call("POST", "/v1/tokens", 201, {"role": "officer", "name": "crm",
                                                     "acts_for_others": True}, "admin")
        self.assertIs(made["acts_for_others"], True)
        plain = self.call("POST", "/v1/tokens", 201, {"role": "officer", "name": "p"}, "admin")
        self.assertIs(plain["acts_for_others"], False)
        listed = self.call("GET", "/v1/tokens", 200, None, "admin")["tokens"]
        self.assertEqual({t["name"] for t in listed if t["acts_for_others"]}, {"desk", "crm"})
        lines = self.home.ok("token", "list").stdout.splitlines()
        self.assertEqual({line.split()[-1] for line in lines if " for others " in line},
                         {"desk", "crm"})

    # -- What the program does later

    def test_what_the_program_does_for_an_erasure_names_the_token_that_asked(self):
        email = self.sample.story["erase"]["email"]
        request = self.call("POST", "/v1/requests", 202, {
            "type": "erasure", "identifier": {"kind": "email", "value": email}}, "officer")["id"]
        closed = self.entries(object=request, act="REQUEST_CLOSED")
        acts = {e["act"]: e for e in self.entries(object=request)}
        asked = acts["ERASE_REQUESTED"]
        self.assertEqual(asked["actor_kind"], "token")
        self.assertNotIn("on_behalf_of", asked)
        for act in ("KEY_DESTROYED", "ERASURE_COMPLETED", "REQUEST_CLOSED"):
            self.assertEqual(acts[act]["actor_kind"], "process", act)
            self.assertNotIn("actor", acts[act])
            self.assertEqual(acts[act]["on_behalf_of"], asked["actor"], act)
        self.assertEqual(closed[0]["on_behalf_of"], asked["actor"])

    def test_the_abort_of_an_abandoned_delivery_names_the_token_that_asked(self):
        release = Release(self.home, "sms").id
        opened = self.entries(object=release, act="RELEASE_OPENED")[0]
        # As a program leaves it that died while it delivered; the next start looks for such.
        self.home.psql("data", "UPDATE release SET state = 1, closed_at = NULL WHERE release_id = "
                               f"'{release}'")
        self.home.stop_server()
        self.home.start_server()
        aborted = self.entries(object=release, act="RELEASE_ABORTED")[0]
        self.assertEqual(aborted["actor_kind"], "process")
        self.assertNotIn("actor", aborted)
        self.assertEqual(aborted["on_behalf_of"], opened["actor"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
