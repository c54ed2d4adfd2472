"""Every command of docs/auditor-guide.md, run as it stands on a real installation's files."""
import os
import pathlib
import re
import shutil
import subprocess
import time
import unittest

import log_kit as kit
from installation import ROOT, Installation, binary
from sample_circle import Release, erase, open_shop
from tsa import Tsa

COMMAND = re.compile(r"^(.*\S)\s+# (\d)$")


def commands():
    """[(command, exit code)] of the guide's blocks, in order."""
    text = (ROOT / "docs" / "auditor-guide.md").read_text(encoding="utf-8")
    return [COMMAND.match(line).groups() for block in re.findall(r"```sh\n(.*?)```", text, re.S)
            for line in block.splitlines()]


class StampedInstallation(Installation):
    """Its signer asks a time stamping authority."""

    def __init__(self, tsa):
        self.tsa = tsa
        super().__init__()

    def signer_arguments(self, command):
        arguments = super().signer_arguments(command)
        return [*arguments[:-1], "--tsa", self.tsa.url, "--tsa-ca", str(self.tsa.ca), arguments[-1]]

    def stamp(self):
        """A stamped checkpoint of the tenant's log, and its stamp."""
        log = self.dir / "state" / "published" / self.psql("data", "SELECT tenant FROM tenant")
        for _ in range(300):
            for token in (log / "timestamps").glob("*.tsr"):
                return token.with_suffix(".checkpoint"), token
            time.sleep(0.1)
        raise AssertionError("no time stamp: " + self.signer_log()[-2000:])


class AuditorGuideTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tsa = Tsa()
        cls.addClassCleanup(cls.tsa.close)
        cls.home = home = StampedInstallation(cls.tsa)
        cls.addClassCleanup(home.close)
        sample = open_shop(home)
        cls.laptop = pathlib.Path(home.dir) / "laptop"
        cls.laptop.mkdir()
        release = Release(home, "email")
        (cls.laptop / "last.checkpoint").write_text(
            home.ok("audit", "checkpoint", role="auditor").stdout)
        request = erase(home, "email", sample.story["erase"]["email"])
        cls.ask(home, request, release.id)

    @classmethod
    def ask(cls, home, request, release):
        """What the guide tells the auditor to ask for."""
        def give(name, *command, role="auditor"):
            (cls.laptop / name).write_text(home.ok(*command, role=role).stdout)
        give("policy.txt", "audit", "policy")
        for name, file in zip(("stamped.checkpoint", "stamped.tsr"), home.stamp()):
            shutil.copy(file, cls.laptop / name)
        shutil.copy(home.tsa.ca, cls.laptop / "tsa-ca.pem")
        give("certificate.json", "rights", "certificate", "--request", request, role="officer")
        give("release.evidence", "release", "evidence", release)
        home.ok("audit", "dump-state", "--output", cls.laptop / "hashes.csv")
        home.ok("audit", "export", "--since", cls.laptop / "last.checkpoint", "--output",
                cls.laptop / "log.bundle", role="auditor")
        leaf = kit.Bundle((cls.laptop / "log.bundle").read_text()).leaves[4]
        (cls.laptop / "event.leaf").write_bytes(leaf)
        event = kit.field(leaf, "event_id").hex()
        give("event.tlog-proof", "audit", "proof",
             "-".join((event[:8], event[8:12], event[12:16], event[16:20], event[20:])))

    def test_every_command_of_the_guide_ends_as_it_says(self):
        path = os.pathsep.join((str(pathlib.Path(binary("assent-verify")).parent),
                                os.environ["PATH"]))
        ran = 0
        for command, code in commands():
            with self.subTest(command):
                done = subprocess.run(["sh", "-c", command], cwd=self.laptop, text=True,
                                      capture_output=True, check=False,
                                      env={**os.environ, "PATH": path})
                self.assertEqual(done.returncode, int(code), done.stdout + done.stderr)
                ran += 1
        self.assertGreater(ran, 12)


if __name__ == "__main__":
    unittest.main(verbosity=2)
