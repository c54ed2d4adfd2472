#!/usr/bin/env python3
"""Holds locales/ru.po against the sources: every text that a person reads has its Russian, with the
same places for values, and the catalogue has no text that nothing says.

    scripts/texts.py            exits 1 and names every fault; a ctest
    scripts/texts.py --missing  prints the entries that are still to be written

A text is a literal given to tr(), tr_n() or say(), a reason of an Error, or any other literal that reads like a sentence:
titles, findings, reasons that pass through variables. Exempt is what programs read, by NOT_TEXT.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROOMS = ("core", "audit", "consent", "identity", "segments", "rights", "api")
LITERAL = r'"(?:\\.|[^"\\\n])*"'
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"(?P<tag>\w*)\((?P<raw>.*?)\)(?P=tag)"|'
                   r"'(?:\\.|[^'\\\n])'|" + LITERAL, re.S)
SENTENCE = re.compile(r"[A-Za-z,:;'] +[A-Za-z0-9'@-]")
SAID = re.compile(r"\b(tr|tr_n|say)\(\s*$|\b(?:ErrorCode::\w+|fault\(\w+),\s*$")
# What programs read: SQL, headers, formats, and the words of exceptions, which nobody is shown.
NOT_TEXT = [re.compile(p) for p in (
    r"^\s|\s$|^[a-z]+/[a-z]+;|^-c |^private, max-age=",  # Parts of formats, media types, fields of HTTP.
    r"\b(SELECT|CALL|INSERT|UPDATE|DELETE|CREATE|SET|BEGIN|FROM)\b",
    r"%[0-9s]",                            # Of printf.
    r"^yyyy|quorum none|^cosignature/|^(first administrator|recovered administrator|order id|one order|order nth|order line|denied row/?)$",
)]
EXCEPTION = re.compile(r"\b(logic_error|runtime_error|invalid_argument|DbError|static_assert)\b"
                       r"[^;]*$")
SAMPLE = "api/sample/"                     # Invents people and texts; of it only errors are read.
ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "r": "\r"}


def unescape(text):
    return re.sub(r"\\(.)", lambda m: ESCAPES.get(m.group(1), m.group(0)), text)


def literals(source):
    """(offset, text, raw string's tag or None), neighbours joined as the compiler joins them."""
    current = None
    for token in TOKEN.finditer(source):
        word = token.group(0)
        if word.startswith(("//", "/*")):
            continue
        tag = token.group("tag") if word.startswith("R") else None
        body = token.group("raw") if tag is not None else unescape(word[1:-1])
        gap = source[current[3]:token.start()] if current else "x"
        if current and tag is None and not re.sub(r"//[^\n]*", "", gap).strip():
            current = (current[0], current[1] + body, current[2], token.end())
            continue
        if current:
            yield current[:3]
        current = None if word.startswith("'") else (token.start(), body, tag, token.end())
    if current:
        yield current[:3]


def is_sentence(name, before, text, tag):
    if tag or not SENTENCE.search(text) or any(p.search(text) for p in NOT_TEXT):
        return tag == "" and bool(SENTENCE.search(text))
    if before.rstrip().endswith("#include") or EXCEPTION.search(before):
        return False
    return not name.startswith(SAMPLE)


class Texts:
    """What the sources say: `wanted` maps a text to its plural or None, `known` is any literal."""

    def __init__(self):
        self.wanted, self.known, self.faults = {}, set(), []
        for room in ROOMS:
            for path in sorted((ROOT / room).rglob("*")):
                if path.suffix in (".cc", ".h"):
                    self.read(path)
        for line in (ROOT / "policies" / "retention.yaml").read_text(encoding="utf-8").splitlines():
            found = re.match(r'\s+(?:- what|why): "?([^"#]*?)"?\s*(?:#.*)?$', line)
            if found:
                self.wanted.setdefault(found.group(1), None)
        fields = (ROOT / "policies" / "fields.yaml").read_text(encoding="utf-8")
        for name in re.findall(r"\{id: \d+, name: (\w+), class", fields):
            self.wanted.setdefault(name, None)
        self.known |= set(self.wanted)

    def read(self, path):
        name = str(path.relative_to(ROOT))
        source = path.read_text(encoding="utf-8")
        one = None
        for at, text, tag in literals(source):
            before = source[max(0, at - 300):at]
            self.known.add(text)
            call = SAID.search(before)
            if one is not None:
                self.wanted[one], one = text, None
                continue
            if call and call.group(1) == "tr_n":
                one = text
            elif call or is_sentence(name, before, text, tag):
                self.wanted.setdefault(text, None)
            is_terminal = name.startswith(("api/cmd_", "audit/verify/"))
            if is_terminal and re.search(r"<<\s*$", before) and re.search(r"[A-Za-z]{3}", text):
                line = source.count("\n", 0, at) + 1
                self.faults.append(f"{name}:{line}: said without tr(): {text!r}")


def catalogue(path):
    """{msgid: (plural or None, [translations])} of a .po file; msgfmt checks its syntax."""
    entries = {}
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        parts = {}
        for key, body in re.findall(r'^(msgid|msgid_plural|msgstr(?:\[\d\])?) ((?:' + LITERAL +
                                    r'\s*)+)', block, re.M):
            parts[key] = "".join(unescape(t[1:-1]) for t in re.findall(LITERAL, body))
        if parts.get("msgid"):
            spoken = [v for k, v in sorted(parts.items()) if k.startswith("msgstr")]
            entries[parts["msgid"]] = (parts.get("msgid_plural"), spoken)
    return entries


def places(text):
    return sorted(set(re.findall(r"\{\d\}", text)))


def edges(text):
    return text[:1].isspace(), text[-1:].isspace()


def faults_of(msgid, plural, spoken):
    forms = 3 if plural else 1
    if len(spoken) != forms or not all(spoken):
        yield "is not translated"
    for one in spoken:
        if places(one) != places(plural or msgid):
            yield f"has other places for values: {one!r}"
        if edges(one) != edges(msgid):
            yield f"begins or ends with other blanks: {one!r}"


def quoted(text):
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    lines = text.replace("\n", "\\n\n").split("\n")
    lines = [line for line in lines if line] or [""]
    return "\n".join(f'"{line}"' for line in lines)


def faults(texts, russian):
    """What keeps `russian` from being the catalogue of `texts`."""
    found = list(texts.faults)
    for text, plural in texts.wanted.items():
        if text not in russian:
            found.append(f"ru.po lacks {text!r}")
        elif russian[text][0] != plural:
            found.append(f"ru.po has another plural of {text!r}")
    for msgid, (plural, spoken) in russian.items():
        if msgid not in texts.known:
            found.append(f"nothing says any more {msgid!r}")
        found += [f"{msgid!r} {fault}" for fault in faults_of(msgid, plural, spoken)]
    return found


def main():
    texts = Texts()
    russian = catalogue(ROOT / "locales" / "ru.po")
    if "--missing" in sys.argv:
        for text in [t for t in texts.wanted if t not in russian]:
            print(f"msgid {quoted(text)}\nmsgstr \"\"\n")
        return 0
    found = faults(texts, russian)
    print("\n".join(found) or f"{len(russian)} texts, all in Russian")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
