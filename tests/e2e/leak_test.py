"""Nothing personal is readable on the disk, and no wrapped key of the safe is in a backup of `data`.

Every e-mail, phone, full name, canary and token is searched for in five spellings over both clusters'
directories (heap, WAL, logs), the server's log, its metrics, the exported bundle, the signer's files, both
backups and temporary files, after the server died as by a fault, without a core file; then a
control table in the clear shows that the same search would have found each of them."""
import os
import pathlib
import re
import signal
import subprocess
import unittest

from installation import ROLES, Installation
from needles import SHORTEST, Needles, grep, newline_free, people_of
from sample_circle import CHANNELS, MAILHOUSE, Release, Sample, erase, find, import_all

CANARY = "канарейка-Zq7Xv"
CANARIES = (
    "external_id;first_name;last_name;email;phone;birth_date;city\n"
    f"K1;{CANARY}-имя;{CANARY}-фамилия;zq7xv.canary@example.com;+70000077001;1999-01-02;{CANARY}-город\n"
    f"K2;{CANARY}-отвергнут;;zq7xv.rejected@example.com;+70000077002;31.02.1999;\n"
    f"=1+1;{CANARY}-формула;;\"=HYPERLINK(\"\"zq7xv.formula@example.com\"\")\";;;\n")


class LeakTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = Installation()
        cls.addClassCleanup(home.close)
        (home.dir / "tmp").mkdir()
        os.environ["TMPDIR"] = str(home.dir / "tmp")
        cls.addClassCleanup(os.environ.pop, "TMPDIR")
        cls.sample = Sample(home)
        cls.wraps = set()
        import_all(home, cls.sample)
        cls.keep_wraps()
        cls.live()
        cls.keep_wraps()
        cls.needles = Needles(cls.texts())
        for cluster in ("data", "safe"):
            home.psql(cluster, "CHECKPOINT")

    @classmethod
    def keep_wraps(cls):
        rows = cls.home.psql("safe", "SELECT encode(wrapped, 'hex') FROM subject_key").split()
        cls.wraps |= {bytes.fromhex(row) for row in rows}

    @classmethod
    def live(cls):
        """The circle, by the commands and by the server, with its refusals."""
        home, story = cls.home, cls.sample.story
        home.ok(*MAILHOUSE, role="officer")
        home.start_server()
        assert home.request("POST", "/v1/sources/canary/imports?mapping=contacts", role="integrator",
                            body=CANARIES.encode())[0] == 200
        home.request("GET", "/v1/people?email=" + story["erase"]["email"], role="officer")
        home.request("POST", "/v1/consents", role="officer", body={
            "identifier": {"kind": "email", "value": "nobody@@" + story["erase"]["email"]},
            "purpose": "direct_marketing", "action": "withdraw", "channel": "email"})
        home.request("POST", "/v1/consents", role="officer", body={
            "identifier": {"kind": "email", "value": story["withdraw"]["email"]},
            "purpose": "direct_marketing", "action": "withdraw", "channel": "email"})
        for channel in CHANNELS:
            Release(home, channel)
        find(home, "email", story["erase"]["email"])
        cls.request = erase(home, "email", story["erase"]["email"])
        home.ok("rights", "certificate", "--request", cls.request, role="officer")
        home.ok("audit", "export", "--output", home.dir / "log.bundle", role="auditor")
        home.ok("audit", "dump-state", "--output", home.dir / "state.csv", role="admin")
        entries = home.ok("audit", "entries", role="auditor").stdout
        metrics = home.request("GET", "/metrics", role="admin")[2].decode()
        assert "RECORD" in entries and "assent_log_size" in metrics
        (home.dir / "seen.txt").write_text(entries + metrics, encoding="utf-8")
        cls.back_up()
        cls.fault()

    @classmethod
    def back_up(cls):
        """Sealed, both of them: the same search must find nothing in the files."""
        home = cls.home
        (home.dir / "offline").mkdir(mode=0o700)
        said = home.ok("keys", "new-backup-key", "--out", home.dir / "offline" / "backup.key").stdout
        with home.config.open("a", encoding="utf-8") as config:
            config.write(next(line for line in said.splitlines() if line.startswith("backup:")) + "\n")
        home.ok("backup", "--output", home.dir / "data.backup")
        home.ok("keys", "backup", "--output", home.dir / "safe.backup")

    @classmethod
    def fault(cls):
        """The server dies as by a fault, with people's data in its memory: that stays there."""
        server = cls.home.server
        limits = pathlib.Path(f"/proc/{server.pid}/limits").read_text(encoding="ascii")
        assert re.search(r"Max core file size +0 +0 ", limits), limits
        before = set(pathlib.Path.cwd().iterdir())
        assert cls.home.stop_server(signal.SIGSEGV) == -signal.SIGSEGV
        assert set(pathlib.Path.cwd().iterdir()) == before

    @classmethod
    def texts(cls):
        texts = {CANARY, "zq7xv.canary@example.com", "zq7xv.rejected@example.com",
                 "zq7xv.formula@example.com", "70000077001", "70000077002"}
        texts |= {cls.home.token(role) for role in ("admin", *ROLES)}
        return {text for text in texts | people_of(cls.sample) if len(text.encode()) >= SHORTEST}

    def test_1_nothing_personal_is_readable_on_the_disk(self):
        self.assertGreater(len(self.needles.texts), 1000)
        found = grep(self.needles.of, self.home.dir)
        where = sorted({(*self.needles.of[match], file) for match, file in found.items()})
        self.assertEqual(where, [])

    def test_2_the_same_search_finds_every_needle_in_a_table_in_the_clear(self):
        self.home.psql("data", "CREATE DATABASE control")
        self.addCleanup(self.home.psql, "data", "DROP DATABASE control")
        rows = "".join(f"\\\\x{pattern.hex()}\n" for pattern in self.needles.of)
        script = ("CREATE TABLE control (clear bytea);\nCOPY control FROM STDIN;\n" + rows
                  + "\\.\nCHECKPOINT;\n")
        subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.home.dir / "run",
                        "-p", "5432", "-U", "postgres", "-d", "control"], input=script, text=True,
                       check=True, timeout=120)
        found = {self.needles.of[match] for match in grep(self.needles.of, self.home.dir / "data")}
        for encoding in ("utf-8", "utf-16", "hex", "base64", "url"):
            with self.subTest(encoding=encoding):
                # A needle that holds another hides it: the shorter is found within the longer.
                sought = {text for kind, text in self.needles.of.values() if kind == encoding}
                seen = [text for kind, text in found if kind == encoding]
                missed = [text for text in sought
                          if text not in seen and not any(text in longer for longer in seen)]
                self.assertEqual(missed, [])

    def test_3_a_base_backup_of_data_holds_no_wrapped_key_and_the_safe_does(self):
        backup = pathlib.Path(self.home.dir) / "backup"
        subprocess.run(["pg_basebackup", "-h", self.home.dir / "run", "-p", "5432", "-U", "postgres",
                        "-D", backup, "-X", "stream", "-c", "fast"], check=True, timeout=120,
                       capture_output=True)
        pieces = {newline_free(wrap) for wrap in self.wraps}
        hexed = {wrap.hex().encode() for wrap in self.wraps}
        self.assertGreater(len(pieces), 500)
        self.assertTrue(all(len(piece) >= SHORTEST for piece in pieces))
        self.assertEqual(grep(pieces | hexed, backup), {})
        self.assertEqual(grep(pieces, self.home.dir / "safe").keys(), pieces)


if __name__ == "__main__":
    unittest.main(verbosity=2)
