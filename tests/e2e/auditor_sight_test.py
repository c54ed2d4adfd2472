"""An auditor's token sees no personal data on any route: every route of the reviewed table is asked, in
every way there is, on an installation full of people, and every answer, header and error is searched for
every e-mail, phone, name, card, token and tag. An officer's token, asked the same way, sees some."""
import base64
import contextlib
import http.client
import json
import pathlib
import re
import unittest
import urllib.parse

from installation import ROLES, ROOT, Installation
from needles import SHORTEST, Needles, grep, people_of
from sample_circle import AS_OF, CHANNELS, Release, erase, open_shop
from tsa import Tsa

CANARY = "канарейка-Yw4Kt"
CANARIES = (
    "external_id;first_name;last_name;email;phone;birth_date;city\n"
    f"Y1;{CANARY}-имя;{CANARY}-фамилия;yw4kt.canary@example.com;+70000088001;1999-01-02;{CANARY}-город\n"
    f"Y2;{CANARY}-отвергнут;;yw4kt.rejected@example.com;+70000088002;31.02.1999;\n")
NOBODY = "11111111-1111-4111-8111-111111111111"
TAGS = ("SELECT encode(tag, 'hex') FROM identifier UNION SELECT encode(tag, 'hex') FROM unit_tag UNION "
        "SELECT encode(external_tag, 'hex') FROM record UNION SELECT encode(contact_tag, 'hex') FROM "
        "consent_event WHERE contact_tag <> '' UNION SELECT encode(suppression_tag, 'hex') FROM "
        "suppression UNION SELECT encode(marker_tag, 'hex') FROM erasure_marker")
ERASED_TAG = "00" * 16


def table():
    """[(method, pattern, {role: it may})] of tests/golden/roles_matrix.txt."""
    columns = ("administrator", "officer", "marketer", "auditor", "integrator")
    rows = []
    for line in (ROOT / "tests" / "golden" / "roles_matrix.txt").read_text().splitlines():
        if not line.startswith("#"):
            method, pattern, _, *words = line.split()
            rows.append((method, pattern, dict(zip(columns, (word != "-" for word in words)))))
    return rows


class AuditorSightTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = Installation()
        cls.addClassCleanup(home.close)
        cls.sample = open_shop(home)
        cls.person = cls.sample.shop[9]
        (home.dir / "canaries.csv").write_text(CANARIES, encoding="utf-8")
        home.ok("import", "--source", "canary", "--mapping", "contacts", home.dir / "canaries.csv",
                role="integrator")
        home.ok("consent", "record", "--identifier", "email", "--channel", "email", "--action",
                "withdraw", role="officer", stdin=cls.sample.story["withdraw"]["email"] + "\n")
        for channel in CHANNELS:
            cls.release = Release(home, channel).id
        cls.texts = {text for text in cls.personal() if len(text.encode()) >= SHORTEST}
        cls.request = erase(home, "email", cls.sample.story["erase"]["email"])
        home.ok("audit", "announce-retention")
        home.start_server()
        cls.needles = Needles(cls.texts)
        cls.tags = set(home.psql("data", TAGS).split()) - {ERASED_TAG}
        cls.names = cls.ids()
        cls.people = {"identifier": {"kind": "email", "value": cls.person["email"]}}
        cls.asked = 0

    @classmethod
    def personal(cls):
        texts = {CANARY, "yw4kt.canary@example.com", "yw4kt.rejected@example.com", "70000088001",
                 "70000088002"}
        return (texts | people_of(cls.sample) | {cls.home.token(role) for role in ("admin", *ROLES)})

    @classmethod
    def stamp(cls, published):
        """A time stamp of the log as the signer keeps it; its name."""
        note = (published / "checkpoint").read_bytes()
        checkpoint = published / "timestamps" / f"{note.split()[1].decode()}.checkpoint"
        checkpoint.parent.mkdir()
        checkpoint.write_bytes(note)
        with contextlib.closing(Tsa()) as tsa:
            checkpoint.with_suffix(".tsr").write_bytes(tsa.stamp(checkpoint))
        return checkpoint.stem + ".tsr"

    @classmethod
    def ids(cls):
        """What stands for the names in the routes: each the id of something that is there."""
        one = cls.home.psql
        link = one("data", "SELECT record_a, record_b FROM link LIMIT 1").split("|")
        published = cls.home.dir / "state" / "published" / one("data", "SELECT tenant FROM tenant")
        return {
            "{token}": one("safe", "SELECT token_id FROM token WHERE role = 'officer' LIMIT 1"),
            "{source}": "webshop", "{name}": "sleeping_180d", "{log}": cls.home.tenant,
            "{import}": one("data", "SELECT import_id FROM rejected_row LIMIT 1"),
            "{record}": one("data", "SELECT e.record_id FROM consent_event e JOIN record r USING "
                                    "(tenant, record_id) WHERE r.state = 0 LIMIT 1"),
            "{other}": link[1], "{release}": cls.release, "{request}": cls.request,
            "{profile}": one("data", "SELECT profile_id FROM membership WHERE to_at IS NULL LIMIT 1"),
            "{event}": one("data", "SELECT event_id FROM audit_leaf WHERE tenant <> "
                                   "'00000000-0000-0000-0000-000000000000' LIMIT 1"),
            "{file}": cls.stamp(published),
            "{path...}": [str(file.relative_to(published / "tile"))
                          for file in sorted((published / "tile").rglob("*")) if file.is_file()]}

    def bodies(self):
        """A good body of every route that takes one."""
        return {
            "/v1/tokens": {"name": "x", "role": "auditor"},
            "/v1/sources/{source}/imports": CANARIES,
            "/v1/consents": {**self.people, "purpose": "direct_marketing", "channel": "email",
                             "action": "withdraw"},
            "/v1/decisions": {**self.people, "purpose": "direct_marketing", "channel": "email"},
            "/v1/recipients": {"name": "printer", "role": "processor", "country": "DE",
                               "contracts": [], "fields": ["contact"], "duties": []},
            "/v1/segments/compute": {"as_of": AS_OF},
            "/v1/segments/{name}/releases": {
                "purpose": "direct_marketing", "channel": "email", "recipient": "mailhouse",
                "fields": ["contact"], "as_of": AS_OF},
            "/v1/searches": self.people,
            "/v1/profiles/{profile}/read": {"fields": ["contact_points", "first_name"],
                                            "reason": CANARY},
            "/v1/records/{record}/unmerge": None,
            "/v1/records/{record}/key": None,
            "/v1/requests": {**self.people, "type": "erasure"}}

    def ask(self, role, method, path, body=None, **headers):
        """(status, everything that came back as bytes); kept for the search."""
        connection = http.client.HTTPConnection("127.0.0.1", self.home.port, timeout=60)
        headers = {key.replace("_", "-"): value for key, value in headers.items()}
        headers["Authorization"] = "Bearer " + self.home.token(role)
        if isinstance(body, dict):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        connection.request(method, urllib.parse.quote(path, safe="/?&=%"),
                           body=body.encode() if body else None, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        type(self).asked += 1
        kept = self.home.dir / "answers" / f"{self.asked:05}-{role}.answer"
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes(f"{method} answered {answer.status} {answer.reason}\n{head}\n\n".encode()
                         + content)
        return answer.status, content

    def paths(self, pattern):
        """The route's paths with ids that are there, and with ids that are not."""
        several = self.names["{path...}"] if "{path...}" in pattern else [""]
        for rest in several:
            yield re.sub(r"\{[^}]+\}",
                         lambda m, rest=rest: rest if m[0] == "{path...}" else self.names[m[0]],
                         pattern)

    def wrong_asks(self, role, method, pattern, path, body):
        """The same route asked wrongly, with somebody's data where it does not belong."""
        email, name = self.person["email"], self.person["first_name"] + " " + self.person["last_name"]
        for place in (NOBODY, email, name):
            if "{" in pattern:
                self.ask(role, method, re.sub(r"\{[^}]+\}", place, pattern), body)
        for query in (f"email={email}", f"as_of={name}", f"from={email}", f"limit={name}",
                      f"mapping={name}", f"after={email}"):
            self.ask(role, method, f"{path}?{query}", body, Accept_Language="ru")
        if body is not None:
            for wrong in ({email: name}, {"identifier": {"kind": name, "value": email}},
                          {"identifier": {"kind": "email", "value": "@@" + email}, "purpose": email,
                           "channel": name, "action": name, "type": name, "name": email}):
                self.ask(role, method, path, wrong, Accept_Language="ru")
            self.ask(role, method, path, '{"identifier": "' + email, Content_Type="application/json")
            self.ask(role, method, path, name, Content_Type="text/plain")
        self.ask(role, method, path, body, Assent_On_Behalf_Of=email)
        self.ask(role, method, path, body, Idempotency_Key=email, Cookie=name.encode().hex())

    def walk(self, role, wrongly=True):
        """{(method, pattern): statuses} of every route."""
        statuses = {}
        bodies = self.bodies()
        for method, pattern, _ in table():
            body = bodies[pattern] if method == "POST" else None
            for path in self.paths(pattern):
                for headers in ({}, {"Accept": "text/csv"}, {"Accept": "text/plain"}):
                    status, _ = self.ask(role, method, path, body, **headers)
                    statuses.setdefault((method, pattern), set()).add(status)
            if wrongly:
                self.wrong_asks(role, method, pattern, path, body)
        return statuses

    def patterns(self):
        """{bytes: text}: every spelling of every needle, tags among them."""
        patterns = {pattern: text for pattern, (_, text) in self.needles.of.items()}
        for tag in self.tags:
            raw = bytes.fromhex(tag)
            for pattern in (tag.encode(), tag.upper().encode(), base64.b64encode(raw)[:21],
                            base64.urlsafe_b64encode(raw)[:21], max(raw.split(b"\n"), key=len)):
                if len(pattern) >= SHORTEST:
                    patterns[pattern] = "tag " + tag
        return patterns

    def found(self, role):
        """{text: a file that holds it} among what the role was answered."""
        answers = list((self.home.dir / "answers").glob(f"*-{role}.answer"))
        self.assertTrue(answers)
        patterns = self.patterns()
        return {patterns[match]: pathlib.Path(file).name
                for match, file in grep(patterns, *answers).items()}

    def test_1_an_auditor_sees_nobody_on_any_route(self):
        statuses = self.walk("auditor")
        self.assertGreater(len(self.texts), 1000)
        self.assertGreater(len(self.tags), 500)
        for method, pattern, may in table():
            with self.subTest(f"{method} {pattern}"):
                got = statuses[method, pattern]
                if may["auditor"]:
                    self.assertIn(200, got, "the walk does not reach it")
                else:
                    self.assertEqual(got, {403})
        self.assertEqual(self.found("auditor"), {})

    def test_2_the_entries_an_auditor_takes_home_hold_no_tag_and_no_text(self):
        _, text = self.ask("auditor", "GET", "/v1/log/bundle")
        leaves = [base64.b64decode(line) for line in text.decode().split("\n\n", 1)[1].splitlines()
                  if not line.startswith(("hashes ", "count ")) and len(line) >= 300]
        self.assertGreater(len(leaves), 20)
        path = self.home.dir / "answers" / "leaves-entries.answer"
        path.write_bytes(b"\n".join(leaves))
        self.assertEqual(self.found("entries"), {})

    def test_3_an_officer_asked_the_same_way_sees_people(self):
        people = self.home.psql("data", "SELECT DISTINCT profile_id FROM membership WHERE to_at IS NULL"
                                        " LIMIT 20").split()
        for profile in people:
            status, _ = self.ask("officer", "POST", f"/v1/profiles/{profile}/read",
                                 self.bodies()["/v1/profiles/{profile}/read"])
            self.assertEqual(status, 200)
        self.assertGreater(len(self.found("officer")), 10)

    def test_4_the_same_search_finds_every_spelling_and_every_tag(self):
        patterns = self.patterns()
        path = self.home.dir / "answers" / "all-control.answer"
        path.write_bytes(b"\n".join(patterns))  # A line each, which no other can hide.
        self.assertEqual(patterns.keys() - grep(patterns, path).keys(), set())
        self.assertEqual(self.found("control").keys(), self.texts | {"tag " + t for t in self.tags})


if __name__ == "__main__":
    unittest.main(verbosity=2)
