"""A second implementation of docs/audit-format.md, by its text alone: only the standard library, no
code of the program. It checks what the program exports, and makes what an attacker would."""
import base64
import hashlib
import struct

VERIFIED, TAMPERED, CANNOT_TELL = 0, 1, 2


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# -- Ed25519, RFC 8032, section 6: slow and plain.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def _sha512(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def _add(a, b):
    x = (a[1] - a[0]) * (b[1] - b[0]) % P
    y = (a[1] + a[0]) * (b[1] + b[0]) % P
    z = 2 * a[3] * b[3] * D % P
    w = 2 * a[2] * b[2] % P
    e, f, g, h = y - x, w - z, w + z, y + x
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(s, point):
    total = (0, 1, 1, 0)
    while s > 0:
        if s & 1:
            total = _add(total, point)
        point = _add(point, point)
        s >>= 1
    return total


def _x_of(y, sign):
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P)
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * SQRT_M1 % P
    if (x * x - square) % P != 0 or (x == 0 and sign):
        return None
    return P - x if (x & 1) != sign else x


def _point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = _x_of(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def _bytes(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | ((x & 1) << 255)).to_bytes(32, "little")


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (_x_of(BASE_Y, 0), BASE_Y, 1, _x_of(BASE_Y, 0) * BASE_Y % P)


def ed25519_verify(public, message, signature):
    key, s = _point(public), int.from_bytes(signature[32:], "little")
    start = _point(signature[:32])
    if len(signature) != 64 or key is None or start is None or s >= L:
        return False
    h = _sha512(signature[:32], public, message) % L
    return _bytes(_times(s, BASE)) == _bytes(_add(start, _times(h, key)))


def ed25519_key(seed):
    h = hashlib.sha512(seed).digest()
    a = int.from_bytes(h[:32], "little") & ((1 << 254) - 8) | (1 << 254)
    return a, h[32:], _bytes(_times(a, BASE))


def ed25519_sign(seed, message):
    a, prefix, public = ed25519_key(seed)
    r = _sha512(prefix, message) % L
    start = _bytes(_times(r, BASE))
    return start + ((r + _sha512(start, public, message) * a) % L).to_bytes(32, "little")


# -- Leaf

FIELDS = (("magic", 4), ("version", 1), ("event", 2), ("tenant", 16), ("event_id", 16), ("time", 8),
          ("actor_kind", 1), ("actor", 16), ("on_behalf_of", 16), ("purpose", 2), ("basis", 2),
          ("subject", 16), ("object_kind", 2), ("object", 16), ("outcome", 1), ("field_mask", 8),
          ("count", 4), ("writer", 4), ("writer_seq", 8), ("detail_hash", 32), ("record_hash", 32),
          ("request", 16), ("ext_length", 2))
OFFSETS = {}
for _name, _size in FIELDS:
    OFFSETS[_name] = (sum(size for _, size in FIELDS[:len(OFFSETS)]), _size)
WRITER_OPENED, LOG_RETENTION_ANNOUNCED, LOG_PRUNED = 0x0101, 0x0107, 0x0108


def field(leaf, name):
    at, size = OFFSETS[name]
    return leaf[at:at + size]


def number(leaf, name):
    return int.from_bytes(field(leaf, name), "big")


def with_field(leaf, name, value):
    at, size = OFFSETS[name]
    assert len(value) == size
    return leaf[:at] + value + leaf[at + size:]


def is_leaf(data):
    return (len(data) >= 225 and data[:4] == b"CDPL" and data[4] == 1
            and len(data) == 225 + number(data, "ext_length") and number(data, "time") < 2**63)


# -- Tree, RFC 6962 section 2.1

def leaf_hash(leaf):
    return sha256(b"\0", leaf)


def node(left, right):
    return sha256(b"\1", left, right)


def split(size):
    return 1 << ((size - 1).bit_length() - 1)


def root(hashes):
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256()
    k = split(len(hashes))
    return node(root(hashes[:k]), root(hashes[k:]))


def siblings(index, low, high):
    """The ranges of an inclusion path, from the leaf's side up."""
    if high - low == 1:
        return []
    middle = low + split(high - low)
    if index < middle:
        return siblings(index, low, middle) + [(middle, high)]
    return siblings(index, middle, high) + [(low, middle)]


def inclusion_path(hashes, index):
    return [root(hashes[low:high]) for low, high in siblings(index, 0, len(hashes))]


def consistency_path(hashes, old):
    """RFC 6962 section 2.1.2."""
    def sub(m, part, complete):
        if m == len(part):
            return [] if complete else [root(part)]
        k = split(len(part))
        if m <= k:
            return sub(m, part[:k], complete) + [root(part[k:])]
        return sub(m - k, part[k:], False) + [root(part[:k])]
    return sub(old, hashes, True) if 0 < old < len(hashes) else []


def root_of_range(first, hashes, size, known):
    """The root over a range whose outside is `known`, by (low, high)."""
    end = first + len(hashes)

    def of(low, high):
        if first <= low and high <= end:
            return root(hashes[low - first:high - first])
        if high <= first or low >= end:
            return known[low, high]
        middle = low + split(high - low)
        return node(of(low, middle), of(middle, high))
    return of(0, size)


# -- Notes

def b64(data):
    return base64.b64encode(data).decode()


def unb64(text):
    data = base64.b64decode(text, validate=True)
    if b64(data) != text:
        raise ValueError("not canonical")
    return data


def key_hash(name, public):
    return sha256(name.encode(), b"\n\1", public)[:4]


def sign_note(text, name, seed):
    public = ed25519_key(seed)[2]
    return f"{text}\n\u2014 {name} {b64(key_hash(name, public) + ed25519_sign(seed, text.encode()))}\n"


def checkpoint(origin, hashes, seed):
    return sign_note(f"{origin}\n{len(hashes)}\n{b64(root(hashes))}\n", origin, seed)


def policy_keys(policy):
    """{name: public key} of the logs that the policy trusts."""
    keys = {}
    for line in policy.splitlines():
        if line.startswith("log "):
            # The key's base64 may hold plus signs itself.
            name, hash_hex, key = line[4:].split(" ")[0].split("+", 2)
            data = unb64(key)
            assert data[0] == 1 and key_hash(name, data[1:]).hex() == hash_hex
            keys[name] = data[1:]
    return keys


def read_checkpoint(note):
    """(origin, size, root, text, [(name, key hash, signature)])"""
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    lines = text.splitlines()
    if len(lines) != 3 or not note.endswith("\n"):
        raise ValueError("no checkpoint")
    signed = []
    for line in signatures.splitlines():
        dash, name, data = line.split(" ")
        if dash != "\u2014":
            raise ValueError("no signature line")
        data = unb64(data)
        signed.append((name, data[:4], data[4:]))
    return lines[0], int(lines[1]), unb64(lines[2]), text, signed


# -- Tiles, c2sp.org/tlog-tiles

def tile_path(level, index, width=256):
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i:i + 3] for i in range(0, len(digits), 3)]
    number = "".join(f"x{group}/" for group in groups[:-1]) + groups[-1]
    return f"tile/{level}/{number}" + (f".p/{width}" if width < 256 else "")


