"""The signer with a witness whose cosignature its policy needs: what leaves while the witness is down,
and what happens when it is back."""
import json
import pathlib
import subprocess
import time
import unittest

from installation import Installation, binary
from witness import Witness


class WitnessedInstallation(Installation):
    """Its signer asks a witness that was not there when the logs began."""

    def __init__(self):
        self.witness = None
        self.policy = None
        super().__init__()
        self.published = self.dir / "state" / "published"
        self.tenant_log = self.published / self.psql("data", "SELECT tenant FROM tenant")
        self.witness = Witness()
        keys = [file.read_text().split()[1] for file in self.published.glob("*/keys")]
        self.witness.init(*keys)
        self.witness.start()
        self.stop_signer()
        self.policy = self.dir / "witnesses.txt"
        self.policy.write_text(f"witness w1 {self.witness.vkey} "
                               f"http://127.0.0.1:{self.witness.port}\nquorum w1\n")
        self.metrics = self.dir / "signer.prom"
        self.start_signer()

    def close(self):
        super().close()
        if self.witness:
            self.witness.close()

    def signer_arguments(self, command):
        more = ["--witnesses", str(self.policy), "--metrics", str(self.metrics)] if self.policy else []
        arguments = super().signer_arguments(command)
        return [*arguments[:-1], *more, arguments[-1]]


class SignerWitnessTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = WitnessedInstallation()
        cls.addClassCleanup(cls.home.close)

    def act(self):
        return self.home.ok("token", "create", "--role", "auditor", "--name", "more")

    def checkpoint(self):
        return (self.home.tenant_log / "checkpoint").read_text(encoding="utf-8")

    def size(self):
        return int(self.checkpoint().splitlines()[1])

    def until(self, what, holds):
        for _ in range(600):
            if holds():
                return
            time.sleep(0.1)
        self.fail(f"never came: {what}; the signer said {self.home.signer_log()[-2000:]}")

    def said(self, event):
        lines = [json.loads(line) for line in self.home.signer_log().splitlines()
                 if line.startswith("{")]
        return [line for line in lines if line["event"] == event]

    def verify(self):
        """assent-verify's exit code on the whole log, under a policy that asks for the witness."""
        policy = self.home.dir / "policy.txt"
        keys = self.home.ok("audit", "policy", role="auditor").stdout.replace("quorum none\n", "")
        policy.write_text(f"{keys}witness w1 {self.home.witness.vkey}\nquorum w1\n")
        bundle = self.home.dir / "log.bundle"
        self.home.ok("audit", "export", "--output", bundle, role="auditor")
        return subprocess.run([binary("assent-verify"), "bundle", bundle, "--policy", policy],
                              capture_output=True, text=True, timeout=60, check=False)

    def test_what_is_published_carries_the_witness_and_its_auditor_accepts_it(self):
        before = self.size()
        self.act()
        self.until("a cosigned checkpoint of the act", lambda: self.size() > before)
        self.assertIn("\u2014 witness.example/w1 ", self.checkpoint())
        done = self.verify()
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("witnesses 1 of 1", done.stdout)

    def test_without_the_quorum_acts_go_on_and_nothing_is_published_until_it_is_back(self):
        self.act()
        self.until("a first cosigned checkpoint",
                   lambda: "\u2014 witness.example/w1 " in self.checkpoint())
        missed, reached = (len(self.said(f"witness.quorum_{word}")) for word in ("missing", "reached"))
        self.home.witness.stop()
        before = self.checkpoint()
        done = self.act()
        self.assertIn("its signed checkpoint follows", done.stderr)
        self.until("the word that the quorum is missing",
                   lambda: len(self.said("witness.quorum_missing")) > missed)
        self.act()
        self.assertEqual(self.checkpoint(), before)
        missing = 'assent_signer_quorum_missing{origin="cdp.example/acme/log1"} '
        self.assertIn(missing + "1\n", self.home.metrics.read_text(encoding="utf-8"))
        # Its own memory went on: what it signed and did not publish, it will not contradict.
        state, = (pathlib.Path(self.home.dir) / "state" / "signer").glob(
            f"{self.home.tenant_log.name}.checkpoint")
        signed = int(state.read_text(encoding="utf-8").splitlines()[1])
        self.assertGreater(signed, int(before.splitlines()[1]))
        self.home.witness.start()
        self.until("a published checkpoint with the quorum", lambda: self.size() >= signed)
        self.until("the word that the quorum is reached",
                   lambda: len(self.said("witness.quorum_reached")) > reached)
        self.until("the number of it", lambda: missing + "0\n" in
                   self.home.metrics.read_text(encoding="utf-8"))
        self.assertEqual(self.verify().returncode, 0)
        self.assertFalse(self.said("signer.failed"))

    def test_a_policy_that_cannot_be_used_keeps_the_signer_from_starting(self):
        good = self.home.policy
        bad = self.home.dir / "bad.txt"
        bad.write_text("quorum w1\n")
        self.home.policy = bad
        try:
            done = self.home.signer_command("run")
        finally:
            self.home.policy = good
        self.assertEqual(done.returncode, 1)
        self.assertIn("quorum is not defined above, line 1", done.stderr)


if __name__ == "__main__":
    unittest.main()
