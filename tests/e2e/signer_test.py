"""The signer as a process, a user and a role of its own: what holds while it is down, what it alone may
do, and the rotation of its key."""
import os
import pathlib
import subprocess
import unittest

from installation import Installation, binary

INSTALLATION_LOG = "00000000-0000-0000-0000-000000000000"
FOLLOWS = "its signed checkpoint follows when assent-signer runs"


class Home(Installation):
    """A whole installation whose signer is another user, where the tests may give it one."""
    user = "nobody" if os.geteuid() == 0 else None

    def clusters(self, command):
        if self.user:
            os.environ["ASSENT_SIGNER_USER"] = self.user
        try:
            super().clusters(command)
        finally:
            os.environ.pop("ASSENT_SIGNER_USER", None)

    def key_file(self):
        return self.dir / "state" / "signer" / "log.key"

    def signer_arguments(self, command):
        arguments = super().signer_arguments(command)
        arguments[arguments.index("--key") + 1] = str(self.key_file())
        return [*arguments, *(["--user", self.user] if self.user else [])]


class SignerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = Home()
        cls.addClassCleanup(cls.home.close)
        cls.tenant = cls.home.psql("data", "SELECT tenant FROM tenant")

    def act(self):
        """Any act that leaves an entry; answers what the command said."""
        return self.home.ok("token", "create", "--role", "auditor", "--name", "more")

    def policy(self):
        path = self.home.dir / "policy.txt"
        path.write_text(self.home.ok("audit", "policy", role="auditor").stdout)
        return path

    def verify(self, policy, *more):
        bundle = self.home.dir / "log.bundle"
        self.home.ok("audit", "export", "--output", bundle, role="auditor")
        done = subprocess.run([binary("assent-verify"), "bundle", bundle, "--policy", policy, *more],
                              capture_output=True, text=True, timeout=60, check=False)
        return done.returncode

    def test_its_files_are_its_own_and_the_published_ones_are_everybodys(self):
        owner = pathlib.Path(self.home.key_file()).owner()
        self.assertEqual(owner, self.home.user or owner)
        modes = {path: path.stat().st_mode & 0o777 for path in (
            self.home.dir / "state" / "signer", self.home.key_file(),
            self.home.dir / "state" / "published",
            self.home.dir / "state" / "published" / self.tenant / "checkpoint")}
        self.assertEqual(list(modes.values()), [0o700, 0o400, 0o755, 0o644])

    def test_the_server_signs_nothing_and_holds_no_key(self):
        self.home.stop_signer()
        self.addCleanup(self.home.start_signer)
        before = self.home.psql("data", "SELECT count(*) FROM audit_checkpoint")
        self.home.start_server()
        self.addCleanup(self.home.stop_server)
        held = subprocess.run(["ls", "-l", f"/proc/{self.home.server.pid}/fd"], text=True,
                              capture_output=True, check=False).stdout
        self.assertNotIn("log.key", held)
        self.assertIn(FOLLOWS, self.act().stderr)
        self.assertEqual(self.home.psql("data", "SELECT count(*) FROM audit_checkpoint"), before)
        self.assertEqual(self.home.psql("data", "SELECT count(*) FROM audit_outbox"), "0")

    def test_an_act_stands_while_it_is_down_and_is_signed_when_it_is_back(self):
        self.home.stop_signer()
        said = self.act()
        self.assertIn(FOLLOWS, said.stderr)
        event = self.home.psql("data", "SELECT event_id FROM audit_leaf WHERE tenant = "
                                       f"'{self.tenant}' ORDER BY idx DESC LIMIT 1")
        late = self.home.run("audit", "proof", event, role="auditor")
        self.assertEqual(late.returncode, 1)
        self.assertIn("no checkpoint covers the act yet", late.stderr)
        self.home.start_signer()
        self.assertTrue(self.home.ok("audit", "proof", event, role="auditor").stdout.startswith(
            "c2sp.org/tlog-proof@v1\n"))
        self.assertNotIn(FOLLOWS, self.act().stderr)

    def test_the_key_is_rotated_and_the_log_verifies_over_it(self):
        self.act()
        old_policy = self.home.dir / "old-policy.txt"
        self.policy().rename(old_policy)
        old_checkpoint = self.home.dir / "old.checkpoint"
        old_checkpoint.write_text(self.home.ok("audit", "checkpoint", role="auditor").stdout)
        busy = self.home.signer_command("rotate-key")
        self.assertEqual(busy.returncode, 1)
        self.assertIn("another process works with this state directory", busy.stderr)
        self.home.stop_signer()
        self.home.signer_command("rotate-key", check=True)
        self.home.start_signer()
        self.act()
        policy = self.policy()
        logs = [line for line in policy.read_text().splitlines()
                if line.startswith("log cdp.example/acme/log1+")]
        self.assertGreaterEqual(len(logs), 2)
        self.assertIn("# signs trees from size", policy.read_text())
        self.assertEqual(self.verify(policy, "--since", old_checkpoint), 0)
        self.assertEqual(self.verify(old_policy), 2)
        kept = [line for line in policy.read_text().splitlines() if line not in logs[:-1]]
        policy.write_text("\n".join(kept) + "\n")
        self.assertEqual(self.verify(policy), 0, "the old key's later signatures are not needed")
        self.assertEqual(self.home.run("serve", "--check").returncode, 0)

    def test_the_key_in_use_has_a_receipt_of_its_own(self):
        self.home.stop_signer()
        self.home.signer_command("rotate-key", check=True)
        late = self.home.signer_command("receipt")
        self.assertEqual((late.returncode, late.stdout), (1, ""))
        self.home.start_signer()
        self.act()  # Whatever numbers the log.
        receipt, leaf = self.home.dir / "key.receipt", self.home.dir / "key.leaf"
        for _ in range(50):
            said = self.home.signer_command("receipt")
            if said.returncode == 0:
                break
        receipt.write_text(said.stdout)
        leaf.write_bytes(bytes.fromhex(self.home.psql("data", (
            "SELECT encode(leaf, 'hex') FROM audit_leaf WHERE substring(leaf FROM 6 FOR 2) = "
            "'\\x0112' ORDER BY idx DESC LIMIT 1"))))
        published = self.home.dir / "state" / "published" / INSTALLATION_LOG / "keys"
        keys = [line.split(" ", 1)[1] for line in published.read_text().splitlines()]
        policy = self.home.dir / "installation-policy.txt"
        policy.write_text("".join(f"log {key}\n" for key in keys) + "quorum none\n")
        verify = [binary("assent-verify"), "entry", receipt, "--leaf", leaf, "--policy", policy]
        done = subprocess.run(verify, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        leaf.write_bytes(leaf.read_bytes()[:-1] + b"x")
        self.assertEqual(subprocess.run(verify, capture_output=True, timeout=60,
                                        check=False).returncode, 1)

    def test_a_key_of_the_time_before_it_was_a_process_is_rotated_first(self):
        self.act()
        self.home.stop_signer()
        for keys in (self.home.dir / "state").rglob("*.keys"):
            keys.unlink()
        refused = self.home.signer_command("run")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("rotate it with 'assent-signer rotate-key'", refused.stderr)
        self.home.signer_command("rotate-key", check=True)
        self.home.start_signer()
        self.act()
        self.assertEqual(self.verify(self.policy()), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
