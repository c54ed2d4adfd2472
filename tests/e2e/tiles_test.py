"""The log as tiles and entry bundles (c2sp.org/tlog-tiles), read over HTTP by log_kit.py, which knows
nothing of the program: what it folds from the leaves is what the signer signed."""
import signal
import socket
import time
import unittest

import log_kit as kit
from installation import Installation

INSTALLATION_LOG = "00000000-0000-0000-0000-000000000000"
FULL, PARTIAL = "private, max-age=31536000, immutable", "private, max-age=2"


class TilesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = Installation()
        cls.addClassCleanup(cls.home.close)
        cls.home.start_server()
        cls.tenant = cls.home.psql("data", "SELECT tenant FROM tenant")
        cls.keys = kit.policy_keys(cls.home.ok("audit", "policy", role="auditor").stdout)

    def published(self):
        return self.home.dir / "state" / "published" / self.tenant

    def act(self, times):
        """Acts over HTTP that leave an entry each."""
        for _ in range(times):
            status, _, _ = self.home.request("GET", "/v1/audit/entries?limit=1", role="auditor")
            self.assertEqual(status, 200)

    def get(self, path, role="auditor", log="acme"):
        return self.home.request("GET", f"/v1/logs/{log}/{path}", role=role)

    def reader(self, log="acme"):
        def fetch(path):
            status, _, body = self.get(path, log=log)
            self.assertIn(status, (200, 404), path)
            return body if status == 200 else None
        return kit.TiledLog(fetch)

    def wait_for_size(self, size):
        for _ in range(200):
            if self.reader().checkpoint()[1] >= size:
                return
            time.sleep(0.05)
        self.fail("no checkpoint of this size: " + self.home.signer_log()[-1000:])

    def numbered(self):
        return int(self.home.psql("data", "SELECT size FROM audit_head "
                                          f"WHERE tenant = '{self.tenant}'"))

    def read(self, reader):
        """The leaves of the newest tree, when the log's own key signed it."""
        note, leaves = reader.read()
        origin, _, _, text, signed = kit.read_checkpoint(note)
        key = self.keys[origin]
        self.assertTrue(any(name == origin and hash_ == kit.key_hash(origin, key)
                            and kit.ed25519_verify(key, text.encode(), signature)
                            for name, hash_, signature in signed))
        return leaves

    # -- Reading

    def test_a_stranger_folds_the_signed_root_before_and_after_more_acts(self):
        reader = self.reader()
        first = self.read(reader)
        self.act(300)
        self.wait_for_size(len(first) + 300)
        second = self.read(reader)
        self.assertEqual(second[:len(first)], first)
        self.assertGreaterEqual(len(second), 256)
        self.assertTrue(all(kit.is_leaf(leaf) for leaf in second))
        self.act(1)
        self.wait_for_size(len(second) + 1)
        reader.fetched.clear()
        third = self.read(reader)
        self.assertEqual(third[:len(second)], second)
        self.assertNotIn("tile/0/000", reader.fetched)  # Full tiles were asked for once.
        self.assertNotIn("tile/entries/000", reader.fetched)
        stored = self.home.psql("data", "SELECT encode(leaf, 'hex') FROM audit_leaf WHERE tenant = "
                                        f"'{self.tenant}' ORDER BY idx LIMIT {len(third)}")
        self.assertEqual([leaf.hex() for leaf in third], stored.split())
        self.assertFalse((self.published() / "tile" / "0" / "000.p").exists())

    def test_the_files_are_the_same_log(self):
        def fetch(path):
            file = self.published() / path
            return file.read_bytes() if file.is_file() else None
        self.assertEqual(self.read(kit.TiledLog(fetch))[:3], self.read(self.reader())[:3])
        modes = {oct(path.stat().st_mode & 0o777) for path in (self.published() / "tile").rglob("*")}
        self.assertLessEqual(modes, {"0o755", "0o644"})

    def test_the_only_tenant_reads_the_installations_log_too(self):
        _, leaves = self.reader("installation").read()
        self.assertTrue(all(kit.field(leaf, "tenant") == bytes(16) for leaf in leaves))

    def test_types_and_caching_are_those_of_the_specification(self):
        size = self.reader().checkpoint()[1]
        width = size % 256
        seen = {"checkpoint": ("text/plain; charset=utf-8", PARTIAL)}
        if width:
            seen[kit.tile_path(0, size // 256, width)] = ("application/octet-stream", FULL)
        for path, (kind, cache) in seen.items():
            status, headers, _ = self.get(path)
            # A partial file may have been filled by another act meanwhile.
            if status == 404 and path != "checkpoint":
                continue
            self.assertEqual((headers["Content-Type"], headers["Cache-Control"]), (kind, cache))
        self.assertEqual(self.get("checkpoint", log=self.tenant)[0], 200)

    # -- Who may not

    def test_only_who_may_export_the_log_reads_it(self):
        for role, expected in (("officer", 200), ("auditor", 200), ("admin", 403),
                               ("marketer", 403), ("integrator", 403), (None, 401)):
            self.assertEqual(self.get("checkpoint", role)[0], expected, role)
            status = self.get("tile/0/000.p/0", role)[0]
            self.assertEqual(status, 404 if expected == 200 else expected, role)

    def test_nothing_of_other_logs_is_told(self):
        for log in ("other", INSTALLATION_LOG, "11111111-1111-7111-8111-111111111111", "published"):
            self.assertEqual(self.get("checkpoint", log=log)[0], 404, log)
            self.assertEqual(self.get("tile/0/000", log=log)[0], 404, log)

    def raw_status(self, target):
        """As no client library would send it."""
        with socket.create_connection(("127.0.0.1", self.home.port), timeout=30) as peer:
            peer.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                         f"Authorization: Bearer {self.home.token('auditor')}\r\n\r\n".encode())
            answer = b""
            while piece := peer.recv(65536):
                answer += piece
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), body

    def test_no_path_leads_out_of_the_log(self):
        secret = (self.home.dir / "keys" / "token.key").read_bytes()
        up = "../" * 8
        for path in ("tile/../keys", "tile/../../keys", f"tile/{up}etc/passwd", "tile/..%2f..%2fkeys",
                     "tile/%2e%2e/keys", "tile/%2e%2e%2f%2e%2e%2fkeys", "tile//etc/passwd",
                     "tile/%2fetc%2fpasswd", "tile/0/..%5c..%5ckeys", "tile/0/000.p/../../../keys",
                     "tile/0/000%00", "tile/0/000.p/1.new", "tile/keys", "tile/entries/../0/000",
                     "tile/0/x000/000", "tile/00/000", "tile/0/000.p/256", "tile/0/0000", "tile/0",
                     "tile/64/000", "keys", "tile", "..%2fcheckpoint"):
            status, body = self.raw_status(f"/v1/logs/acme/{path}")
            self.assertIn(status, (400, 404), path)
            self.assertNotIn(b"root:", body)
            self.assertNotIn(secret.strip(), body)
        for log in ("..", "%2e%2e", "..%2f..", ".", "", "acme%2f..%2facme", f"{self.tenant}%2f.."):
            status, _ = self.raw_status(f"/v1/logs/{log}/checkpoint")
            self.assertIn(status, (400, 404), log)

    # -- Writing

    def test_no_kill_of_the_signer_leaves_a_tree_that_does_not_fold(self):
        for pause in (0.0, 0.01, 0.05, 0.2, 0.25):
            self.act(40)
            time.sleep(pause)
            self.home.stop_signer(signal.SIGKILL)
            self.read(self.reader())
            self.home.start_signer()
        self.wait_for_size(self.numbered())
        self.read(self.reader())

    def test_lost_files_are_there_again_when_the_signer_starts(self):
        before = self.read(self.reader())
        self.home.stop_signer()
        for file in sorted((self.published() / "tile").rglob("*"), reverse=True):
            file.unlink() if file.is_file() else file.rmdir()
        self.home.start_signer()
        self.act(1)
        self.wait_for_size(len(before) + 1)
        self.assertEqual(self.read(self.reader())[:len(before)], before)

    def test_leaves_that_are_not_of_the_tree_are_not_signed(self):
        self.home.stop_signer()
        self.act(3)
        size = self.reader().checkpoint()[1]
        for _ in range(200):
            if self.numbered() >= size + 3:
                break
            time.sleep(0.05)
        change = ("UPDATE audit_leaf SET leaf = set_byte(leaf, 60, get_byte(leaf, 60) # 1) "
                  f"WHERE tenant = '{self.tenant}' AND idx = {size + 1}")
        self.home.psql("data", change)
        self.home.start_signer()
        for _ in range(200):
            if "do not lead to its tiles and its head" in self.home.signer_log():
                break
            time.sleep(0.05)
        else:
            self.fail("the signer said nothing")
        self.assertEqual(self.reader().checkpoint()[1], size)
        self.home.psql("data", change)  # The same bit again: as it was.
        self.wait_for_size(size + 3)
        self.read(self.reader())


if __name__ == "__main__":
    unittest.main(verbosity=2)
