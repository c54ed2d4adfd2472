#!/usr/bin/env python3
"""Holds the line that reviews should not have to: lengths, banned words, promises and links.

Run from anywhere; exits 1 and names every place. A ctest.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROOMS = ("core", "audit", "consent", "identity", "segments", "rights", "api")
FAULTS = []
# Headers that one file includes for all (docs/decisions/0032-heavy-headers-are-compiled-once.md).
INCLUDED_ONCE = {"nlohmann/json.hpp": "core/nlohmann.h", "CLI/CLI.hpp": "core/program.cc"}

LINES_MAX = {"header": 150, "source": 400, "test": 500}
COLUMN_MAX = 100
# Word → (why, files that may). `.what()` may quote data, so nothing may print it.
BANNED = [
    (r"\bsystem_clock::now\b", "time comes from a Clock", {"core/clock.cc"}),
    (r"\bstd::rand\b|\brand\(\)", "randomness comes from a Random", set()),
    (r"\bgetenv\b", "configuration comes from the file", {"core/program.cc", "core/environment.cc"}),
    (r"\.what\(\)", "an exception's text may hold personal data", {"core/program.cc"}),
    (r"using namespace (?!assent)", "no using directives", set()),
    (r"\b(TODO|FIXME|XXX)\b", "an unfinished thing has an issue, not a note", set()),
    (r"\b(GDPR|CAN-SPAM|TCPA|ePrivacy|38-ФЗ)\b|\b152", "laws live in policies/", set()),
]


def fault(path, line, text):
    FAULTS.append(f"{path.relative_to(ROOT)}:{line}: {text}")


def tracked(*suffixes):
    """Files of ours by suffix: what git knows, or without git everything but build and var."""
    listing = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT,
                             capture_output=True, text=True, check=False)
    if listing.returncode == 0:
        names = listing.stdout.splitlines()
    else:
        names = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*")
                 if p.relative_to(ROOT).parts[0] not in ("build", "var", ".git")]
    return [ROOT / n for n in names if n.endswith(suffixes) and (ROOT / n).is_file()]


def kind_of(path):
    if path.parts[len(ROOT.parts)] == "tests":
        return "test"
    return "header" if path.suffix == ".h" else "source"


def check_code(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    kind = kind_of(path)
    if len(lines) > LINES_MAX[kind]:
        fault(path, len(lines), f"{len(lines)} lines; a {kind} has at most {LINES_MAX[kind]}")
    name = str(path.relative_to(ROOT))
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMN_MAX and "http" not in line and "R\"" not in line:
            fault(path, number, f"{len(line)} columns")
        included = re.match(r"#include <(.+)>", line)
        if included and INCLUDED_ONCE.get(included.group(1), name) != name:
            fault(path, number, f"only {INCLUDED_ONCE[included.group(1)]} includes this")
        if kind == "test":
            continue
        code = line.split("//")[0]
        for pattern, why, exempt in BANNED:
            if name not in exempt and "api/sample/" not in name and re.search(pattern, code):
                fault(path, number, why)
    if kind == "header" and "#pragma once" not in lines[:3]:
        fault(path, 1, "#pragma once")


def shared_types(path):
    """Names of types at namespace scope, which the linker holds for one across all files."""
    anonymous = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("namespace {"):
            anonymous = True
        elif line == "}  // namespace":
            anonymous = False
        found = re.match(r"(?:struct|class|enum class) (\w+)(?: final)?(?: :| \{|$)", line)
        if found and not anonymous:
            yield found.group(1), number


def check_one_definition(paths):
    first = {}
    for path in paths:
        if kind_of(path) == "test":
            continue
        for name, number in shared_types(path):
            if first.setdefault(name, path) != path:
                fault(path, number, f"{name} is a type of {first[name].relative_to(ROOT)} too")


def check_heavy_headers(path, public):
    name = str(path.relative_to(ROOT))
    if name not in public or name == "core/nlohmann.h":  # Which is nothing else.
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if re.search(r'#include <(nlohmann|yaml-cpp|soci|httplib|boost)', line):
            fault(path, number, "a heavy library in a public header")


def public_headers():
    found = set()
    for room in ROOMS:
        for cmake in (ROOT / room).rglob("CMakeLists.txt"):
            for block in re.findall(r"PUBLIC_HEADERS([^)]*?)(?:SOURCES|DEPS|\))",
                                    cmake.read_text(encoding="utf-8")):
                found |= {str((cmake.parent / h).relative_to(ROOT)) for h in block.split()}
    return found


def test_names():
    names = set()
    for path in tracked(".cc"):
        text = path.read_text(encoding="utf-8")
        names |= {f"{a}.{b}" for a, b in re.findall(
            r"(?:TEST|TEST_F|TEST_P|RC_GTEST_PROP)\(\s*(\w+),\s*(\w+)", text)}
    return names


def check_promises():
    page = ROOT / "docs" / "promises.md"
    if not page.exists():
        return
    known = test_names()
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        for name in re.findall(r"`(\w+Test\.\w+)`", line):
            if name not in known:
                fault(page, number, f"no test is called {name}")


def check_links():
    for page in tracked(".md"):
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", line):
                if "://" in target or target.startswith("mailto:") or "golden" in str(page):
                    continue
                if not (page.parent / target).exists():
                    fault(page, number, f"the link {target} leads nowhere")


def main():
    public = public_headers()
    for path in tracked(".h", ".cc"):
        check_code(path)
        check_heavy_headers(path, public)
    check_one_definition(tracked(".h", ".cc"))
    check_promises()
    check_links()
    print("\n".join(sorted(set(FAULTS))) or "tidy")
    return 1 if FAULTS else 0


if __name__ == "__main__":
    sys.exit(main())
