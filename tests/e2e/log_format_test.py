"""docs/audit-format.md is enough to write another verifier: log_kit.py is one, and agrees with the
program on real exports. And no byte of a leaf, tile, checkpoint, proof or bundle can change unseen."""
import re
import subprocess
import unittest

import log_kit as kit
from installation import Installation, binary
from sample_circle import Sample, import_all


class LogFormatTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = Installation()
        cls.addClassCleanup(home.close)
        import_all(home, Sample(home, people=40))
        for _ in range(12):
            home.ok("audit", "entries", role="auditor")
        cls.policy = home.dir / "policy.txt"
        cls.policy.write_text(home.ok("audit", "policy", role="auditor").stdout)
        cls.old = home.ok("audit", "checkpoint", role="auditor").stdout
        home.ok("audit", "entries", role="auditor")
        cls.text = cls.export()
        cls.read = kit.Bundle(cls.text)
        cls.leaf = cls.read.leaves[11]
        event = cls.leaf[23:39].hex()
        event = "-".join((event[:8], event[8:12], event[12:16], event[16:20], event[20:]))
        cls.proof = home.ok("audit", "proof", event, role="auditor").stdout

    @classmethod
    def export(cls, *more):
        path = cls.home.dir / "out.bundle"
        path.unlink(missing_ok=True)
        cls.home.ok("audit", "export", "--output", path, *more, role="auditor")
        return path.read_text()

    def run_verify(self, command, *arguments):
        return subprocess.run([binary("assent-verify"), command, *map(str, arguments), "--policy",
                               self.policy], capture_output=True, check=False).returncode

    def bundle_exit(self, data):
        path = self.home.dir / "mutated.bundle"
        path.write_bytes(data)
        return self.run_verify("bundle", path)

    def entry_exit(self, proof, leaf):
        (self.home.dir / "mutated.tlog-proof").write_bytes(proof)
        (self.home.dir / "mutated.leaf").write_bytes(leaf)
        return self.run_verify("entry", self.home.dir / "mutated.tlog-proof", "--leaf",
                               self.home.dir / "mutated.leaf")

    @staticmethod
    def flipped(data, at):
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]

    # -- Another verifier

    def test_a_verifier_written_from_the_document_alone_agrees(self):
        policy = self.policy.read_text()
        size = len(self.read.leaves)
        self.assertEqual(kit.verify(self.text, policy, self.old), (0, ""))
        for first, end in ((0, 1), (3, size - 2), (size - 1, size), (1, size)):
            text = self.export("--from", first, "--to", end)
            self.assertEqual(kit.verify(text, policy), (0, ""), (first, end))
            self.assertEqual(self.bundle_exit(text.encode()), 0)
        self.assertEqual(kit.verify(self.export("--since", self.held()), policy, self.old), (0, ""))

    def held(self):
        path = self.home.dir / "old.checkpoint"
        path.write_text(self.old)
        return path

    def test_both_verifiers_refuse_the_same(self):
        lines = self.text.splitlines(keepends=True)
        policy = self.policy.read_text()
        for index in range(0, len(lines), 5):
            text = "".join(lines[:index] + lines[index + 1:])
            self.assertNotEqual(kit.verify(text, policy)[0], 0, index)
            self.assertNotEqual(self.bundle_exit(text.encode()), 0, index)
        other = re.sub(r"\+[0-9a-f]{8}\+\S+", "", policy)
        self.assertNotEqual(kit.verify(self.text, other.replace("log ", "# "))[0], 0)

    def test_what_the_second_implementation_makes_the_program_takes(self):
        seed = bytes.fromhex((self.home.dir / "keys" / "log.key").read_text().strip())
        hashes = [kit.leaf_hash(leaf) for leaf in self.read.leaves]
        note = kit.checkpoint(self.read.origin, hashes, seed)
        for first, end in ((0, None), (2, 9)):
            text = kit.bundle(self.read.origin, self.read.leaves, note, first, end, extends=10)
            self.assertEqual(self.bundle_exit(text.encode()), 0)

    # -- Mutations

    def test_every_byte_of_every_field_of_a_leaf(self):
        lines = self.text.splitlines(keepends=True)
        index = next(i for i, line in enumerate(lines) if line == kit.b64(self.leaf) + "\n")
        self.assertEqual(self.entry_exit(self.proof.encode(), self.leaf), 0)
        seen = 0
        for name, (at, size) in kit.OFFSETS.items():
            for offset in range(at, at + size):
                with self.subTest(field=name, byte=offset - at):
                    leaf = self.flipped(self.leaf, offset)
                    self.assertEqual(self.entry_exit(self.proof.encode(), leaf), 1)
                    mutated = lines[:index] + [kit.b64(leaf) + "\n"] + lines[index + 1:]
                    self.assertEqual(self.bundle_exit("".join(mutated).encode()), 1)
                    seen += 1
        self.assertEqual(seen, 225)

    def test_a_leaf_with_a_byte_more_or_less(self):
        for leaf in (self.leaf + b"\0", self.leaf[:-1], b"\0" + self.leaf, b""):
            self.assertNotEqual(self.entry_exit(self.proof.encode(), leaf), 0)

    def test_every_byte_of_the_tile_hashes_and_of_the_rest_of_a_bundle(self):
        data = self.text.encode()
        start = data.index(b"\n\n") + 2
        tile = data.index(b"hashes ", start)
        trailer = data.index(b"count ", tile)
        places = {"header": range(0, start), "tile": range(tile, trailer, 3),
                  "trailer": range(trailer, len(data))}
        for part, offsets in places.items():
            for offset in offsets:
                with self.subTest(part=part, offset=offset):
                    self.assertNotEqual(self.bundle_exit(self.flipped(data, offset)), 0)

    def test_every_byte_of_a_receipt_its_proof_and_its_checkpoint(self):
        data = self.proof.encode()
        for offset in range(len(data)):
            with self.subTest(offset=offset, near=data[max(0, offset - 8):offset + 8]):
                self.assertNotEqual(self.entry_exit(self.flipped(data, offset), self.leaf), 0)

    def test_every_byte_of_a_checkpoint(self):
        note = self.read.note.encode()
        path, older = self.home.dir / "mutated.checkpoint", self.home.dir / "same.checkpoint"
        older.write_bytes(note)
        path.write_bytes(note)
        self.assertEqual(self.run_verify("compare", older, path), 0)
        for offset in range(len(note)):
            path.write_bytes(self.flipped(note, offset))
            self.assertNotEqual(self.run_verify("compare", older, path), 0, offset)
            self.assertNotEqual(self.run_verify("compare", path, older), 0, offset)

    def test_every_hash_of_a_consistency_proof(self):
        hashes = [kit.leaf_hash(leaf) for leaf in self.read.leaves]
        size = kit.read_checkpoint(self.old)[1]
        path = kit.consistency_path(hashes, size)
        proof, newer = self.home.dir / "mutated.proof", self.home.dir / "newer.checkpoint"
        newer.write_text(self.read.note)
        arguments = ("compare", self.held(), newer, "--proof", proof)
        proof.write_text("".join(kit.b64(h) + "\n" for h in path))
        self.assertEqual(self.run_verify(*arguments), 0)
        for index in range(len(path)):
            for byte in (0, 15, 31):
                mutated = list(path)
                mutated[index] = self.flipped(path[index], byte)
                proof.write_text("".join(kit.b64(h) + "\n" for h in mutated))
                self.assertEqual(self.run_verify(*arguments), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
