"""The real witness: its commands, its answers over HTTP, what the verifier makes of them, and that
no kill -9 makes it cosign two histories."""
import hashlib
import http.client
import os
import random
import re
import signal
import stat
import subprocess
import sys
import threading
import time
import unittest

from installation import binary
from tlog import Key, Log
from witness import Witness

KILLS = int(os.environ.get("ASSENT_KILLS", "10"))
SEED = int(os.environ.get("ASSENT_SEED", str(time.time_ns() % 1_000_000)))
CYRILLIC = re.compile("[А-Яа-яЁё]")


class WitnessTest(unittest.TestCase):
    def setUp(self):
        self.witness = Witness()
        self.addCleanup(self.witness.close)
        key = Key(self.witness.dir, 1)
        self.log, self.fork = Log(key, "a"), Log(key, "b")

    def test_a_key_is_made_once_and_nobody_else_may_read_it(self):
        self.witness.init(self.log.vkey())
        self.assertRegex(self.witness.vkey, r"^witness\.example/w1\+[0-9a-f]{8}\+B[A-Za-z0-9+/]{43}$")
        self.assertEqual(stat.S_IMODE(self.witness.key.stat().st_mode), 0o400)
        again = self.witness.run("init", "--name", "witness.example/w1", "--key", self.witness.key)
        self.assertEqual(again.returncode, 1)
        self.assertIn("the key file exists already", again.stderr)
        spaced = self.witness.run("init", "--name", "a b", "--key", self.witness.dir / "other")
        self.assertEqual(spaced.returncode, 1)

    def test_a_checkpoint_goes_through_witness_and_verifier(self):
        self.witness.init(self.log.vkey())
        self.witness.start()
        status, first = self.witness.ask(self.log, 0, 5)
        self.assertEqual(status, 200)
        self.assertEqual(self.witness.ask(self.log, 0, 9), (409, "5\n"))
        status, second = self.witness.ask(self.log, 5, 9)
        self.assertEqual(status, 200)
        files = {name: self.witness.dir / name for name in ("old", "new", "bare", "proof", "policy")}
        files["old"].write_text(self.log.checkpoint(5) + first, encoding="utf-8")
        files["new"].write_text(self.log.checkpoint(9) + second, encoding="utf-8")
        files["bare"].write_text(self.log.checkpoint(9), encoding="utf-8")
        files["proof"].write_text(self.log.proof(5, 9), encoding="utf-8")
        files["policy"].write_text(f"log {self.log.vkey()}\nwitness w1 {self.witness.vkey}\n"
                                   "quorum w1\n", encoding="utf-8")

        def compare(newer):
            return subprocess.run([binary("assent-verify"), "compare", files["old"], files[newer],
                                   "--proof", files["proof"], "--policy", files["policy"]],
                                  capture_output=True, text=True, check=False)
        self.assertEqual(compare("new").returncode, 0, compare("new").stdout)
        bare = compare("bare")
        self.assertEqual(bare.returncode, 2)
        self.assertIn("too few witnesses", bare.stdout)
        origin = hashlib.sha256(self.log.origin.encode()).hexdigest()
        self.assertEqual(self.witness.send("GET", f"/{origin}/checkpoint"),
                         (200, self.log.checkpoint(9) + second))
        self.assertIn('assent_witness_log_size{origin="cdp.example/acme/log1"} 9',
                      self.witness.send("GET", "/metrics")[1])
        self.assertEqual(self.witness.known_size(), 9)
        self.assertEqual(self.witness.stop(), 0)

    def test_a_second_history_is_refused_and_its_proof_is_kept(self):
        self.witness.init(self.log.vkey())
        self.witness.start()
        self.assertEqual(self.witness.ask(self.log, 0, 5)[0], 200)
        self.assertEqual(self.witness.ask(self.fork, 5, 9)[0], 422)
        self.assertEqual(self.witness.ask(self.fork, 5, 5)[0], 422)
        self.witness.stop()
        told = self.witness.ok("status", "--state", self.witness.state, "--key", self.witness.key)
        self.assertIn("THE LOG SIGNED TWO HISTORIES", told)
        proof, = self.witness.state.glob("*.contradiction")
        self.assertIn(self.fork.checkpoint(5), proof.read_text(encoding="utf-8"))

    def test_it_says_what_keeps_it_from_serving(self):
        serve = ("serve", "--state", self.witness.state, "--key", self.witness.key)
        self.assertIn(".vkey, cannot be read", self.witness.run(*serve).stderr)
        self.witness.ok("init", "--name", "witness.example/w1", "--key", self.witness.key)
        self.assertIn("the witness knows no log yet", self.witness.run(*serve).stderr)
        self.witness.ok("add-log", "--state", self.witness.state, self.log.vkey())
        self.assertIn("ADDRESS:PORT", self.witness.run(*serve, "--address", "nowhere").stderr)
        self.witness.start()
        second = self.witness.run(*serve)
        self.assertIn("another process works with this state directory", second.stderr)
        self.assertEqual(self.witness.ask(self.log, 0, 5)[0], 200)
        self.witness.stop()
        file, = self.witness.state.glob("*.log")
        file.write_text(file.read_text(encoding="utf-8").replace("\n5\n", "\n4\n"), encoding="utf-8")
        refused = self.witness.run(*serve)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("did not cosign under this key", refused.stderr)

    def test_it_learns_a_log_and_a_key_while_it_runs(self):
        add = ("add-log", "--state", self.witness.state)
        self.witness.init(self.log.vkey())
        self.witness.start()
        self.assertEqual(self.witness.ask(self.log, 0, 5)[0], 200)
        other = Log(Key(self.witness.dir, 2), "c", "cdp.example/other/log1")
        self.assertEqual(self.witness.ask(other, 0, 3)[0], 404)
        self.witness.ok(*add, other.vkey())
        self.assertEqual(self.witness.ask(other, 0, 3)[0], 200)
        # The next key of a log: what it cosigned under the first one holds on.
        rotated = Log(Key(self.witness.dir, 3), "a")
        self.assertEqual(self.witness.ask(rotated, 5, 9)[0], 403)
        self.witness.ok(*add, rotated.vkey())
        self.assertEqual(self.witness.ask(rotated, 5, 9)[0], 200)
        self.assertEqual(self.witness.ask(self.fork, 9, 12)[0], 422)
        self.witness.stop()
        self.witness.start()
        self.assertEqual(self.witness.ask(rotated, 9, 10)[0], 200)
        self.assertEqual(self.witness.ask(other, 3, 4)[0], 200)
        self.assertEqual(self.witness.ask(self.log, 10, 11)[0], 200)

    def test_keys_that_are_added_while_it_cosigns_are_not_lost(self):
        self.witness.init(self.log.vkey())
        self.witness.start()
        keys = [Log(Key(self.witness.dir, seed), "a") for seed in range(2, 9)]
        asker = threading.Thread(target=self.grow, args=(self.log, [0]))
        asker.start()
        for log in keys:
            self.witness.ok("add-log", "--state", self.witness.state, log.vkey())
        for log in keys:
            known = 0
            while (answer := self.witness.ask(log, known, 64))[0] == 409:
                known = int(answer[1])
            self.assertEqual(answer[0], 200, answer)
        self.witness.stop(signal.SIGKILL)
        asker.join()
        file, = self.witness.state.glob("*.log")
        lines = file.read_text(encoding="utf-8").splitlines()
        self.assertEqual({line.split()[1] for line in lines if line.startswith("log ")},
                         {log.vkey() for log in (self.log, *keys)})

    def test_its_help_teaches_in_both_languages(self):
        for command in ((), ("init",), ("add-log",), ("serve",), ("status",)):
            english = self.witness.ok("--lang", "en", *command, "--help")
            russian = self.witness.ok("--lang", "ru", *command, "--help")
            self.assertFalse(CYRILLIC.search(english), command)
            self.assertTrue(CYRILLIC.search(russian), command)
            self.assertNotRegex(russian, r"Usage|REQUIRED|Options:|Subcommands|Positionals")
        self.assertIn("A first day", self.witness.ok("--help"))
        self.assertEqual(self.witness.run("--lang", "en", "serve").returncode, 2)

    def test_no_kill_makes_it_cosign_two_histories(self):
        """Two histories race for the witness, which is killed at random: all it ever gave out is of
        one of them, and what it gave out it remembers."""
        print(f"ASSENT_SEED={SEED} kills={KILLS}", file=sys.stderr)
        chance = random.Random(SEED)
        self.witness.init(self.log.vkey())
        for log in (self.log, self.fork):
            for size in range(1, 65):
                log.checkpoint(size)
        given = {"a": [0], "b": [0]}
        for _ in range(KILLS):
            self.witness.start()
            threads = [threading.Thread(target=self.grow, args=(log, given[name]))
                       for name, log in (("a", self.log), ("b", self.fork)) for _ in range(2)]
            for thread in threads:
                thread.start()
            time.sleep(chance.uniform(0.0, 0.05))
            self.witness.stop(signal.SIGKILL)
            for thread in threads:
                thread.join()
            sizes = {name: max(sizes) for name, sizes in given.items()}
            self.assertEqual(min(sizes.values()), 0, f"two histories: {sizes}")
            self.assertGreaterEqual(self.witness.known_size(), max(sizes.values()))
        self.witness.start()
        names = {"a": self.log, "b": self.fork}
        for name, sizes in given.items():
            if max(sizes) == 0:
                continue
            size = self.witness.known_size()
            self.assertEqual(self.witness.ask(names[name], size, size)[0], 200)
            del names[name]
            other, = names.values()
            self.assertEqual(self.witness.ask(other, size, size)[0], 422)
            return
        self.fail("nothing was ever cosigned: the kills came too early to show anything")

    def grow(self, log, sizes):
        """Asks for the next size, at the end for the last one anew, until the witness dies."""
        known = 0
        try:
            while True:
                size = min(known + 1, 64)
                status, body = self.witness.ask(log, known, size)
                if status == 200:
                    known = size
                    sizes.append(known)
                elif status == 409:
                    known = int(body)
                else:
                    return
        except (OSError, http.client.HTTPException):
            return


if __name__ == "__main__":
    unittest.main()
