"""Custody of the keys through the real binaries: roots in a file, a credential of systemd and a PKCS#11
device; their rotation under kill -9; shares and the recovery drill; what memory and environment hold."""
import contextlib
import json
import os
import random
import re
import resource
import signal
import subprocess
import time
import unittest

from installation import INSTALLATION_LOG, Installation, binary
from sample_circle import Release, open_shop

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
KILLS = 12


@contextlib.contextmanager
def environment(**variables):
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            del os.environ[name]


class CustodyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = Installation()
        cls.addClassCleanup(home.close)
        cls.keys = home.dir / "keys"
        cls.root = cls.keys / "root.key"
        open_shop(home)
        cls.before = sorted(Release(home, "email").contacts)
        assert cls.before

    def still_works(self):
        """What was sealed before opens, and what is sealed now does too."""
        self.home.ok("serve", "--check")
        self.assertEqual(sorted(Release(self.home, "email").contacts), self.before)

    def status(self):
        return json.loads(self.home.ok("keys", "status", "--json").stdout)

    def entries(self, event):
        word = f"{event:04x}"
        return int(self.home.psql(
            "data", "SELECT count(*) FROM audit_leaf WHERE encode(substr(leaf, 6, 2), 'hex') = "
            f"'{word}' AND tenant = '{INSTALLATION_LOG}'"))

    @contextlib.contextmanager
    def configured(self, keys):
        """The section `keys` of the configuration, for a while."""
        kept = self.home.config.read_text(encoding="utf-8")
        changed = re.sub(r"^keys:.*$", lambda _: "keys: " + keys, kept, flags=re.MULTILINE)
        self.assertNotEqual(changed, kept)
        self.home.config.write_text(changed, encoding="utf-8")
        try:
            yield
        finally:
            self.home.config.write_text(kept, encoding="utf-8")

    @staticmethod
    def section(root, next_root=None):
        following = f", next_root: {next_root}" if next_root else ""
        return f"{{root: {root}{following}, keyring: keys/keyring, token: keys/token.key}}"

    def verify(self, receipt):
        """The number of the event that a receipt proves."""
        return self.home.proven_entry(receipt).read_bytes()[5:7].hex()

    # Status.

    def test_status_tells_the_root_the_epochs_and_how_many_keys_and_no_secret(self):
        status = self.status()
        self.assertEqual((status["root"], status["warnings"]), ("file", []))
        epoch, = status["epochs"]
        self.assertTrue(epoch["current"])
        self.assertEqual(epoch["keys"]["fields"], int(self.home.psql(
            "safe", "SELECT count(*) FROM subject_key WHERE purpose = 0")))
        self.assertGreater(epoch["keys"]["fields"], 400)
        self.assertEqual([i["tenant"] for i in status["indexes"]], ["acme"])
        said = self.home.ok("keys", "status").stdout
        self.assertIn("epoch 1, 0 days old, current", said)
        for text in (said, json.dumps(status)):
            for file in ("root.key", "token.key"):
                self.assertNotIn((self.keys / file).read_text().strip(), text)

    # Rotation.

    def test_the_root_is_rotated_beside_a_running_server_with_a_receipt(self):
        self.home.start_server()
        self.addCleanup(self.home.stop_server)
        generation, told = self.status()["generation"], self.entries(0x0113)
        old = self.root.read_text()
        receipt = self.home.dir / "rotation.receipt"
        done = self.home.ok("keys", "rotate-root", "--receipt", receipt)
        self.assertIn(f"1 epoch key is wrapped by the new root file, generation {generation + 1}",
                      done.stdout)
        self.assertEqual(self.entries(0x0113), told + 1)
        self.assertEqual(self.verify(receipt), "0113")
        self.assertNotEqual(self.root.read_text(), old)
        self.assertEqual(self.root.stat().st_mode & 0o777, 0o400)
        self.assertEqual(self.home.request("GET", "/v1/tokens", role="admin")[0], 200)
        self.still_works()

    def test_after_every_kill_the_old_or_the_new_root_opens_it(self):
        seed = int(os.environ.get("ASSENT_SEED", random.randrange(1 << 30)))
        print(f"seed {seed}: ASSENT_SEED={seed} repeats this run")
        chance = random.Random(seed)
        before = self.status()["generation"]
        start = time.monotonic()
        self.home.ok("keys", "rotate-root")
        took = time.monotonic() - start
        for _ in range(KILLS):
            rotation = subprocess.Popen(self.home.arguments("keys", "rotate-root"),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, took))
            rotation.send_signal(signal.SIGKILL)
            rotation.wait()
            self.home.ok("serve", "--check")
        self.home.ok("keys", "rotate-root")
        self.assertFalse((self.keys / "root.key.next").exists())
        self.assertGreater(self.status()["generation"], before + 1)
        self.still_works()

    # Shares.

    def split(self, name, shares=5, threshold=3):
        directory = self.home.dir / name
        receipt = self.home.dir / "split.receipt"
        done = self.home.ok("keys", "split-root", "--shares", shares, "--threshold", threshold,
                            "--out", directory, "--receipt", receipt)
        self.assertEqual(self.verify(receipt), "0114")
        files = sorted(directory.iterdir())
        self.assertEqual(len(files), shares)
        self.assertEqual({f.stat().st_mode & 0o777 for f in files}, {0o400})
        self.assertNotIn(self.root.read_text().strip(), done.stdout)
        return files

    @staticmethod
    def typed(share):
        """The groups of a share's file as somebody types them, on one line."""
        return " ".join(line for line in share.read_text(encoding="utf-8").splitlines()
                        if not line.startswith("#"))

    @contextlib.contextmanager
    def lost_root(self):
        kept = self.root.with_suffix(".kept")
        self.root.rename(kept)
        try:
            yield kept
        finally:
            self.root.unlink(missing_ok=True)
            kept.rename(self.root)

    def test_the_recovery_drill_with_files_and_typed(self):
        shares = self.split("shares")
        with self.lost_root() as kept:
            self.assertEqual(self.home.run("serve", "--check").returncode, 1)
            self.home.ok("keys", "recover-root", shares[4], shares[0], shares[2])
            self.assertEqual(self.root.read_text(), kept.read_text())
            self.still_works()
            self.root.unlink()
            wrong = self.typed(shares[1]).replace("0", "1", 1)
            done = self.home.ok("keys", "recover-root", stdin="\n".join(
                (self.typed(shares[3]), wrong, self.typed(shares[1]), self.typed(shares[0]))) + "\n")
            self.assertIn("share 2: ", done.stderr)
            self.assertEqual(self.root.read_text(), kept.read_text())
        drill = self.home.dir / "drill.key"
        self.home.ok("keys", "recover-root", "--out", drill, *shares[:3])
        self.assertEqual(drill.read_text(), self.root.read_text())

    def refused(self, *shares, words):
        done = self.home.run("keys", "recover-root", "--out", self.home.dir / "no.key", *shares)
        self.assertEqual(done.returncode, 1, done.stdout)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertFalse((self.home.dir / "no.key").exists())

    def test_shares_that_are_few_damaged_mixed_or_old_are_named(self):
        shares = self.split("first")
        other = self.split("second")
        self.refused(*shares[:2], words=["too few shares: 1 more is needed"])
        self.refused(shares[0], shares[1], other[2],
                     words=[str(other[2]), "another split than the first"])
        self.refused(shares[0], shares[0], shares[1], words=["the same share is here already"])
        damaged = self.home.dir / "first" / "damaged"
        text = shares[1].read_text(encoding="utf-8")
        damaged.write_text(text[:-3] + ("0" if text[-3] != "0" else "1") + text[-2:],
                           encoding="utf-8")
        damaged.chmod(0o400)
        self.refused(shares[0], damaged, shares[2], words=[str(damaged), "checksum"])
        self.home.ok("keys", "rotate-root")
        self.refused(*shares[:3], words=["another generation of the root"])
        done = self.home.run("keys", "split-root", "--shares", 3, "--threshold", 4, "--out",
                             self.home.dir / "never")
        self.assertEqual(done.returncode, 1)

    # A PKCS#11 device, and systemd.

    def util(self, *args):
        subprocess.run(["softhsm2-util", *args], check=True, stdout=subprocess.DEVNULL)

    def test_a_root_inside_a_device(self):
        home = self.home.dir / "hsm"
        (home / "tokens").mkdir(parents=True)
        conf = home / "softhsm2.conf"
        conf.write_text(f"directories.tokendir = {home / 'tokens'}\nobjectstore.backend = file\n")
        pin = self.keys / "hsm.pin"
        pin.write_text("1234\n")
        pin.chmod(0o400)
        device = (f"{{provider: pkcs11, module: {MODULE}, token: assent, key: root, "
                  "pin_file: keys/hsm.pin}")
        kept = self.root.read_text()
        with environment(SOFTHSM2_CONF=str(conf)):
            self.util("--init-token", "--free", "--label", "assent", "--so-pin", "5678", "--pin",
                      "1234")
            with self.configured(self.section("keys/root.key", device)):
                said = self.home.ok("keys", "rotate-root").stdout
                self.assertIn("the new root pkcs11", said)
                self.still_works()
                self.assertIn("the rotation was done already",
                              self.home.ok("keys", "rotate-root").stdout)
            self.root.unlink()
            with self.configured(self.section(device)):
                self.still_works()
                self.assertEqual(self.status()["root"], "pkcs11")
                refused = self.home.run("keys", "split-root", "--shares", 3, "--threshold", 2,
                                        "--out", self.home.dir / "none")
                self.assertIn("never leaves its token", refused.stderr)
                self.assertFalse((self.home.dir / "none").exists())
                pin.chmod(0o600)
                pin.write_text("4321\n")
                wrong = self.home.run("serve", "--check")
                self.assertEqual(wrong.returncode, 1)
                self.assertIn("the token refuses the PIN", wrong.stderr)
                self.assertNotIn("4321", wrong.stderr)
                pin.write_text("1234\n")
            back = "{provider: file, path: keys/root.key}"
            with self.configured(self.section(device, back)):
                self.home.ok("keys", "rotate-root")
        self.still_works()
        self.assertNotEqual(self.root.read_text(), kept)

    def test_a_root_that_is_a_credential_of_systemd(self):
        credentials = self.home.dir / "credentials"
        credentials.mkdir(mode=0o700)
        credential = credentials / "assent-root"
        credential.write_text("6" * 64 + "\n")
        credential.chmod(0o400)
        place = "{provider: systemd, credential: assent-root}"
        with environment(CREDENTIALS_DIRECTORY=str(credentials)):
            with self.configured(self.section("keys/root.key", place)):
                self.home.ok("keys", "rotate-root")
            with self.configured(self.section(place)):
                self.still_works()
                credential.chmod(0o444)
                refused = self.home.run("serve", "--check")
                self.assertEqual(refused.returncode, 1)
                self.assertIn("readable by others", refused.stderr)
                self.assertIn("section custody of the keys", refused.stderr)
                credential.chmod(0o400)
            self.root.unlink()
            with self.configured(self.section(place, "keys/root.key")):
                self.home.ok("keys", "rotate-root")
        self.still_works()

    def test_a_configuration_of_roots_is_refused_with_what_is_wrong(self):
        for root, word in (
                ("{provider: vault}", "provider is none of file, systemd and pkcs11"),
                ("{provider: file}", "keys.root.path"),
                ("{provider: file, path: x, module: y}", "unknown key 'module' in keys.root"),
                ("{provider: systemd, credential: ../root}", "without a directory"),
                ("{provider: pkcs11, module: m, token: t, key: k}", "pin_file and pin_credential"),
                ("{provider: pkcs11, module: m, token: t, pin_file: p}", "module, token and key"),
                ("{provider: pkcs11, module: m, token: t, key: k, pin: 1234}", "unknown key 'pin'")):
            with self.subTest(root), self.configured(self.section(root)):
                done = self.home.run("serve", "--check")
                self.assertEqual(done.returncode, 1)
                self.assertIn(word, done.stderr)
                self.assertNotIn("1234", done.stderr)

    # Environment and memory.

    def test_a_key_in_the_environment_is_refused(self):
        for name in ("ASSENT_ROOT_KEY", "ASSENT_PKCS11_PIN", "ASSENT_TOKEN"):
            with self.subTest(name), environment(**{name: "s3cret"}):
                for done in (self.home.run("serve", "--check"), self.home.run("keys", "status"),
                             self.home.signer_command("run")):
                    self.assertEqual(done.returncode, 1)
                    self.assertIn(name + " is set", done.stderr)
                    self.assertNotIn("s3cret", done.stderr)

    def test_the_servers_keys_are_locked_and_it_leaves_no_core(self):
        limits = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (limits[1], limits[1]))  # As high as may be.
        self.addCleanup(resource.setrlimit, resource.RLIMIT_CORE, limits)
        self.home.start_server()
        process = self.home.server.pid
        for pid in (process, self.home.signer.pid):
            with open(f"/proc/{pid}/limits", encoding="utf-8") as file:
                core = next(line for line in file if line.startswith("Max core file size"))
            self.assertEqual(core.split()[4:6], ["0", "0"])
        with open(f"/proc/{process}/status", encoding="utf-8") as file:
            locked = next(line for line in file if line.startswith("VmLck"))
        self.assertGreaterEqual(int(locked.split()[1]), 2048)
        self.home.server.send_signal(signal.SIGSEGV)
        _, status = os.waitpid(process, 0)
        self.home.server.returncode = -signal.SIGSEGV
        self.home.server = None
        self.assertTrue(os.WIFSIGNALED(status))
        self.assertFalse(os.WCOREDUMP(status))


if __name__ == "__main__":
    unittest.main(verbosity=2)
