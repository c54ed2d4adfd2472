"""assent-verify and assent-witness must not be able to reach a database, nor the network by other
libraries than they are allowed.

Usage: link_test.py PROGRAM WORD [ALLOWED...]
WORD stands in the program, so that the right one is looked at; ALLOWED are libraries it may have.
Looks at the shared libraries it needs and at the symbols left in it, so that a static link of
a database client is found as well.
"""

import subprocess
import sys

FORBIDDEN_LIBRARIES = ("libpq", "libsoci", "libcurl", "libssl")
FORBIDDEN_SYMBOLS = (b"PQconnect", b"PQexec", b"soci_", b"N4soci")


def main(program: str, word: str, *allowed: str) -> int:
    needed = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    bad = [name for name in FORBIDDEN_LIBRARIES if name in needed and name not in allowed]
    with open(program, "rb") as file:
        content = file.read()
    bad += [symbol.decode() for symbol in FORBIDDEN_SYMBOLS if symbol in content]
    if not content.startswith(b"\x7fELF") or word.encode() not in content:
        bad.append("this is another program")
    print(program, "needs:", needed or "nothing")
    if bad:
        print("and must not have:", ", ".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
