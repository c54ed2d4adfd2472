"""What a start has no time for: every entry hashed again up to the signed root, and every published
file read, by `assent audit check` and by the server each day."""
import re
import time
import unittest

from installation import Installation

TENANT_ENTRIES = 1400  # Beyond the newest thousand, which a start looks at.


class RehashTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = Installation()
        cls.addClassCleanup(home.close)
        home.start_server()
        cls.tenant = home.psql("data", "SELECT tenant FROM tenant")
        cls.grow(TENANT_ENTRIES)

    @classmethod
    def grow(cls, entries):
        """Acts over HTTP until the log has so many, and all of them are signed."""
        size = f"SELECT size FROM audit_head WHERE tenant = '{cls.tenant}'"
        signed = f"SELECT max(size) FROM audit_checkpoint WHERE tenant = '{cls.tenant}'"
        while int(cls.home.psql("data", size)) < entries:
            for _ in range(100):
                cls.home.request("GET", "/v1/audit/entries?limit=1", role="auditor")
        ends = time.monotonic() + 60
        while cls.home.psql("data", size) != cls.home.psql("data", signed):
            assert time.monotonic() < ends, "not signed"
            time.sleep(0.1)

    def published(self, name):
        return self.home.dir / "state" / "published" / self.tenant / name

    def check(self):
        return self.home.run("audit", "check", role="auditor")

    def flip(self, path, at):
        content = bytearray(path.read_bytes())
        content[at] ^= 16
        path.write_bytes(content)

    def metric(self, name):
        """The value of the tenant's log, once the server has hashed it."""
        ends = time.monotonic() + 60
        while True:
            status, _, text = self.home.request("GET", "/metrics", role="admin")
            self.assertEqual(status, 200)
            found = re.search(rf'^{name}{{log="{self.tenant}"}} (\d+)$', text.decode(), re.M)
            if found:
                return int(found[1])
            self.assertLess(time.monotonic(), ends, "not hashed")
            time.sleep(0.1)

    def test_a_sound_log_is_said_to_be_so(self):
        said = self.check()
        self.assertEqual(said.returncode, 0, said.stderr)
        found = re.search(rf"log {self.tenant}: entries 0 to (\d+) hash to the signed root",
                          said.stdout)
        self.assertGreaterEqual(int(found[1]), TENANT_ENTRIES - 1)

    def test_a_bit_that_flipped_in_an_old_published_file_is_named(self):
        path = self.published("tile/entries/002")
        self.flip(path, 2 + 100)
        try:
            said = self.check()
            self.assertEqual(said.returncode, 1)
            self.assertIn(f"log {self.tenant}: a published file of the log is missing", said.stdout)
            self.assertIn("entry 512", said.stdout)
        finally:
            self.flip(path, 2 + 100)

    def test_an_old_entry_that_was_changed_past_the_program_is_named_by_command_and_server(self):
        change = ("UPDATE audit_leaf SET leaf = set_byte(leaf, 60, get_byte(leaf, 60) # 1) "
                  f"WHERE tenant = '{self.tenant}' AND idx = 9")
        self.home.psql("data", change)
        try:
            said = self.check()
            self.assertEqual(said.returncode, 1)
            self.assertIn("an entry of the log was changed", said.stdout)
            self.assertIn("entry 9\n", said.stdout)
            self.home.stop_server()
            self.home.start_server()  # It is older than what the start looks at.
            self.assertEqual(self.metric("assent_log_damaged"), 1)
        finally:
            self.home.psql("data", change)
        self.home.stop_server()
        self.home.start_server()
        self.assertEqual(self.metric("assent_log_damaged"), 0)
        self.assertGreaterEqual(self.metric("assent_log_rehashed_size"), TENANT_ENTRIES)


if __name__ == "__main__":
    unittest.main()
