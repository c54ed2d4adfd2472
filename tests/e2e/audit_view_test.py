"""The log for people and their tools: looking entries up, one person's trail, a SIEM that follows."""
import csv
import io
import json
import pathlib
import re
import socket
import ssl
import subprocess
import threading
import unittest
import urllib.parse

from installation import Installation
from sample_circle import Sample, erase, import_all

ENTRY = re.compile(rb"(\d+) ")


class Receiver:
    """A SIEM: a TLS listener that keeps every frame of RFC 5425 it reads."""

    def __init__(self, directory, breaks_after=None):
        self.directory = pathlib.Path(directory)
        self.messages = []
        self.breaks_after = breaks_after
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout",
                        self.directory / "siem.key", "-out", self.directory / "siem.pem"],
                       check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.directory / "siem.pem", self.directory / "siem.key")
        self.context = context
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                raw, _ = self.socket.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(raw, server_side=True) as connection:
                    self.read(connection)
                    connection.unwrap()
            except (OSError, ssl.SSLError):
                pass

    def read(self, connection):
        waiting = b""
        while True:
            try:
                part = connection.recv(65536)
            except ssl.SSLZeroReturnError:
                return
            if not part:
                return
            waiting += part
            while (head := ENTRY.match(waiting)):
                end = head.end() + int(head.group(1))
                if len(waiting) < end:
                    break
                self.messages.append(waiting[head.end():end].decode())
                waiting = waiting[end:]
                if self.breaks_after is not None and len(self.messages) >= self.breaks_after:
                    raise OSError("the receiver is gone")

    def close(self):
        self.socket.close()


class AuditViewTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = Installation()
        cls.addClassCleanup(home.close)
        cls.sample = Sample(home, people=60)
        import_all(home, cls.sample)
        email = cls.sample.story["withdraw"]["email"]
        home.ok("consent", "record", "--identifier", "email", "--channel", "email", "--action",
                "withdraw", role="officer", stdin=email + "\n")
        cls.record = home.psql("data", "SELECT record_id FROM record JOIN audit_leaf USING "
                                       "(subject_ref) WHERE substring(leaf FROM 6 FOR 2) = '\\x0502'")
        erase(home, "email", cls.sample.story["erase"]["email"])
        home.start_server()

    def get(self, path, role="auditor", headers=None, **query):
        return self.home.request("GET", path + "?" + urllib.parse.urlencode(query), role=role,
                                 headers=headers)

    def entries(self, role="auditor", **query):
        """All entries that fit, through all pages."""
        found = []
        while True:
            status, _, page = self.get("/v1/audit/entries", role, **query)
            self.assertEqual((status, page["view"]), (200, "view, not evidence"))
            found += page["entries"]
            if "next" not in page:
                return found
            query["after"] = page["next"]

    # -- Looking up

    def test_the_view_shows_every_entry_once_in_the_order_of_time(self):
        shown = self.entries(limit=7)
        numbers = [entry["index"] for entry in shown]
        self.assertEqual(sorted(numbers), list(range(len(numbers))))
        times = [(entry["time"], entry["index"]) for entry in shown]
        self.assertEqual(sorted(times), times)
        self.assertEqual({"WRITER_OPENED", "BATCH", "CONSENT_WITHDRAWN", "KEY_DESTROYED"}
                         - {entry["act"] for entry in shown}, set())

    def test_every_filter_narrows_to_what_it_says(self):
        everything = self.entries()
        one = next(e for e in everything if e["act"] == "CONSENT_WITHDRAWN")
        for name, key in (("actor", "actor"), ("act", "act"), ("purpose", "purpose"),
                          ("object_kind", "object_kind"), ("outcome", "outcome"),
                          ("subject", "subject")):
            with self.subTest(filter=name):
                found = self.entries(**{name: one[key]})
                self.assertTrue(all(e[key] == one[key] for e in found))
                wanted = {e["index"] for e in everything if e.get(key) == one[key]}
                self.assertEqual(wanted - {e["index"] for e in found}, set())
        closed = next(e for e in everything if e["act"] == "REQUEST_CLOSED")
        found = self.entries(object=closed["object"])
        self.assertEqual({"REQUEST_RECEIVED", "ERASE_REQUESTED", "KEY_DESTROYED",
                          "ERASURE_COMPLETED", "REQUEST_CLOSED"}, {e["act"] for e in found})
        late = self.entries(**{"from": one["time"], "to": closed["time"]})
        self.assertEqual([e["index"] for e in late],
                         [e["index"] for e in everything if one["time"] <= e["time"] < closed["time"]])
        self.assertEqual(self.entries(act="ACCESS_EXPORT"), [])

    def test_csv_says_that_it_is_no_evidence_and_holds_the_same(self):
        status, headers, body = self.get("/v1/audit/entries", headers={"Accept": "text/csv"},
                                         act="BATCH", limit=2)
        text = body.decode()
        self.assertEqual(status, 200)
        self.assertTrue(text.startswith("# view, not evidence\n"))
        rows = list(csv.DictReader(io.StringIO(text.split("\n", 1)[1])))
        shown = self.entries(act="BATCH")
        self.assertEqual([row["index"] for row in rows], [str(e["index"]) for e in shown[:2]])
        self.assertEqual(rows[0]["event_id"], shown[0]["event_id"])
        self.assertIn("X-Assent-Next", headers)

    def test_a_read_is_itself_in_the_log_with_its_count_and_without_what_was_asked(self):
        before = len(self.entries(act="AUDIT_READ"))
        shown = self.entries(act="KEY_DESTROYED")
        self.home.ok("audit", "checkpoint", role="auditor")
        for _ in range(100):
            read = self.entries(act="AUDIT_READ")
            if len(read) > before + 1:
                break
        self.assertIn(len(shown), [entry["count"] for entry in read])
        self.assertTrue(all("subject" not in e and e["object_kind"] == "log" for e in read))

    def test_what_is_asked_wrongly_is_refused_by_name(self):
        for name, value in (("act", "NOTHING"), ("from", "x"), ("limit", 0), ("color", "red")):
            status, _, problem = self.get("/v1/audit/entries", **{name: value})
            self.assertEqual(status, 400, problem)
        self.assertEqual(self.get("/v1/audit/entries", role="marketer")[0], 403)
        self.assertEqual(self.get("/v1/audit/entries", role="integrator")[0], 403)

    def test_the_command_shows_the_same(self):
        shown = json.loads(self.home.ok("audit", "entries", "--act", "BATCH", "--format", "json",
                                        role="auditor").stdout)
        self.assertEqual([e["index"] for e in shown["entries"]],
                         [e["index"] for e in self.entries(act="BATCH")])
        text = self.home.ok("audit", "entries", "--act", "KEY_DESTROYED", role="auditor").stdout
        self.assertRegex(text, r"^\d+  2\d\d\d-\S+  KEY_DESTROYED  done  process")
        self.assertEqual(self.home.run("audit", "entries", "--act", "X", role="auditor").returncode, 1)

    # -- One person

    def test_a_trail_tells_what_was_done_with_one_record(self):
        status, _, page = self.get(f"/v1/records/{self.record}/trail", role="officer")
        self.assertEqual(status, 200)
        acts = [entry["act"] for entry in page["entries"]]
        self.assertIn("BATCH", acts)
        self.assertIn("CONSENT_WITHDRAWN", acts)
        subjects = {e["subject"] for e in page["entries"] if "subject" in e}
        self.assertEqual(len(subjects), 1)
        reference = self.home.psql("data", "SELECT subject_ref FROM record WHERE record_id = "
                                           f"'{self.record}'")
        self.assertEqual(subjects, {reference})
        # Reading it is an event of this person's.
        for _ in range(100):
            again = self.get(f"/v1/records/{self.record}/trail", role="officer")[2]["entries"]
            if any(e["act"] == "AUDIT_READ" for e in again):
                break
        self.assertIn("AUDIT_READ", [e["act"] for e in again])
        shown = self.home.ok("audit", "trail", "--record", self.record, "--format", "csv",
                             role="officer").stdout
        self.assertIn(",CONSENT_WITHDRAWN,", shown)

    def test_nobody_but_the_officer_reads_a_trail_and_an_erased_person_has_none(self):
        for role in ("auditor", "marketer", "admin"):
            self.assertEqual(self.get(f"/v1/records/{self.record}/trail", role=role)[0], 403)
        erased = self.home.psql("data", "SELECT record_id FROM tombstone LIMIT 1")
        self.assertEqual(self.get(f"/v1/records/{erased}/trail", role="officer")[0], 404)

    # -- A SIEM

    def follow(self, *more, run="ok"):
        return getattr(self.home, run)("audit", "follow", "--once", *more, role="auditor")

    def test_following_resumes_where_it_stopped_and_misses_nothing(self):
        place = self.home.dir / "jsonl.place"
        first = self.follow("--state", place).stdout.splitlines()
        numbers = [json.loads(line)["index"] for line in first]
        self.assertEqual(numbers, list(range(len(numbers))))
        self.assertEqual(json.loads(first[0])["log"], "cdp.example/acme/log1")
        self.assertEqual(place.read_text(), f"{len(numbers)}\n")
        second = []  # The entry of the reading follows, once it has its number.
        for _ in range(50):
            second = [json.loads(line) for line in self.follow("--state", place).stdout.splitlines()]
            if second:
                break
        self.assertEqual(second[0]["index"], len(numbers))
        self.assertIn("AUDIT_READ", [entry["act"] for entry in second])
        place.write_text("100000000\n")
        self.assertEqual(self.follow("--state", place, run="run").returncode, 1)
        place.write_text("many\n")
        self.assertEqual(self.follow("--state", place, run="run").returncode, 1)

    def test_a_siem_gets_syslog_over_tls(self):
        receiver = Receiver(self.home.dir)
        self.addCleanup(receiver.close)
        place = self.home.dir / "siem.place"
        self.follow("--state", place, "--format", "cef", "--syslog",
                    f"tls://localhost:{receiver.port}", "--ca", self.home.dir / "siem.pem")
        self.assertEqual(len(receiver.messages), int(place.read_text()))
        for message in receiver.messages:
            self.assertRegex(message, r"^<1(10|08)>1 \d{4}-\d\d-\d\dT\S+Z cdp\.example assent - "
                                      r"[A-Z_]+ - CEF:0\|Assent\|assent\|1\|[A-Z_]+\|[A-Z_]+\|\d\|rt=")
        numbers = [int(re.search(r"externalId=(\d+)", m).group(1)) for m in receiver.messages]
        self.assertEqual(numbers, list(range(len(numbers))))

    def test_what_a_receiver_that_went_away_may_have_lost_is_sent_again(self):
        receiver = Receiver(self.home.dir, breaks_after=3)
        place = self.home.dir / "broken.place"
        arguments = ("--state", place, "--syslog", f"tls://localhost:{receiver.port}", "--ca",
                     self.home.dir / "siem.pem")
        self.assertEqual(self.follow(*arguments, run="run").returncode, 1)
        self.assertEqual(place.read_text() if place.exists() else "0\n", "0\n")
        receiver.messages, receiver.breaks_after = [], None
        self.follow(*arguments)
        receiver.close()
        numbers = [json.loads(m.split(" - ", 2)[2])["index"] for m in receiver.messages]
        self.assertEqual(numbers, list(range(len(numbers))))

    def test_a_receiver_that_cannot_show_who_it_is_gets_nothing(self):
        receiver = Receiver(self.home.dir)
        self.addCleanup(receiver.close)
        place = self.home.dir / "stranger.place"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=other",
                        "-keyout", self.home.dir / "other.key", "-out", self.home.dir / "other.pem"],
                       check=True, capture_output=True)
        for host, authorities in (("localhost", "other.pem"), ("127.0.0.1", "siem.pem")):
            done = self.follow("--state", place, "--syslog", f"tls://{host}:{receiver.port}", "--ca",
                               self.home.dir / authorities, run="run")
            self.assertEqual(done.returncode, 1)
            self.assertIn("not who its certificate must name", done.stderr)
        self.assertEqual(receiver.messages, [])
        self.assertFalse(place.exists())
        self.assertEqual(self.follow("--state", place, "--syslog", "tls://localhost:1",
                                     run="run").returncode, 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
