"""Sixteen writers, and kill -9 of the sequencer (the server), the signer and PostgreSQL at random
moments: each acknowledged event is in the log exactly once, and no gap is unexplained. And what a
killed command left cannot vanish before it has a number.

ASSENT_LOG_KILLS    how many kills, at least [10]
ASSENT_LOG_EVENTS   how many acknowledged events, at least [5000]
ASSENT_SEED         repeats a run; printed at the start
"""
import collections
import os
import random
import signal
import subprocess
import sys
import threading
import time
import unittest

from installation import Installation, binary

WRITERS = 16
PAUSE_SECONDS = 0.5          # Between two kills, at most.
CATCH_UP_SECONDS = 120


class Writers(threading.Thread):
    """The program that writes, and what was acknowledged to it."""

    def __init__(self, home, tenant, events):
        super().__init__()
        self.acknowledged = []
        self.process = subprocess.Popen(
            [os.environ["ASSENT_LOG_WRITER"], home.dir / "run", "5432", tenant, str(WRITERS),
             str(events)], stdout=subprocess.PIPE, text=True)

    def run(self):
        with self.process:
            for line in self.process.stdout:
                self.acknowledged.append(line.strip())


class LogKillTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kills = int(os.environ.get("ASSENT_LOG_KILLS", "10"))
        cls.events = int(os.environ.get("ASSENT_LOG_EVENTS", "5000"))
        cls.seed = int(os.environ.get("ASSENT_SEED", random.SystemRandom().randrange(1 << 32)))
        print(f"{cls.kills} kills, {cls.events} events, ASSENT_SEED={cls.seed}", file=sys.stderr,
              flush=True)
        cls.home = Installation()
        cls.addClassCleanup(cls.home.close)
        cls.home.start_server()

    def test_each_acknowledged_event_is_there_once_and_no_gap_is_unexplained(self):
        tenant = self.home.psql("data", "SELECT tenant FROM tenant")
        dice = random.Random(self.seed)
        acknowledged, struck = [], collections.Counter()
        # The writers begin anew, too: their sessions end without a successor.
        while len(acknowledged) < self.events or sum(struck.values()) < self.kills:
            writers = Writers(self.home, tenant, max(1000, self.events // 10))
            writers.start()
            while writers.is_alive():
                time.sleep(dice.uniform(0, PAUSE_SECONDS))
                if sum(struck.values()) < self.kills:
                    victim = dice.choice(("sequencer", "signer", "data"))
                    struck[victim] += 1
                    self.strike(victim)
            writers.join()
            self.assertEqual(writers.process.returncode, 0)
            acknowledged += writers.acknowledged
        print(f"struck: {dict(struck)}; {len(acknowledged)} events acknowledged", file=sys.stderr)
        self.catch_up()
        self.check(acknowledged)

    def strike(self, victim):
        if victim == "sequencer":
            self.home.stop_server(signal.SIGKILL)
            self.home.start_server()
        elif victim == "signer":
            self.home.stop_signer(signal.SIGKILL)
            self.home.start_signer()
        else:
            self.home.clusters("kill-data")
            self.home.clusters("start")

    def catch_up(self):
        unsigned = ("SELECT (SELECT count(*) FROM audit_outbox) + (SELECT count(*) FROM audit_head h"
                    " WHERE size > (SELECT coalesce(max(size), 0) FROM audit_checkpoint c"
                    " WHERE c.tenant = h.tenant))")
        for _ in range(CATCH_UP_SECONDS * 5):
            if self.home.psql("data", unsigned) == "0":
                return
            time.sleep(0.2)
        self.fail("the log does not catch up")

    def check(self, acknowledged):
        bundle, policy = self.home.dir / "log.bundle", self.home.dir / "policy.txt"
        self.home.ok("audit", "export", "--output", bundle, role="auditor")
        policy.write_text(self.home.ok("audit", "policy", role="auditor").stdout)
        done = subprocess.run([binary("assent-verify"), "bundle", bundle, "--policy", policy],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("gaps 0", done.stdout)
        there = collections.Counter(self.home.psql(
            "data", "SELECT encode(substring(leaf FROM 24 FOR 16), 'hex') FROM audit_leaf").split())
        twice = [event for event, times in there.items() if times > 1]
        self.assertEqual(twice, [])
        missing = [event for event in acknowledged if event.replace("-", "") not in there]
        self.assertEqual(missing, [])


class KilledCommandTest(unittest.TestCase):
    """A command that is killed before its entries have a number: the server names them in the log, and
    from then on they cannot vanish unnoticed."""
    HEARTBEAT = "substring(leaf FROM 6 FOR 2) = '\\x0120'"

    @classmethod
    def setUpClass(cls):
        cls.home = Installation()
        cls.addClassCleanup(cls.home.close)
        cls.tenant = cls.home.psql("data", "SELECT tenant FROM tenant")

    def hold_the_numbers(self):
        """Nothing gets a number until the answered function is called."""
        holder = subprocess.Popen(
            ["psql", "-X", "-q", "-h", self.home.dir / "run", "-U", "postgres", "-d", "assent"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        holder.stdin.write("SELECT pg_advisory_lock(hashtextextended('assent.sequencer "
                           f"{self.tenant}', 0));\n")
        holder.stdin.flush()
        self.until("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND "
                   f"((classid::bigint << 32) | objid::bigint) = hashtextextended('assent.sequencer "
                   f"{self.tenant}', 0) AND pid IN (SELECT pid FROM pg_stat_activity WHERE "
                   "application_name = 'psql')", lambda held: held > 0)

        def let_go():
            holder.communicate("\\q\n", timeout=60)
        return let_go

    def until(self, count, is_so):
        for _ in range(600):
            if is_so(int(self.home.psql("data", count))):
                return
            time.sleep(0.1)
        self.fail(count)

    def waiting(self, more="true"):
        return (f"SELECT count(*) FROM audit_outbox WHERE tenant = '{self.tenant}' AND {more}")

    def kill_a_command(self):
        """It has committed its act and waits for a receipt that does not come."""
        with subprocess.Popen(
                self.home.arguments("token", "create", "--role", "auditor", "--name", "killed",
                                    "--receipt", self.home.dir / "none"),
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as command:
            self.until(self.waiting(), lambda entries: entries >= 2)
            command.kill()
        self.assertEqual(command.returncode, -signal.SIGKILL)

    def judged(self):
        bundle, policy = self.home.dir / "log.bundle", self.home.dir / "policy.txt"
        self.until(self.waiting(), lambda entries: entries == 0)
        self.home.ok("audit", "export", "--output", bundle, role="auditor")
        policy.write_text(self.home.ok("audit", "policy", role="auditor").stdout)
        return subprocess.run([binary("assent-verify"), "bundle", bundle, "--policy", policy],
                              capture_output=True, text=True, check=False)

    def test_what_it_left_is_named_and_cannot_vanish(self):
        for vanish, code in ((False, 0), (True, 1)):
            with self.subTest(vanish=vanish):
                let_go = self.hold_the_numbers()
                try:
                    self.kill_a_command()
                    self.home.start_server()
                    self.until(self.waiting(self.HEARTBEAT), lambda named: named > 0)
                    if vanish:  # The TOKEN_CREATED that nobody shall know of.
                        gone = self.home.psql("data", "DELETE FROM audit_outbox WHERE substring(leaf "
                                                      "FROM 6 FOR 2) = '\\x0201' RETURNING 1")
                        self.assertEqual(gone.splitlines()[0], "1")
                finally:
                    let_go()
                done = self.judged()
                self.home.stop_server()
                self.assertEqual(done.returncode, code, done.stdout + done.stderr)
                if vanish:
                    self.assertIn("entries of a writer that a heartbeat names are missing",
                                  done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
