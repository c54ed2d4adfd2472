"""Suite 2 of field records, written from docs/data-model.md alone and without a cipher's library: makes
tests/golden/crypto/suite2/kat_v1.json (--write), or says whether the file is what it would make. Its
XChaCha20 is tried on the answer that draft-irtf-cfrg-xchacha publishes and on suite 1's of kat_v1.json."""
import hashlib
import json
import pathlib
import struct
import sys

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden" / "crypto"
SUITE_TWO = GOLDEN / "suite2" / "kat_v1.json"
CONSTANTS = struct.unpack("<4I", b"expand 32-byte k")


def rotated(x, n):
    return (x << n | x >> (32 - n)) & 0xFFFFFFFF


def rounds(state):
    s = list(state)

    def quarter(a, b, c, d):
        s[a] = (s[a] + s[b]) & 0xFFFFFFFF
        s[d] = rotated(s[d] ^ s[a], 16)
        s[c] = (s[c] + s[d]) & 0xFFFFFFFF
        s[b] = rotated(s[b] ^ s[c], 12)
        s[a] = (s[a] + s[b]) & 0xFFFFFFFF
        s[d] = rotated(s[d] ^ s[a], 8)
        s[c] = (s[c] + s[d]) & 0xFFFFFFFF
        s[b] = rotated(s[b] ^ s[c], 7)

    for _ in range(10):
        for column in range(4):
            quarter(column, column + 4, column + 8, column + 12)
        quarter(0, 5, 10, 15)
        quarter(1, 6, 11, 12)
        quarter(2, 7, 8, 13)
        quarter(3, 4, 9, 14)
    return s


def hchacha20(key, nonce):
    out = rounds(CONSTANTS + struct.unpack("<8I", key) + struct.unpack("<4I", nonce))
    return struct.pack("<8I", *(out[:4] + out[12:]))


def xchacha20(key, nonce, data, first_block=0):
    """RFC 8439's ChaCha20 under HChaCha20's key, with the rest of the nonce behind four zero bytes."""
    words = struct.unpack("<8I", hchacha20(key, nonce[:16]))
    rest = struct.unpack("<3I", bytes(4) + nonce[16:])
    out = bytearray()
    for at in range(0, len(data), 64):
        state = CONSTANTS + words + (first_block + at // 64,) + rest
        block = struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(state, rounds(state))))
        out += bytes(x ^ y for x, y in zip(data[at:at + 64], block))
    return bytes(out)


def derived(dek, field, context):
    """libsodium's crypto_kdf: BLAKE2b-256 of nothing, keyed, the number as salt, the context as person."""
    return hashlib.blake2b(key=dek, digest_size=32, salt=struct.pack("<Q", field) + bytes(8),
                           person=context + bytes(8)).digest()


def padded(kind, value):
    plain = bytes([kind]) + value
    step = 256 if len(plain) > 1024 else 64 if len(plain) > 128 else 32
    return plain + b"\x80" + bytes(-(len(plain) + 1) % step)


def place(header, tenant, subject, field, row, schema):
    return (b"cdp.fld.v1\0" + header + tenant + subject + struct.pack(">H", field) + row
            + struct.pack(">H", schema))


def seal(dek, version, where, nonce, kind, value):
    header = b"\x01\x02" + struct.pack(">I", version)
    field = where[2]
    cipher = xchacha20(derived(dek, field, b"cdpfld2e"), nonce, padded(kind, value))
    tag = hashlib.blake2b(place(header, *where) + nonce + cipher, digest_size=32,
                          key=derived(dek, field, b"cdpfld2m")).digest()
    return header + nonce + cipher + tag


def answers():
    one = json.loads((GOLDEN / "proposed" / "kat_v1.json").read_text(encoding="utf-8"))
    tenant, subject, dek = (bytes.fromhex(one["wrapped_dek"][name])
                            for name in ("tenant", "subject", "dek"))
    row = bytes.fromhex(one["field_record"]["row_id"])
    cases = []
    for number, (field, version, schema, kind, value) in enumerate((
            (3, 1, 1, 1, b"+79261234567"), (3, 2, 1, 0, b""), (25, 1, 1, 4, bytes(range(126))),
            (63, 0x01020304, 2, 1, "Анна Ивановна".encode()), (30, 7, 1, 4, b"\x80" * 1025))):
        nonce = hashlib.sha256(b"suite 2, nonce %d" % number).digest()[:24]
        where = (tenant, subject, field, row, schema)
        cases.append({"field_id": field, "dek_version": version, "schema_version": schema,
                      "type": kind, "value": value.hex(), "nonce": nonce.hex(),
                      "record": seal(dek, version, where, nonce, kind, value).hex()})
    return {"about": "made by tests/core/suite_two.py", "tenant": tenant.hex(),
            "subject": subject.hex(), "row_id": row.hex(), "dek": dek.hex(), "records": cases}


def try_the_cipher():
    """On what others have published, and on suite 1, whose cipher text begins with the second block."""
    assert hchacha20(bytes(range(32)), bytes.fromhex("000000090000004a0000000031415927")).hex() == (
        "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc")
    one = json.loads((GOLDEN / "proposed" / "kat_v1.json").read_text(encoding="utf-8"))
    field = one["field_record"]
    record = bytes.fromhex(field["record"])
    key = derived(bytes.fromhex(one["wrapped_dek"]["dek"]), 3, b"cdpfld01")
    plain = bytes.fromhex(field["plaintext_hex"])
    assert xchacha20(key, record[6:30], padded(plain[0], plain[1:]), 1) == record[30:-16]


def main():
    try_the_cipher()
    text = json.dumps(answers(), indent=1) + "\n"
    if sys.argv[1:] == ["--write"]:
        SUITE_TWO.write_text(text, encoding="utf-8")
    elif SUITE_TWO.read_text(encoding="utf-8") != text:
        sys.exit(f"{SUITE_TWO} is not what the format gives")


if __name__ == "__main__":
    main()
