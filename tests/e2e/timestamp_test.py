"""Time stamps of the log (RFC 3161) through the real signer: against a test's authority that is good, fails
or lies, and what the auditor's programs make of what is kept."""
import glob
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

from installation import Installation, binary
from tsa import Tsa

FAKETIME = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)
KILLS = int(os.environ.get("ASSENT_KILLS", "10"))
SEED = int(os.environ.get("ASSENT_SEED", str(time.time_ns() % 1_000_000)))
REFUSALS = {
    "wrong_imprint": "stamped other bytes", "wrong_nonce": "answers another question",
    "other_ca": "do not prove who signed", "expired": "was not valid at the time",
    "other_use": "not made for time stamps alone", "refused": "refused to stamp",
    "noise": "this is no answer", "endless": "did not answer in time", "slow": "did not answer in time",
    "error": "too busy or not well", "elsewhere": "takes no question there"}


class StampedInstallation(Installation):
    """Its signer asks a time stamping authority; its clock may be ahead."""

    def __init__(self):
        self.tsa = Tsa()
        self.options = ["--tsa", self.tsa.url, "--tsa-ca", str(self.tsa.ca)]
        self.hours_ahead = 0
        super().__init__()
        self.tenant_id = self.psql("data", "SELECT tenant FROM tenant")
        self.log = self.dir / "state" / "published" / self.tenant_id
        self.stamps = self.log / "timestamps"

    def close(self):
        super().close()
        self.tsa.close()

    def signer_arguments(self, command):
        arguments = super().signer_arguments(command)
        ahead = ["env", f"LD_PRELOAD={FAKETIME}", f"FAKETIME=+{self.hours_ahead}h",
                 "DONT_FAKE_MONOTONIC=1", "NO_FAKE_STAT=1"] if self.hours_ahead else []
        return [*ahead, *arguments[:-1], "--metrics", str(self.dir / "signer.prom"), *self.options,
                arguments[-1]]

    def begin_anew(self, mode="good", key=None):
        """A signer without a stamp, and an authority in this mode."""
        self.stop_signer()
        for stamps in self.log.parent.glob("*/timestamps"):
            shutil.rmtree(stamps)
        self.hours_ahead = 0
        if key:
            self.tsa.close()
            self.tsa = Tsa(key)
            self.options = ["--tsa", self.tsa.url, "--tsa-ca", str(self.tsa.ca)]
        self.tsa.mode = mode
        self.start_signer()


class TimestampTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = StampedInstallation()
        cls.addClassCleanup(cls.home.close)
        cls.policy = cls.home.dir / "policy.txt"
        cls.policy.write_text(cls.home.ok("audit", "policy", role="auditor").stdout)

    def until(self, what, holds):
        for _ in range(600):
            found = holds()
            if found:
                return found
            time.sleep(0.1)
        return self.fail(f"never came: {what}; the signer said {self.home.signer_log()[-2000:]}")

    def said(self, event):
        lines = [json.loads(line) for line in self.home.signer_log().splitlines()
                 if line.startswith("{")]
        return [line for line in lines if line["event"] == event]

    def size(self):
        return int((self.home.log / "checkpoint").read_text().splitlines()[1])

    def act(self):
        """One act, until its checkpoint is published."""
        before = self.size()
        self.home.ok("token", "create", "--role", "auditor", "--name", "more")
        self.until("a checkpoint of the act", lambda: self.size() > before)

    def stamped(self):
        """The sizes of which there is a stamp, ascending."""
        return sorted(int(file.stem) for file in self.home.stamps.glob("*.tsr"))

    def newest(self):
        size = self.until("a time stamp", self.stamped)[-1]
        return self.home.stamps / f"{size}.checkpoint", self.home.stamps / f"{size}.tsr"

    def metric(self, name):
        line = f'{name}{{origin="cdp.example/acme/log1"}} '
        text = (self.home.dir / "signer.prom").read_text()
        return int(text.split(line)[1].split("\n")[0]) if line in text else None

    def verify(self, *args):
        return subprocess.run([binary("assent-verify"), *map(str, args), "--policy", self.policy],
                              capture_output=True, text=True, timeout=60, check=False)

    def by_openssl(self, checkpoint, token):
        return subprocess.run(["openssl", "ts", "-verify", "-in", token, "-data", checkpoint,
                               "-CAfile", self.home.tsa.ca], capture_output=True, check=False)

    # -- What is kept, and what it proves

    def test_a_stamp_of_either_kind_is_proved_by_our_verifier_and_by_openssl(self):
        for key in ("ec", "rsa"):
            with self.subTest(key):
                self.home.begin_anew(key=key)
                checkpoint, token = self.newest()
                done = self.verify("timestamp", checkpoint, token, "--tsa-ca", self.home.tsa.ca)
                self.assertEqual(done.returncode, 0, done.stdout)
                self.assertIn("of this checkpoint   authority proved", done.stdout)
                self.assertEqual(self.by_openssl(checkpoint, token).returncode, 0)
                for file in self.home.stamps.iterdir():
                    self.assertEqual(file.stat().st_mode & 0o777, 0o644)

    def test_the_log_extends_what_was_stamped(self):
        self.home.begin_anew()
        checkpoint, token = self.newest()
        self.act()
        bundle = self.home.dir / "log.bundle"
        self.home.ok("audit", "export", "--output", bundle, role="auditor")
        stamp = ("--since", checkpoint, "--timestamp", token, "--tsa-ca", self.home.tsa.ca)
        done = self.verify("bundle", bundle, *stamp, "--json")
        self.assertEqual(done.returncode, 0, done.stdout)
        report = json.loads(done.stdout)
        self.assertTrue(report["extends"]["holds"])
        self.assertTrue(report["timestamp"]["fits"] and report["timestamp"]["authority_proved"])
        told = time.strptime(report["timestamp"]["not_later_than"], "%Y-%m-%dT%H:%M:%SZ")
        self.assertLess(abs(time.time() - time.mktime(told) + time.timezone), 600)
        self.assertEqual(self.verify("bundle", bundle, *stamp[2:]).returncode, 3)

    def test_nothing_else_is_green(self):
        self.home.begin_anew()
        checkpoint, token = self.newest()
        self.assertEqual(self.verify("timestamp", checkpoint, token).returncode, 2)
        other = self.verify("timestamp", checkpoint, token, "--tsa-ca",
                            self.home.tsa.dir / "stranger.pem")
        self.assertEqual(other.returncode, 2)
        self.assertIn("do not prove who signed", other.stdout)
        changed = self.home.dir / "changed.checkpoint"
        changed.write_bytes(checkpoint.read_bytes() + "\u2014 other AAAAAAAA\n".encode())
        done = self.verify("timestamp", changed, token, "--tsa-ca", self.home.tsa.ca)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("other bytes than the checkpoint", done.stdout)
        absent = self.verify("timestamp", checkpoint, self.home.dir / "none.tsr", "--tsa-ca",
                             self.home.tsa.ca)
        self.assertEqual(absent.returncode, 2)
        russian = self.verify("timestamp", checkpoint, token, "--tsa-ca", self.home.tsa.ca, "--lang",
                              "ru")
        self.assertIn("штамп", russian.stdout)

    # -- An authority that fails or lies

    def test_a_hostile_answer_is_refused_and_signing_goes_on(self):
        self.assertEqual({*REFUSALS, "good"}, set(Tsa.MODES))
        for mode, reason in REFUSALS.items():
            with self.subTest(mode):
                asked, before = self.home.tsa.asked, len(self.said("timestamp.failed"))
                self.home.begin_anew(mode)
                self.until("a question", lambda: self.home.tsa.asked > asked)
                self.act()  # While it is asked, or has failed.
                failed = self.until("the word that it failed", lambda: self.said(
                    "timestamp.failed")[before:])
                self.assertIn(reason, failed[0]["reason"])
                self.assertEqual(self.stamped(), [])
                self.until("the metric of it", lambda: self.metric(
                    "assent_signer_timestamp_failing") == 1)

    def test_an_authority_that_comes_back_is_asked_again(self):
        self.home.begin_anew("error")
        before = len(self.said("timestamp.failed"))
        asked = self.home.tsa.asked
        self.until("a second question", lambda: self.home.tsa.asked > asked + 1)
        # Once a log, however often it was asked.
        self.assertLessEqual(len(self.said("timestamp.failed")) - before, 2)
        self.home.tsa.mode = "good"
        self.newest()
        self.until("the metrics", lambda: self.metric("assent_signer_timestamp_failing") == 0)
        self.assertLess(abs(self.metric("assent_signer_timestamp_seconds") - time.time()), 600)

    def test_no_kill_leaves_half_a_stamp(self):
        print(f"ASSENT_SEED={SEED} kills={KILLS}", file=sys.stderr)
        chance = random.Random(SEED)
        kept = 0
        for _ in range(KILLS):
            asked = self.home.tsa.asked
            self.home.begin_anew()
            self.until("a question", lambda: self.home.tsa.asked > asked)
            time.sleep(chance.uniform(0.0, 0.05))
            self.home.stop_signer(signal.SIGKILL)
            for token in self.home.stamps.glob("*.tsr"):
                kept += 1
                self.assertEqual(self.by_openssl(token.with_suffix(".checkpoint"), token).returncode,
                                 0)
            self.home.start_signer()
            self.newest()
        print(f"stamps that were there at a kill: {kept}", file=sys.stderr)

    def test_a_peer_that_hangs_up_while_it_writes_does_not_end_it(self):
        if self.home.signer is None:
            self.home.begin_anew()
        status = pathlib.Path(f"/proc/{self.home.signer.pid}/status").read_text()
        ignored = int(re.search(r"^SigIgn:\s+(\w+)$", status, re.MULTILINE)[1], 16)
        self.assertTrue(ignored >> (signal.SIGPIPE - 1) & 1)

    # -- Once a day

    @unittest.skipUnless(FAKETIME, "SKIPPED: the package faketime is not installed")
    def test_a_restart_does_not_stamp_again_and_a_day_does(self):
        self.home.begin_anew()
        first, _ = self.newest()
        self.home.stop_signer()
        self.home.start_signer()
        self.act()
        time.sleep(2.5)  # Two of its rounds.
        self.assertEqual(self.stamped(), [int(first.stem)])
        self.home.stop_signer()
        self.home.hours_ahead = 25
        self.home.start_signer()
        self.until("the stamp of the next day", lambda: len(self.stamped()) == 2)
        # The authority's clock is the right one here.
        differs = self.until("the word of it", lambda: self.said("timestamp.clock_differs"))
        self.assertGreater(differs[0]["ahead_of_it_seconds"], 24 * 3600)

    # -- Over HTTP

    def test_who_may_export_the_log_reads_its_stamps(self):
        self.home.begin_anew()
        checkpoint, token = self.newest()
        self.home.start_server()
        self.addCleanup(self.home.stop_server)

        def get(path, role="auditor", log="acme"):
            return self.home.request("GET", f"/v1/logs/{log}/timestamps{path}", role=role)
        self.assertEqual(get("")[2], {"sizes": [int(token.stem)]})
        for file, kind in ((checkpoint, "text/plain; charset=utf-8"),
                           (token, "application/timestamp-reply")):
            status, headers, body = get("/" + file.name)
            self.assertEqual((status, headers["Content-Type"]), (200, kind))
            self.assertEqual(body, file.read_bytes())
        for role, expected in (("officer", 200), ("auditor", 200), ("admin", 403),
                               ("marketer", 403), ("integrator", 403), (None, 401)):
            self.assertEqual(get("", role)[0], expected, role)
            self.assertEqual(get("/" + token.name, role)[0], expected, role)
        for path in ("/0.tsr", f"/0{token.name}", f"/{token.name}.new", "/..%2fcheckpoint",
                     "/%2e%2e", "/../keys", "/keys", "/..%2fkeys", f"/{token.name}%00"):
            self.assertIn(get(path)[0], (400, 404), path)
        self.assertEqual(get("", log="other")[0], 404)
        # A checkpoint whose stamp is not there yet is none of a stamp.
        orphan = self.home.stamps / "999999.checkpoint"
        orphan.write_bytes(checkpoint.read_bytes())
        self.addCleanup(orphan.unlink)
        self.assertEqual(get("/" + orphan.name)[0], 404)
        self.assertEqual(get("")[2], {"sizes": [int(token.stem)]})

    # -- Options

    def test_wrong_options_keep_the_signer_from_starting(self):
        good = self.home.options
        url = self.home.tsa.url
        for options, code, words in (
                (["--tsa", url], 2, "--tsa-ca"),
                (["--tsa", url, "--tsa-ca", str(self.policy)], 1, "certificates"),
                (["--tsa", url, "--tsa-ca", "/nowhere"], 1, "certificates"),
                (["--tsa", "tsa.example", *good[2:]], 1, "no URL that can be asked"),
                ([*good, "--tsa-policy", "x"], 1, "no OID"),
                ([*good, "--tsa-every", "0"], 2, "--tsa-every")):
            with self.subTest(options):
                self.home.options = options
                try:
                    done = self.home.signer_command("run")
                finally:
                    self.home.options = good
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(words, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
