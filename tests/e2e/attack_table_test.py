"""The attack table of the design, a test a row: what the attacker does, and the exit code of the real
`assent-verify` (0 verified, 1 tampering shown, 2 cannot tell). A row that the program itself answers
before any auditor (it does not start) is shown by its exit code too."""
import subprocess
import time
import unittest

import log_kit as kit
from installation import Installation, binary
from sample_circle import Sample, import_all
from tsa import Tsa
from witness import Witness

KEEP = ("DROP TABLE IF EXISTS kept_{0}; CREATE TABLE kept_{0} AS SELECT * FROM audit_{0}")
LEAF = "tenant, idx, event_id, leaf, sequenced_at"  # All that is not made of the leaf.


class AttackTableTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = Installation()
        cls.addClassCleanup(home.close)
        import_all(home, Sample(home, people=40))
        for _ in range(8):
            home.ok("token", "list")
            home.ok("recipient", "list", role="officer")
            home.ok("audit", "entries", role="auditor")
        cls.tenant = home.psql("data", "SELECT tenant FROM tenant")
        cls.policy = home.dir / "policy.txt"
        cls.policy.write_text(home.ok("audit", "policy", role="auditor").stdout)
        cls.held = home.dir / "held.checkpoint"
        cls.held.write_text(home.ok("audit", "checkpoint", role="auditor").stdout)
        home.ok("audit", "entries", role="auditor")  # The log goes on behind what the auditor holds.
        cls.bundle = home.dir / "log.bundle"
        home.ok("audit", "export", "--output", cls.bundle, role="auditor")
        cls.read = kit.Bundle(cls.bundle.read_text())
        cls.seed = bytes.fromhex((home.dir / "keys" / "log.key").read_text().strip())

    def verify(self, command, *arguments, policy=None):
        done = subprocess.run([binary("assent-verify"), command, *map(str, arguments), "--policy",
                               policy or self.policy], capture_output=True, text=True, check=False)
        self.said = done.stdout
        return done.returncode

    def judge(self, text, *more):
        """The exit code on a bundle of this text."""
        path = self.home.dir / "attacked.bundle"
        path.write_text(text)
        return self.verify("bundle", path, *more)

    def forged(self, leaves, seed=None):
        """A log of these leaves that agrees with itself, signed by our key or another."""
        seed = seed or self.seed
        hashes = [kit.leaf_hash(leaf) for leaf in leaves]
        return kit.bundle(self.read.origin, leaves,
                          kit.checkpoint(self.read.origin, hashes, seed))

    def changed(self, index=5):
        leaves = list(self.read.leaves)
        leaves[index] = kit.with_field(leaves[index], "outcome",
                                       bytes([1 - kit.number(leaves[index], "outcome")]))
        return leaves

    def in_the_database(self, change, undo):
        """The exit code on what the operator exports of a log that was changed as the superuser, and
        that of the server's own check at its start. The server of the test goes on meanwhile."""
        where = f"tenant = '{self.tenant}'"
        self.home.psql("data", KEEP.format("leaf"))
        try:
            self.home.psql("data", change.format(where=where))
            start = self.home.run("serve", "--check").returncode
            path = self.home.dir / "attacked.bundle"
            path.unlink(missing_ok=True)
            exported = self.export_without_a_start(path)
        finally:
            self.home.psql("data", undo.format(where=where))
        self.wait_until_signed()
        return exported, start

    def wait_until_signed(self):
        """The signer signs nothing over a changed leaf; it goes on when all is as it was."""
        for _ in range(200):
            if self.home.psql("data", "SELECT bool_and(size = (SELECT max(size) FROM audit_checkpoint c "
                                      "WHERE c.tenant = h.tenant)) FROM audit_head h") == "t":
                return
            time.sleep(0.05)
        self.fail("not signed: " + self.home.signer_log()[-1000:])

    def wait_for(self, file):
        """The signer tells what it signed last when it refuses a log."""
        for _ in range(200):
            if file.exists():
                return
            time.sleep(0.05)
        self.fail("not there: " + self.home.signer_log()[-1000:])

    def export_without_a_start(self, path):
        """By a server that was running before the attack: commands would not start."""
        status, _, body = self.home.request("GET", "/v1/log/bundle", role="auditor")
        if status != 200:
            return None
        path.write_bytes(body)
        return self.verify("bundle", path)

    # -- Rows

    def test_row_00_nothing_was_done(self):
        self.assertEqual(self.judge(self.bundle.read_text()), 0)
        self.assertEqual(self.judge(self.forged(self.read.leaves)), 0)

    def test_row_01_change_delete_or_reorder_one_leaf(self):
        self.home.start_server()
        self.addCleanup(self.home.stop_server)
        undo = ("DELETE FROM audit_leaf WHERE {where} AND idx IN (9, 10); INSERT INTO audit_leaf "
                f"({LEAF}) SELECT {LEAF} FROM kept_leaf WHERE {{where}} AND idx IN (9, 10)")
        leaf = "UPDATE audit_leaf SET leaf = set_byte(leaf, {at}, get_byte(leaf, {at}) # 1)" \
               " WHERE {{where}} AND idx = 9"
        for what, change in (
                ("its time", leaf.format(at=46)), ("its outcome", leaf.format(at=118)),
                ("a hash of it", leaf.format(at=180)),
                ("deleted", "DELETE FROM audit_leaf WHERE {where} AND idx = 9"),
                ("duplicated", "UPDATE audit_leaf SET leaf = (SELECT leaf FROM audit_leaf WHERE "
                               "{where} AND idx = 8) WHERE {where} AND idx = 9"),
                ("swapped", "UPDATE audit_leaf a SET leaf = (SELECT leaf FROM kept_leaf b WHERE "
                            "b.tenant = a.tenant AND b.idx = 19 - a.idx) "
                            "WHERE {where} AND idx IN (9, 10)")):
            with self.subTest(what):
                exported, start = self.in_the_database(change, undo)
                self.assertEqual((exported, start), (1, 1), self.said)
                self.assertIn("first bad entry 9", self.said)

    def test_row_02_rewrite_everything_without_the_key(self):
        leaves = self.changed()
        self.assertEqual(self.judge(kit.bundle(self.read.origin, leaves, self.read.note)), 1)
        # Under a key of their own it cannot be told from a key that was changed; never green.
        self.assertEqual(self.judge(self.forged(leaves, seed=bytes(32))), 2)

    def test_row_03_rewrite_everything_with_the_stolen_key(self):
        second = self.forged(self.changed())
        self.assertEqual(self.judge(second), 0)  # Alone it agrees with itself.
        self.assertEqual(self.judge(second, "--since", self.held), 1)

    def stamped(self, checkpoint):
        """The options by which an auditor trusts a checkpoint's time stamp."""
        self.tsa = Tsa()
        self.addCleanup(self.tsa.close)
        stamp = self.tsa.dir / "held.tsr"
        stamp.write_bytes(self.tsa.stamp(checkpoint))
        return "--since", checkpoint, "--timestamp", stamp, "--tsa-ca", self.tsa.ca

    def test_row_03_by_a_checkpoint_that_nobody_kept_but_that_was_stamped(self):
        by_stamp = self.stamped(self.held)
        self.assertEqual(self.judge(self.bundle.read_text(), *by_stamp), 0)
        self.assertEqual(self.judge(self.forged(self.changed()), *by_stamp), 1)
        # A checkpoint of the second history has no stamp of that day.
        second = self.home.dir / "second.checkpoint"
        hashes = [kit.leaf_hash(leaf) for leaf in self.changed()[:20]]
        second.write_text(kit.checkpoint(self.read.origin, hashes, self.seed))
        self.assertEqual(self.verify("timestamp", second, *by_stamp[3:]), 1)
        self.assertEqual(self.verify("timestamp", self.held, *by_stamp[3:]), 0)

    def test_row_04_truncate_the_tail_and_sign_a_smaller_tree(self):
        self.assertEqual(self.judge(self.forged(self.read.leaves[:20]), "--since", self.held), 1)

    def roll_back(self):
        """The log's tables as a backup of entry 20 had them."""
        older = ("DELETE FROM audit_leaf WHERE {where} AND idx >= 20; "
                 "DELETE FROM audit_checkpoint WHERE {where}; UPDATE audit_tile SET hashes = "
                 "substring(hashes FOR 640) WHERE {where}; UPDATE audit_head SET size = 20, root = "
                 f"decode('{kit.root([kit.leaf_hash(x) for x in self.read.leaves[:20]]).hex()}', "
                 "'hex') WHERE {where}")
        self.wait_until_signed()
        self.home.psql("data", older.format(where=f"tenant = '{self.tenant}'"))

    def test_row_05_roll_back_postgresql_and_go_on(self):
        newest = self.home.dir / "newest.checkpoint"
        newest.write_text(self.home.ok("audit", "checkpoint", role="auditor").stdout)
        self.roll_back()
        done = self.home.run("serve", "--check")
        self.assertEqual(done.returncode, 1)
        self.assertIn("does not hold what the signer published last", done.stderr)
        # The recovery believes what was signed, and nothing else that lies there.
        published = self.home.dir / "state" / "published" / self.tenant
        self.wait_for(published / "signed")
        file = published / "tile" / "entries" / "000.p" / newest.read_text().splitlines()[1]
        good = file.read_bytes()
        file.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        done = self.home.run("audit", "recover", "--log", "acme")
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(file), done.stderr)
        file.write_bytes(good)
        done = self.home.run("audit", "recover", "--log", "acme")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.home.ok("restore")
        self.wait_until_signed()
        bundle = self.home.dir / "recovered.bundle"
        self.home.ok("audit", "export", "--output", bundle, role="auditor")
        for since in (self.held, newest):
            self.assertEqual(self.verify("bundle", bundle, "--since", since), 0, self.said)
        self.assertIn("had gone back to 20 entries", self.said)

    def test_row_05_roll_back_postgresql_and_go_on_as_a_fork(self):
        origin = self.read.origin.replace("/log1", "/log2")
        public = kit.ed25519_key(self.seed)[2]
        policy = self.home.dir / "fork-policy.txt"
        policy.write_text(f"log {origin}+{kit.key_hash(origin, public).hex()}+"
                          f"{kit.b64(bytes([1]) + public)}\nquorum none\n")
        opened = kit.with_field(self.read.leaves[0], "writer", (9999).to_bytes(4, "big"))
        fork = kit.with_field(kit.with_field(opened, "event", b"\1\6"), "writer_seq",
                              (1).to_bytes(8, "big"))
        hashes = [kit.leaf_hash(leaf) for leaf in self.read.leaves]
        head = (20).to_bytes(8, "big") + len(hashes).to_bytes(8, "big") + kit.root(hashes)
        fork = kit.with_field(fork, "ext_length", len(head).to_bytes(2, "big")) + head
        small = self.home.dir / "small.checkpoint"
        small.write_text(kit.checkpoint(self.read.origin, hashes[:20], self.seed))
        for told, codes in (([opened, fork], (0, 0, 1)), ([opened], (0, 1, 1))):
            leaves = self.read.leaves[:20] + told
            note = kit.checkpoint(origin, [kit.leaf_hash(leaf) for leaf in leaves], self.seed)
            path = self.home.dir / "fork.bundle"
            path.write_text(kit.bundle(origin, leaves, note))
            got = [self.verify("bundle", path, *since, policy=policy)
                   for since in ((), ("--since", small), ("--since", self.held))]
            self.assertEqual(tuple(got), codes, self.said)
        # Who was told of the first origin alone is not shown the second one as good.
        self.assertEqual(self.verify("bundle", path), 2)

    def test_row_06_a_split_view(self):
        hashes = [[kit.leaf_hash(leaf) for leaf in leaves]
                  for leaves in (self.read.leaves, self.changed())]
        paths = []
        for name, of in zip("ab", hashes):
            path = self.home.dir / f"{name}.checkpoint"
            path.write_text(kit.checkpoint(self.read.origin, of, self.seed))
            paths.append(path)
        self.assertEqual(self.verify("compare", *paths), 1)
        # The later view of one auditor does not extend the earlier one of the other.
        proof = self.home.dir / "proof.txt"
        proof.write_text("".join(kit.b64(h) + "\n" for h in kit.consistency_path(hashes[1], 20)))
        paths[0].write_text(kit.checkpoint(self.read.origin, hashes[0][:20], self.seed))
        self.assertEqual(self.verify("compare", *paths, "--proof", proof), 1)
        proof.write_text("".join(kit.b64(h) + "\n" for h in kit.consistency_path(hashes[0], 20)))
        paths[1].write_text(kit.checkpoint(self.read.origin, hashes[0], self.seed))
        self.assertEqual(self.verify("compare", *paths, "--proof", proof), 0)

    def test_row_06_a_split_view_before_a_witness_of_the_quorum(self):
        witness = Witness()
        self.addCleanup(witness.close)
        keys = [line for line in self.policy.read_text().splitlines() if line.startswith("log ")]
        witness.init(*(key.split(" ")[1] for key in keys if self.read.origin + "+" in key))
        witness.start()
        policy = self.home.dir / "quorum-policy.txt"
        policy.write_text("\n".join(keys) + f"\nwitness w1 {witness.vkey}\nquorum w1\n")

        def shown(leaves):
            """What the auditor of this view says of it, and the witness to the operator before."""
            hashes = [kit.leaf_hash(leaf) for leaf in leaves]
            note = kit.checkpoint(self.read.origin, hashes, self.seed)
            status, line = witness.send("POST", "/add-checkpoint", f"old 0\n\n{note}".encode())
            path = self.home.dir / "view.bundle"
            path.write_text(kit.bundle(self.read.origin, leaves,
                                       note + (line if status == 200 else "")))
            return status, self.verify("bundle", path, policy=policy)
        self.assertEqual(shown(self.read.leaves), (200, 0))
        # Signed with the log's own key and consistent in itself, the other view finds no witness.
        self.assertEqual(shown(self.changed()), (409, 2))
        self.assertIn("too few witnesses", self.said)

    def test_row_07_drop_an_outbox_row_before_it_has_a_number(self):
        writers = [kit.number(leaf, "writer") for leaf in self.read.leaves]
        index = next(i for i, w in enumerate(writers) if w in writers[:i] and w in writers[i + 1:])
        leaves = self.read.leaves[:index] + self.read.leaves[index + 1:]
        self.assertEqual(self.judge(self.forged(leaves)), 1)
        self.assertIn("gaps 1", self.said)

    def test_row_08_never_write_the_event_at_all(self):
        row = self.home.psql("data", "SELECT purchase_id FROM purchase LIMIT 1")
        amount = "UPDATE purchase SET amount_minor = amount_minor {} 1 WHERE purchase_id = '" + row + "'"
        codes = []
        for change in (None, amount.format("+"), amount.format("-")):
            if change:
                self.home.psql("data", change)
            dump, bundle = self.home.dir / "hashes.csv", self.home.dir / "state.bundle"
            self.home.ok("audit", "dump-state", "--output", dump)
            self.home.ok("audit", "export", "--output", bundle, role="auditor")
            codes.append(self.verify("state", "--bundle", bundle, "--dump", dump))
        self.assertEqual(codes, [0, 1, 0])

    def test_row_09_a_clock_that_was_set_back(self):
        writers = [kit.number(leaf, "writer") for leaf in self.read.leaves]
        index = next(i for i, w in enumerate(writers) if w in writers[:i])
        for back, code in ((4_000_000, 0), (3600_000_000, 1)):
            leaves = list(self.read.leaves)
            newest = max(kit.number(leaf, "time") for leaf in leaves[:index]
                         if kit.number(leaf, "writer") == writers[index])
            leaves[index] = kit.with_field(leaves[index], "time",
                                           (newest - back).to_bytes(8, "big"))
            self.assertEqual(self.judge(self.forged(leaves)), code)

    def test_row_09_a_clock_that_was_ahead_is_bounded_by_a_stamp(self):
        for ahead, code in ((0, 0), (24 * 3600 * 1_000_000, 1)):
            leaves = list(self.read.leaves)
            leaves[-1] = kit.with_field(leaves[-1], "time", (kit.number(leaves[-1], "time")
                                                             + ahead).to_bytes(8, "big"))
            forged = self.forged(leaves)
            head = self.home.dir / "ahead.checkpoint"
            head.write_text(kit.checkpoint(self.read.origin, [kit.leaf_hash(x) for x in leaves],
                                           self.seed))
            self.assertEqual(self.judge(forged), 0)  # Nothing but somebody else's clock tells.
            self.assertEqual(self.judge(forged, *self.stamped(head)), code, self.said)

    def test_row_10_a_selective_export(self):
        lines = self.bundle.read_text().splitlines(keepends=True)
        for index in range(len(lines)):
            self.assertNotEqual(self.judge("".join(lines[:index] + lines[index + 1:])), 0, index)
            self.assertNotEqual(self.judge("".join(lines[:index])), 0, index)
        # What filters make is a view: no verifier takes it for evidence.
        for form in ("csv", "json"):
            view = self.home.ok("audit", "entries", "--format", form, role="auditor").stdout
            self.assertEqual(self.judge(view), 2)

    def test_row_11_a_flipped_bit_in_storage(self):
        self.home.start_server()
        self.addCleanup(self.home.stop_server)
        flip = ("UPDATE audit_tile SET hashes = set_byte(hashes, 300, get_byte(hashes, 300) # 1) "
                "WHERE {where} AND level = 0 AND tile = 0")
        exported, start = self.in_the_database(flip, flip)
        self.assertEqual((exported, start), (1, 1))


if __name__ == "__main__":
    unittest.main(verbosity=2)
