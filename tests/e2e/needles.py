"""What the greps for leaks look for, and how: every text in five spellings, all at once."""
import base64
import os
import subprocess
import urllib.parse

from sample_circle import folded

SHORTEST = 8  # Bytes; a shorter word is found everywhere.


def base64_inside(needle):
    """How the needle looks within a longer base64, at each of its three alignments."""
    for before in range(3):
        text = base64.b64encode(b"\0" * before + needle)
        kept = text[[0, 2, 3][before]:].rstrip(b"=")
        yield kept[:len(kept) - (1 if (before + len(needle)) % 3 else 0)]


def spellings(text):
    """{encoding: [bytes]} of one needle."""
    raw = text.encode()
    return {"utf-8": [raw], "utf-16": [text.encode("utf-16-le")],
            "hex": [raw.hex().encode(), raw.hex().upper().encode()],
            "base64": list(base64_inside(raw)),
            "url": [urllib.parse.quote(text, safe="").encode()]}


class Needles:
    def __init__(self, texts):
        self.of = {}  # bytes: (encoding, text)
        for text in texts:
            for encoding, patterns in spellings(text).items():
                for pattern in patterns:
                    assert b"\n" not in pattern
                    self.of.setdefault(pattern, (encoding, text))
        self.texts = set(texts)


def grep(patterns, *places):
    """{pattern: a file that holds it}. GNU grep looks for all at once."""
    done = subprocess.run(
        ["grep", "-raoFH", "--null", "--exclude-dir=sample", "--exclude=*.csv", "--exclude=*.token",
         "-f", "-", *map(str, places)],
        input=b"\n".join(patterns), capture_output=True, timeout=300, check=False,
        env={**os.environ, "LC_ALL": "C"})
    if done.returncode not in (0, 1):
        raise AssertionError(done.stderr.decode(errors="replace"))
    found = {}
    for line in done.stdout.split(b"\n"):
        file, separator, match = line.partition(b"\0")
        if separator:
            found[match] = file.decode(errors="replace")
    return found


def newline_free(wrap):
    """The longest piece of a wrapped key that a line can hold."""
    return max(wrap.split(b"\n"), key=len)


def people_of(sample):
    """How the people of a sample are called and reached."""
    texts = set()
    for row in sample.shop:
        texts |= {row["email"], row["email"].lower(), row["phone"], folded(row["phone"])[1:],
                  row["card"], f"{row['first_name']} {row['last_name']}",
                  f"{row['last_name']} {row['first_name']}"}
    for row in sample.crm:
        texts.add(row["Полное имя контакта"])
        for caption, value in row.items():
            if "email" in caption or "телефон" in caption:
                texts |= {value.strip("'"), value.strip("'").lower()}
    return texts