def bundle_leaves(data):
    leaves, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at:at + 2], "big")
        if at + 2 + length > len(data):
            raise ValueError("an entry bundle is cut")
        leaves.append(data[at + 2:at + 2 + length])
        at += 2 + length
    return leaves


class TiledLog:
    """A log read as tiles. `fetch` takes a path below the log's prefix and answers its bytes, or None
    when there is no such file. Keeps the full tiles: they never change."""

    def __init__(self, fetch):
        self.fetch = fetch
        self.full = {}
        self.fetched = []

    def checkpoint(self):
        """(note, size, root)"""
        note = self.fetch("checkpoint").decode()
        _, size, signed_root, _, _ = read_checkpoint(note)
        return note, size, signed_root

    def file(self, level, index, width):
        whole = tile_path(level, index)
        if whole not in self.full:
            # A partial file may be filled and gone between the checkpoint and now.
            for path in dict.fromkeys((tile_path(level, index, width), whole)):
                self.fetched.append(path)
                data = self.fetch(path)
                if data is None:
                    continue
                if path != whole:
                    return data
                self.full[whole] = data
                break
            else:
                raise ValueError("no " + whole)
        return self.full[whole]

    def hashes(self, level, size):
        count, found = size >> (8 * level), []
        for index in range(-(-count // 256)):
            width = min(256, count - 256 * index)
            data = self.file(level, index, width)
            if len(data) % 32 or len(data) < 32 * width:
                raise ValueError("a tile has the wrong width")
            found += [data[i:i + 32] for i in range(0, 32 * width, 32)]
        return found

    def leaves(self, size):
        found = []
        for index in range(-(-size // 256)):
            width = min(256, size - 256 * index)
            leaves = bundle_leaves(self.file("entries", index, width))
            if len(leaves) < width:
                raise ValueError("an entry bundle is too short")
            found += leaves[:width]
        return found

    def read_pruned(self):
        """(note, minimum index, leaves from there on) of a log whose left edge is pruned: what was
        before is folded from the tiles of level 1, which stay. ValueError as read()."""
        note, size, signed_root = self.checkpoint()
        lines = dict(line.split(" ", 1) for line in
                     self.fetch("retention").decode().splitlines()[1:])
        minimum = int(lines["minimum"])
        blocks = self.hashes(1, size)
        leaves = []
        for index in range(minimum // 256, -(-size // 256)):
            width = min(256, size - 256 * index)
            some = bundle_leaves(self.file("entries", index, width))[:width]
            hashes = [leaf_hash(leaf) for leaf in some]
            data = self.file(0, index, width)
            if [data[i:i + 32] for i in range(0, 32 * width, 32)] != hashes:
                raise ValueError("an entry bundle is not its tile's")
            if width == 256 and root(hashes) != blocks[index]:
                raise ValueError("a tile is not that of the level above")
            leaves += some
        tail = [leaf_hash(leaf) for leaf in leaves[len(blocks) * 256 - minimum:]]

        def fold(low, high):
            if low >= 256 * len(blocks):
                return root(tail[low - 256 * len(blocks):high - 256 * len(blocks)])
            if high - low == 256:
                return blocks[low // 256]
            middle = low + split(high - low)
            return node(fold(low, middle), fold(middle, high))
        if fold(0, size) != signed_root:
            raise ValueError("level 1 and what stays are not of one tree")
        return note, minimum, leaves

    def read(self):
        """(note, leaves) of the newest tree; ValueError unless entries, every tile of every level and
        the checkpoint's root are of one tree."""
        note, size, signed_root = self.checkpoint()
        leaves = self.leaves(size)
        hashes = [leaf_hash(leaf) for leaf in leaves]
        if root(hashes) != signed_root:
            raise ValueError("the entries are not those of the checkpoint")
        level = 0
        while hashes:
            if self.hashes(level, size) != hashes:
                raise ValueError(f"a tile of level {level} is not of this tree")
            hashes = [root(hashes[i:i + 256]) for i in range(0, len(hashes) - 255, 256)]
            level += 1
        return note, leaves


# -- Bundle

def bundle(origin, leaves, note, first=0, end=None, created="2026-09-21T10:00:05Z", extends=None):
    """What the program would export of a log that holds `leaves`."""
    hashes = [leaf_hash(leaf) for leaf in leaves]
    end = len(leaves) if end is None else end
    head = (f"assent-audit-bundle/v1\norigin {origin}\nrange {first} {end}\ntree {len(leaves)}\n"
            f"created {created}\n\n")
    body, start = "", first
    for index in range(first, end):
        body += b64(leaves[index]) + "\n"
        if (index + 1) % 256 == 0 or index + 1 == end:
            body += f"hashes {start} {b64(b''.join(hashes[start:index + 1]))}\n"
            start = index + 1
    tail = f"count {end - first}\n"
    for word, index in (("first-path", first), ("last-path", end - 1)):
        path = inclusion_path(hashes, index)
        tail += f"{word} {len(path)}\n" + "".join(b64(h) + "\n" for h in path)
    if extends is not None:
        path = consistency_path(hashes, extends)
        tail += f"extends {extends} {b64(root(hashes[:extends]))} {len(path)}\n"
        tail += "".join(b64(h) + "\n" for h in path)
    tail += f"checkpoint\n{note}"
    return head + body + tail + f"sum {sha256((head + tail).encode()).hex()}\n"


class Bundle:
    """A bundle read by the letter of the format; ValueError where it is damaged."""

    def __init__(self, text):
        if not text.endswith("\n"):
            raise ValueError("cut")
        lines = text.split("\n")[:-1]
        words = [("assent-audit-bundle/v1", ""), ("origin ", "origin"), ("range ", "range"),
                 ("tree ", "tree"), ("created ", "created"), ("", "")]
        told = {}
        for (prefix, name), line in zip(words, lines):
            if not line.startswith(prefix) or (not name and line != prefix):
                raise ValueError("header")
            told[name] = line[len(prefix):]
        self.origin = told["origin"]
        self.first, self.end = map(int, told["range"].split(" "))
        self.size = int(told["tree"])
        self.leaves, self.claimed = [], []
        at = 6
        while not lines[at].startswith("count "):
            if lines[at].startswith("hashes "):
                _, start, joined = lines[at].split(" ")
                data = unb64(joined)
                if int(start) != self.first + len(self.claimed):
                    raise ValueError("hashes")
                self.claimed += [data[i:i + 32] for i in range(0, len(data), 32)]
            else:
                self.leaves.append(unb64(lines[at]))
            at += 1
        self._trailer(lines, at)
        head = "\n".join(lines[:6]) + "\n"
        tail = "\n".join(lines[at:-1]) + "\n"
        if lines[-1] != "sum " + sha256((head + tail).encode()).hex():
            raise ValueError("sum")

    def _trailer(self, lines, at):
        if lines[at] != f"count {len(self.leaves)}":
            raise ValueError("count")
        at += 1
        paths = []
        for word in ("first-path", "last-path"):
            name, count = lines[at].split(" ")
            if name != word:
                raise ValueError(word)
            paths.append([unb64(h) for h in lines[at + 1:at + 1 + int(count)]])
            at += 1 + int(count)
        self.first_path, self.last_path = paths
        if lines[at].startswith("extends "):
            at += 1 + int(lines[at].split(" ")[3])
        if lines[at] != "checkpoint":
            raise ValueError("checkpoint")
        self.note = "\n".join(lines[at + 1:-1]) + "\n"


def verify(text, policy, since=None):
    """(verdict, why) as docs/audit-format.md judges a bundle."""
    try:
        read = Bundle(text)
        origin, size, signed_root, signed_text, signatures = read_checkpoint(read.note)
    except (ValueError, IndexError) as problem:
        return CANNOT_TELL, f"damaged: {problem}"
    if (origin, size) != (read.origin, read.size):
        return TAMPERED, "header and checkpoint differ"
    if len(read.leaves) != read.end - read.first or not 0 <= read.first < read.end <= size:
        return TAMPERED, "range and entries differ"
    hashes = [leaf_hash(leaf) for leaf in read.leaves]
    for offset, (is_, said) in enumerate(zip(hashes, read.claimed)):
        if is_ != said:
            return TAMPERED, f"entry {read.first + offset}"
    if len(read.claimed) != len(hashes):
        return TAMPERED, "hashes lines"
    verdict = _verify_root(read, hashes, signed_root)
    if verdict:
        return verdict
    key = policy_keys(policy).get(origin)
    if key is None:
        return CANNOT_TELL, "the policy does not name this log"
    ours = [s for name, short, s in signatures if name == origin and short == key_hash(origin, key)]
    if not ours:
        return CANNOT_TELL, "not signed by the policy's key"
    if not ed25519_verify(key, signed_text.encode(), ours[0]):
        return TAMPERED, "forged signature"
    return _verify_writers(read) or _verify_since(read, hashes, since) or (VERIFIED, "")


def _verify_root(read, hashes, signed_root):
    known = {}
    for index, path in ((read.first, read.first_path), (read.end - 1, read.last_path)):
        ranges = siblings(index, 0, read.size)
        if len(ranges) != len(path):
            return TAMPERED, "a path has another length"
        known.update(zip(ranges, path))
    if root_of_range(read.first, hashes, read.size, known) != signed_root:
        return TAMPERED, "root"
    for index, path in ((read.first, read.first_path), (read.end - 1, read.last_path)):
        found = hashes[index - read.first]
        for (_, high), sibling in zip(siblings(index, 0, read.size), path):
            found = node(sibling, found) if high <= index else node(found, sibling)
        if found != signed_root:
            return TAMPERED, "inclusion"
    return None


def _verify_writers(read):
    last, newest = {}, {}
    for index, leaf in enumerate(read.leaves, read.first):
        if not is_leaf(leaf):
            return CANNOT_TELL, f"entry {index} is of another version"
        writer, seq = number(leaf, "writer"), number(leaf, "writer_seq")
        if writer in last and seq != last[writer] + 1 or \
                writer not in last and seq != 0 and read.first == 0:
            return TAMPERED, f"entry {index}: a number of writer {writer} is missing"
        if number(leaf, "event") == WRITER_OPENED:
            if seq != 0:
                return TAMPERED, f"entry {index}: a writer opens with {seq}"
            if number(leaf, "ext_length") == 12:
                replaced, told = struct.unpack(">IQ", leaf[225:])
                if replaced in last and last[replaced] != told:
                    return TAMPERED, f"entry {index}: the replaced writer ended elsewhere"
        last[writer] = seq
        if number(leaf, "time") < newest.get(writer, 0) - 5_000_000:
            return TAMPERED, f"entry {index}: time runs backwards"
        newest[writer] = max(newest.get(writer, 0), number(leaf, "time"))
    return None


def _verify_since(read, hashes, since):
    if since is None:
        return None
    _, size, old_root, _, _ = read_checkpoint(since)
    if size > read.size:
        return TAMPERED, "smaller than the older checkpoint"
    if read.first != 0 or read.end < size:
        return CANNOT_TELL, "this verifier compares whole logs only"
    return None if root(hashes[:size]) == old_root else (TAMPERED, "another history")
