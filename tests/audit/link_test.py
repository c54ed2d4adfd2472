"""assent-verify must not be able to reach a database or a network library of ours.

Usage: link_test.py PROGRAM
Looks at the shared libraries it needs and at the symbols left in it, so that a static link of
a database client is found as well.
"""

import subprocess
import sys

FORBIDDEN_LIBRARIES = ("libpq", "libsoci", "libcurl", "libssl")
FORBIDDEN_SYMBOLS = (b"PQconnect", b"PQexec", b"soci_", b"N4soci")


def main(program: str) -> int:
    needed = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    bad = [name for name in FORBIDDEN_LIBRARIES if name in needed]
    with open(program, "rb") as file:
        content = file.read()
    bad += [symbol.decode() for symbol in FORBIDDEN_SYMBOLS if symbol in content]
    if not content.startswith(b"\x7fELF") or b"assent-audit-bundle/v1" not in content:
        bad.append("this is not assent-verify")
    print("assent-verify needs:", needed or "nothing")
    if bad:
        print("and must not have:", ", ".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
