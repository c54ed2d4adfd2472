"""The clock of the machine is set back and forward by two hours under the real binary. Needs the
library of Debian's package faketime; says SKIPPED without it."""
import glob
import json
import subprocess
import time
import unittest

from installation import Installation, binary
from sample_circle import AS_OF, Release, find, open_shop

LIBRARY = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)
HOURS = 3600


class SteppedClock(Installation):
    """Its program sees a time that tests move; the clusters and the tests see the real one."""

    def __init__(self):
        self.faked = None
        super().__init__()
        self.faked = self.dir / "offset"
        self.step(0)

    def step(self, seconds):
        self.faked.write_text(f"{seconds:+d}s\n", encoding="utf-8")

    def arguments(self, *args, role="admin"):
        if self.faked is None:
            return super().arguments(*args, role=role)
        return ["env", f"LD_PRELOAD={LIBRARY}", f"FAKETIME_TIMESTAMP_FILE={self.faked}",
                "FAKETIME_NO_CACHE=1", "DONT_FAKE_MONOTONIC=1",
                *super().arguments(*args, role=role)]


@unittest.skipUnless(LIBRARY, "SKIPPED: the package faketime is not installed")
class ClockTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = SteppedClock()
        cls.addClassCleanup(home.close)
        cls.sample = open_shop(home)
        cls.policy = home.dir / "policy.txt"
        cls.policy.write_text(home.ok("audit", "policy", role="auditor").stdout)
        cls.permitted = iter(sorted(Release(home, "email").contacts))

    def setUp(self):
        self.home.step(0)
        self.home.start_server()
        self.addCleanup(self.home.stop_server)

    def say(self, who, action, reference, status=200, **more):
        got, _, answer = self.home.request("POST", "/v1/consents", {
            "identifier": {"kind": "email", "value": who}, "purpose": "direct_marketing",
            "channel": "email", "action": action, "reference": reference, **more}, "officer")
        self.assertEqual(got, status, answer)

    def check_log(self):
        bundle = self.home.dir / "log.bundle"
        self.home.ok("audit", "export", "--output", bundle, role="auditor")
        done = subprocess.run([binary("assent-verify"), "bundle", bundle, "--policy", self.policy],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def erase(self, who):
        request = self.home.request("POST", "/v1/requests", {
            "type": "erasure", "identifier": {"kind": "email", "value": who}}, "officer")[2]
        ends = time.monotonic() + 60
        while self.home.request("GET", "/v1/requests/" + request["id"], role="officer")[2][
                "state"] != "completed":
            self.assertLess(time.monotonic(), ends, "the erasure does not complete")
            time.sleep(0.1)
        self.assertEqual(find(self.home, "email", who), {})

    def test_a_withdrawal_after_a_step_back_holds_in_the_server_and_in_a_new_program(self):
        for number, way in enumerate(("server", "command")):
            with self.subTest(way):
                who = next(self.permitted)
                self.home.step(0)
                self.say(who, "give", f"given{number}", notice="ru-ads-email-2025")
                self.home.step(-2 * HOURS)
                if way == "server":
                    self.say(who, "withdraw", f"taken{number}")
                else:
                    self.home.ok("consent", "record", "--identifier", "email", "--channel", "email",
                                 "--action", "withdraw", role="officer", stdin=who + "\n")
                self.assertNotIn(who, Release(self.home, "email").contacts)
        self.check_log()

    def test_the_log_of_a_server_whose_clock_steps_verifies(self):
        for offset in (2 * HOURS, 0, -2 * HOURS, 0):
            self.home.step(offset)
            self.assertEqual(self.home.request("GET", "/v1/releases", role="officer")[0], 200)
            self.say(next(self.permitted), "withdraw", f"at{offset}{time.monotonic_ns()}")
        self.check_log()

    def test_imports_and_erasures_finish_across_steps(self):
        for number, offset in enumerate((-2 * HOURS, 2 * HOURS)):
            path = self.home.dir / f"step{number}.csv"
            path.write_text("external_id;first_name;email;country\n" + "".join(
                f"S{i};Анна;s{i}.of{number}@example.com;RU\n" for i in range(2200)),
                encoding="utf-8")
            running = subprocess.Popen(self.home.arguments(
                "import", "--source", f"stepped{number}", "--mapping", "contacts", path,
                role="integrator"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            time.sleep(0.3)
            self.home.step(offset)
            out, err = running.communicate(timeout=120)
            self.assertEqual(running.returncode, 0, err)
            self.assertIn("2200 stored", out)
            self.erase(f"s7.of{number}@example.com")
            self.home.step(0)
        self.check_log()

    def test_a_token_survives_a_step_back_and_a_step_forward_ends_tokens_and_links(self):
        made = self.home.request("POST", "/v1/tokens", {"role": "officer", "name": "short",
                                                        "days": 1}, "admin")[2]
        bearer = {"Authorization": "Bearer " + made["token"]}
        release = self.home.request("POST", "/v1/segments/sleeping_180d/releases", {
            "purpose": "direct_marketing", "channel": "email", "recipient": "mailhouse",
            "fields": ["contact"], "as_of": AS_OF}, "marketer")[2]
        self.home.step(-2 * HOURS)
        self.assertEqual(self.home.request("GET", "/v1/releases", headers=bearer)[0], 200)
        self.home.step(2 * HOURS)
        self.assertEqual(self.home.request("GET", release["file"], role="marketer")[0], 404)
        self.home.step(25 * HOURS)
        self.assertEqual(self.home.request("GET", "/v1/releases", headers=bearer)[0], 401)
        # Believed once, a step forward is not taken back: what ended stays ended.
        self.home.step(0)
        self.assertEqual(self.home.request("GET", "/v1/releases", headers=bearer)[0], 401)

    def test_what_lies_in_the_future_is_refused(self):
        ahead = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 40 * HOURS))
        self.say(next(self.permitted), "give", "future", 400, effective_at=ahead,
                 notice="ru-ads-email-2025")

    def test_a_program_that_starts_behind_the_log_says_so(self):
        self.home.step(-2 * HOURS)
        told = self.home.ok("audit", "checkpoint", role="auditor").stderr
        line = next(json.loads(line) for line in told.splitlines()
                    if "clock.behind_the_log" in line)
        self.assertEqual(line["level"], "warning")
        self.assertGreaterEqual(line["seconds"], 2 * HOURS - 60)


if __name__ == "__main__":
    unittest.main(verbosity=2)
