"""A transparency log in a few lines: RFC 6962 from its text, notes signed by the openssl command.
Two of them with one key are what a witness is there to find."""
import base64
import hashlib
import pathlib
import subprocess


def sha(data):
    return hashlib.sha256(data).digest()


def split(n):
    return 1 << ((n - 1).bit_length() - 1)


def root(leaves):
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return sha(b"\x01" + root(leaves[:k]) + root(leaves[k:]))


def consistency(m, leaves, whole=True):
    """SUBPROOF(m, D[n], b) of RFC 6962 2.1.2."""
    if m == len(leaves):
        return [] if whole else [root(leaves)]
    k = split(len(leaves))
    if m <= k:
        return consistency(m, leaves[:k], whole) + [root(leaves[k:])]
    return consistency(m - k, leaves[k:], False) + [root(leaves[:k])]


class Key:
    """An Ed25519 key for the openssl command."""

    def __init__(self, directory, seed):
        directory = pathlib.Path(directory)
        self.file = directory / f"{seed}.pem"
        der = bytes.fromhex("302e020100300506032b657004220420") + bytes([seed]) * 32
        self.file.write_text("-----BEGIN PRIVATE KEY-----\n" + base64.b64encode(der).decode()
                             + "\n-----END PRIVATE KEY-----\n", encoding="ascii")
        public = subprocess.run(["openssl", "pkey", "-in", self.file, "-pubout", "-outform", "DER"],
                                capture_output=True, check=True).stdout
        self.public = public[-32:]

    def sign(self, text):
        message = self.file.with_suffix(".text")
        message.write_bytes(text)
        return subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.file, "-in",
                               message], capture_output=True, check=True).stdout


class Log:
    """The first `size` leaves of a history, as a log of this origin signs them."""

    def __init__(self, key, history, origin="cdp.example/acme/log1"):
        self.key, self.origin = key, origin
        self.leaves = [sha(b"\x00" + f"{history}{i}".encode()) for i in range(64)]
        self.key_id = sha(origin.encode() + b"\n\x01" + key.public)[:4]
        self.signed = {}

    def vkey(self):
        typed = base64.b64encode(b"\x01" + self.key.public).decode()
        return f"{self.origin}+{self.key_id.hex()}+{typed}"

    def head(self, size):
        return f"{self.origin}\n{size}\n{base64.b64encode(root(self.leaves[:size])).decode()}\n"

    def checkpoint(self, size):
        if size not in self.signed:
            line = base64.b64encode(self.key_id + self.key.sign(self.head(size).encode())).decode()
            self.signed[size] = f"{self.head(size)}\n\u2014 {self.origin} {line}\n"
        return self.signed[size]

    def proof(self, old, size):
        if old == 0 or old > size:
            return ""
        return "".join(base64.b64encode(h).decode() + "\n"
                       for h in consistency(old, self.leaves[:size]))

    def request(self, old, size):
        return (f"old {old}\n{self.proof(old, size)}\n" + self.checkpoint(size)).encode()
