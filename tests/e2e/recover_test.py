"""A data cluster of yesterday comes back: the server and the signer refuse it, `assent audit recover` puts
the log's entries back, or lets it go on openly as a fork; and what an auditor sees of either."""
import json
import os
import shutil
import signal
import subprocess
import time
import unittest

import log_kit as kit
from installation import Installation, binary
from sample_circle import FILES, Sample, import_one

WHOLE = "the log is whole as it stands"


class Home(Installation):
    """An installation whose data cluster can be kept as it is, and brought back."""

    def __init__(self):
        super().__init__()
        self.tenant = self.psql("data", "SELECT tenant FROM tenant")
        self.published = self.dir / "state" / "published"
        self.acme = self.published / self.tenant
        self.policy = self.dir / "policy.txt"

    def keep(self, name):
        """A copy of the data directory of a stopped cluster: a backup."""
        self.clusters("stop")
        subprocess.run(["cp", "-a", self.dir / "data", self.dir / name], check=True)
        self.clusters("start")

    def bring_back(self, name):
        self.stop_server()
        self.stop_signer()
        self.clusters("stop")
        shutil.rmtree(self.dir / "data")
        subprocess.run(["cp", "-a", self.dir / name, self.dir / "data"], check=True)
        self.clusters("start")

    def restore(self, name):
        """The same, and the signer has looked: it refuses every log, and tells what it signed."""
        self.bring_back(name)
        self.start_signer()
        for _ in range(200):
            if all((log / "signed").exists() for log in self.published.iterdir()):
                return
            time.sleep(0.05)
        raise AssertionError("the signer does not tell: " + self.signer_log()[-1000:])

    def freeze(self):
        """Everything as it stands, aside: thaw() begins anew from there."""
        self.image = self.dir.with_name(self.dir.name + ".image")
        self.stop_signer()
        self.stop_destroyer()
        self.clusters("stop")
        self.dir.rename(self.image)

    def thaw(self):
        subprocess.run(["cp", "-a", self.image, self.dir], check=True)
        self.clusters("start")
        self.start_signer()
        self.start_destroyer()

    def melt(self):
        """What thaw() brought is gone."""
        super().close()

    def close(self):
        shutil.rmtree(self.image)

    def act(self, times=1):
        for _ in range(times):
            self.ok("token", "create", "--role", "auditor", "--name", "more")

    def checkpoint(self, name):
        path = self.dir / name
        path.write_text(self.ok("audit", "checkpoint", role="auditor").stdout)
        return path

    def size(self):
        return int((self.acme / "checkpoint").read_text().splitlines()[1])

    def rows(self, log=None):
        return int(self.psql("data", "SELECT count(*) FROM audit_leaf WHERE tenant = "
                                     f"'{log or self.tenant}'"))

    def recover(self, *more):
        return self.run("audit", "recover", *more)

    def recover_the_others(self):
        for log in self.published.iterdir():
            if log != self.acme:
                self.ok("audit", "recover", "--log", log.name)

    def verify(self, *more, as_json=False):
        """assent-verify on the whole log, under the policy that the program prints now."""
        self.policy.write_text(self.ok("audit", "policy", role="auditor").stdout)
        bundle = self.dir / "log.bundle"
        self.ok("audit", "export", "--output", bundle, role="auditor")
        done = subprocess.run([binary("assent-verify"), "bundle", bundle, "--policy", self.policy,
                               *map(str, more), *(["--json"] if as_json else [])],
                              capture_output=True, text=True, timeout=60, check=False)
        return done


class RecoverTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = Home()
        home.act(2)
        cls.before = home.checkpoint("before.checkpoint")
        home.keep("backup")
        cls.kept = home.rows()
        home.act(3)
        home.ok("admin", "add-tenant", "--tenant", "later", "--operator", "DE", "--targets", "DE")
        cls.newest = home.checkpoint("newest.checkpoint")
        home.freeze()
        cls.addClassCleanup(home.close)

    def setUp(self):
        self.home.thaw()
        self.addCleanup(self.home.melt)

    def refused(self, *more):
        """What `recover` says when it does nothing, which the database shows."""
        before = self.home.psql("data", "SELECT tenant, size, root FROM audit_head ORDER BY 1")
        done = self.home.recover(*more)
        self.assertEqual(done.returncode, 1, done.stdout)
        after = self.home.psql("data", "SELECT tenant, size, root FROM audit_head ORDER BY 1")
        self.assertEqual(before, after)
        return done.stderr

    # -- Replay

    def test_the_log_of_a_restored_database_is_whole_again_and_goes_on(self):
        home, signed = self.home, self.home.size()
        home.bring_back("backup")
        self.assertIn("or run 'assent audit recover'", home.run("serve", "--check").stderr)
        self.assertIn("start assent-signer first", self.refused())
        home.restore("backup")
        self.assertIn("the database is behind what was signed", home.signer_log())
        looked = home.recover("--check")
        self.assertEqual(looked.returncode, 0, looked.stderr)
        self.assertIn("lead to the signed root", looked.stdout)
        self.assertEqual(home.rows(), self.kept)
        done = home.recover()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"entries {self.kept} to {signed - 1} are back", done.stdout)
        self.assertIn(WHOLE, done.stdout)
        # The signer, which ran all the time, goes on by itself; so does the server.
        home.start_server()
        home.act(2)
        for since in (self.before, self.newest):
            seen = home.verify("--since", since)
            self.assertEqual(seen.returncode, 0, seen.stdout)
            self.assertIn("gaps 0", seen.stdout)
            self.assertIn(f"the database had gone back to {self.kept} entries", seen.stdout)
        told, = json.loads(home.verify(as_json=True).stdout)["recoveries"]
        self.assertEqual((told["database_size"], told["recovered_size"]), (self.kept, signed))
        # The one who was added after the backup is lost with its row; its log is not.
        self.assertEqual(home.psql("data", "SELECT count(*) FROM tenant"), "1")
        self.assertEqual(home.psql("data", "SELECT count(*) FROM audit_head"), "3")
        home.stop_server()
        self.assertEqual(home.recover("--log", "acme").stdout, "acme: nothing is missing\n")

    def test_what_the_tables_lost_is_named_by_the_state(self):
        home = self.home
        import_one(home, Sample(home, people=5).dir, FILES[0])
        home.checkpoint("newest.checkpoint")
        home.restore("backup")
        self.assertEqual(home.recover().returncode, 0)
        dump, bundle = home.dir / "hashes.csv", home.dir / "log.bundle"
        home.ok("audit", "dump-state", "--output", dump)
        self.assertEqual(home.verify().returncode, 0)
        done = subprocess.run([binary("assent-verify"), "state", "--bundle", bundle, "--dump", dump,
                               "--policy", home.policy], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1, done.stdout)
        batch = home.psql("data", "SELECT idx FROM audit_leaf WHERE substring(leaf FROM 6 FOR 2) = "
                                  f"'\\x0401'::bytea AND tenant = '{home.tenant}' LIMIT 1")
        self.assertIn(f"entry {batch}: all rows that the entry sealed are missing", done.stdout)

    def test_killed_in_the_middle_it_is_finished_by_the_same_command(self):
        home = self.home
        # More than one step: 4,096 entries each.
        subprocess.run([os.environ["ASSENT_LOG_WRITER"], home.dir / "run", "5432", home.tenant, "8",
                        "5000"], check=True, stdout=subprocess.DEVNULL)
        newest = home.checkpoint("newest.checkpoint")
        signed = home.size()
        self.assertGreater(signed, 5000)
        home.restore("backup")
        home.recover_the_others()
        # The last step of a log brings its checkpoint back: there it waits for this lock.
        with subprocess.Popen(["psql", "-X", "-q", "-h", home.dir / "run", "-p", "5432", "-U", "postgres",
                               "-d", "assent"], stdin=subprocess.PIPE, text=True) as lock:
            lock.stdin.write("BEGIN; LOCK TABLE audit_checkpoint IN EXCLUSIVE MODE;\n")
            lock.stdin.flush()
            with subprocess.Popen(home.arguments("audit", "recover", "--log", "acme"),
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
                for _ in range(600):
                    if home.rows() == 4096:
                        break
                    time.sleep(0.05)
                running.send_signal(signal.SIGKILL)
            lock.stdin.close()
        self.assertEqual(home.rows(), 4096)
        self.assertIn("a recovery of the log was begun and not finished",
                      home.run("serve", "--check").stderr)
        done = home.recover()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"entries {self.kept} to {signed - 1} are back", done.stdout)
        seen = home.verify("--since", newest, as_json=True)
        self.assertEqual(seen.returncode, 0, seen.stdout)
        told, = json.loads(seen.stdout)["recoveries"]
        self.assertEqual((told["database_size"], told["recovered_size"]), (self.kept, signed))

    def test_while_the_server_runs_it_refuses(self):
        self.home.start_server()
        self.assertIn("the server or a command works on the database", self.refused())

    # -- What is not what was signed

    def test_a_damaged_file_is_named_and_nothing_is_written(self):
        home = self.home
        home.restore("backup")
        width = home.size()
        for name in (f"tile/entries/000.p/{width}", f"tile/0/000.p/{width}"):
            file = home.acme / name
            good = file.read_bytes()
            file.write_bytes(good[:-20] + bytes([good[-20] ^ 1]) + good[-19:])
            said = self.refused("--log", "acme")
            self.assertIn("is not what was signed", said)
            self.assertIn(str(file), said)
            file.write_bytes(good)
        self.assertEqual(home.recover().returncode, 0)

    def test_forged_files_are_refused(self):
        home = self.home
        home.restore("backup")
        home.stop_signer()
        width = home.size()
        note = (home.acme / "checkpoint").read_text()
        keys = (home.acme / "keys").read_text()
        origin = note.splitlines()[0]

        def fetch(path):
            file = home.acme / path
            return file.read_bytes() if file.is_file() else None
        _, leaves = kit.TiledLog(fetch).read()
        leaves[-1] = kit.with_field(leaves[-1], "outcome", b"\1")
        hashes = [kit.leaf_hash(leaf) for leaf in leaves]
        bundle = b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)
        (home.acme / f"tile/entries/000.p/{width}").write_bytes(bundle)
        (home.acme / f"tile/0/000.p/{width}").write_bytes(b"".join(hashes))
        # Tiles that agree with themselves, under the old checkpoint.
        self.assertIn("is not what was signed", self.refused("--log", "acme"))
        # And a checkpoint of a forger's, with a list of keys that says it is the log's.
        seed = bytes(range(32))
        forged = kit.checkpoint(origin, hashes, seed)
        (home.acme / "checkpoint").write_text(forged)
        self.assertIn("not signed by the key of the log", self.refused("--log", "acme"))
        public = kit.ed25519_key(seed)[2]
        vkey = f"{origin}+{kit.key_hash(origin, public).hex()}+{kit.b64(bytes([1]) + public)}"
        (home.acme / "keys").write_text(f"0 {vkey}\n")
        (home.acme / "signed").write_text(forged)
        self.assertIn("not signed by the log key", self.refused("--log", "acme"))
        # With the real key beside it the database is taken in, and the signer's memory is not.
        (home.acme / "keys").write_text(keys + f"{self.kept} {vkey}\n")
        self.assertEqual(home.recover("--log", "acme").returncode, 0)
        home.start_signer()
        for _ in range(100):
            if "the log does not extend what was signed" in home.signer_log():
                break
            time.sleep(0.1)
        else:
            self.fail("signed: " + home.signer_log()[-1000:])

    # -- Fork

    def lose_the_entries(self):
        self.home.restore("backup")
        shutil.rmtree(self.home.acme / "tile" / "entries")
        self.home.recover_the_others()

    def fork(self):
        origin = "cdp.example/acme/log2"
        done = self.home.recover("--fork", "--log", "acme", "--confirm", origin)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"accept-fork --log {self.home.tenant}", done.stdout)

    def accept(self):
        self.home.stop_signer()
        done = subprocess.run([*self.home.signer_arguments("accept-fork"), "--log", self.home.tenant],
                              capture_output=True, text=True, check=False)
        return done

    def test_lost_entries_lead_to_a_fork_by_two_operators_that_auditors_see(self):
        home, signed = self.home, self.home.size()
        old_note = (home.acme / "checkpoint").read_text()
        old_policy = home.dir / "old-policy.txt"
        old_policy.write_text(home.ok("audit", "policy", role="auditor").stdout)
        self.lose_the_entries()
        said = self.refused("--log", "acme")
        self.assertIn("a published file that is needed is missing", said)
        self.assertIn("assent audit recover --fork --log acme", said)
        said = self.refused("--fork", "--log", "acme")
        self.assertIn("repeat with --confirm cdp.example/acme/log2", said)
        self.assertIn("a fork is of one log", self.refused("--fork"))
        self.fork()
        # One operator's word is not enough.
        self.assertIn("assent-signer accept-fork", home.run("serve", "--check").stderr)
        home.stop_signer()
        home.start_signer()
        for _ in range(100):
            if "was it forked openly?" in home.signer_log():
                break
            time.sleep(0.1)
        else:
            self.fail("the signer does not ask: " + home.signer_log()[-1000:])
        self.assertEqual((home.acme / "checkpoint").read_text(), old_note)
        accepted = self.accept()
        self.assertEqual(accepted.returncode, 0, accepted.stderr)
        self.assertIn("cdp.example/acme/log1 goes on as cdp.example/acme/log2", accepted.stdout)
        self.assertEqual((home.acme / "log1" / "checkpoint").read_text(), old_note)
        home.start_signer()
        for _ in range(100):
            if (home.acme / "checkpoint").exists():
                break
            time.sleep(0.05)
        home.start_server()
        home.act(2)
        seen = home.verify("--since", self.before)
        self.assertEqual(seen.returncode, 0, seen.stdout)
        self.assertIn("log     cdp.example/acme/log2", seen.stdout)
        root = old_note.splitlines()[2]
        self.assertIn(f"before it the log was signed up to {signed} entries with root {root}", seen.stdout)
        lost = home.verify("--since", self.newest)
        self.assertEqual(lost.returncode, 1)
        told, = json.loads(home.verify("--since", self.newest, as_json=True).stdout)["forks"]
        self.assertEqual((told["kept_size"], told["old_size"], told["old_root"]),
                         (self.kept, signed, root))
        self.assertIn(f"first bad entry {told['entry']}", lost.stdout)
        # Who knows the first origin alone cannot tell; papers of before keep their policy.
        done = subprocess.run([binary("assent-verify"), "bundle", home.dir / "log.bundle", "--policy",
                               old_policy], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("# before a fork: log cdp.example/acme/log1+", home.policy.read_text())
        leaf = home.dir / "fork.leaf"
        leaf.write_text(kit.b64(kit.Bundle((home.dir / "log.bundle").read_text())
                                .leaves[told["entry"]]) + "\n")
        done = subprocess.run([binary("assent-verify"), "explain", leaf], capture_output=True, text=True,
                              check=False)
        self.assertIn("FORK (done)", done.stdout)
        self.assertIn(f"goes on from {self.kept} entries", done.stdout)

    def test_a_signer_does_not_accept_what_names_another_head(self):
        home = self.home
        self.lose_the_entries()
        self.fork()
        state, = (home.dir / "state" / "signer").glob(f"{home.tenant}.checkpoint")
        kept = state.read_text()
        state.write_text(self.before.read_text())  # As if it had signed less.
        refused = self.accept()
        self.assertEqual(refused.returncode, 1)
        self.assertIn("no entry of the log tells of a fork from what was signed here last", refused.stderr)
        state.write_text(kept)
        self.assertEqual(self.accept().returncode, 0)
        self.assertIn("accepted already", self.accept().stderr)

    def test_a_log_that_can_be_put_back_is_not_forked(self):
        self.home.restore("backup")
        said = self.refused("--fork", "--log", "acme", "--confirm", "cdp.example/acme/log2")
        self.assertIn("its entries can be put back", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
