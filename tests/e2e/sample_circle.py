"""The invented population of `assent sample` and the steps of the circle, for the end-to-end tests."""
import csv
import json
import re

AS_OF = "2026-11-21"
CHANNELS = ("email", "sms", "phone_live")
MAILHOUSE = ("recipient", "add", "--name", "mailhouse", "--role", "internal", "--country", "RU",
             "--fields", "contact,first_name",
             "--duties", "sender_identified,unsubscribe,postal_address,honest")
# (source, mapping, file, further arguments), in the order of the story.
FILES = (("amocrm", "amocrm_contacts", "amocrm_contacts.csv", ()),
         ("webshop", "contacts", "webshop_contacts.csv", ()),
         ("webshop", "contacts", "consents.csv", ()),
         ("webshop_orders", "orders", "webshop_orders.csv", ("--customers-of", "webshop")))
REPORT = re.compile(r"(\d+) rows?, (\d+) stored, (\d+) unchanged, (\d+) rejected")


def rows_of(path, delimiter=","):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def folded(contact):
    """An e-mail or phone as two spellings of it compare."""
    if "@" in contact:
        return contact.strip().lower()
    digits = re.sub(r"\D", "", contact)
    return "+7" + digits[-10:] if len(digits) == 10 or digits[:1] in ("7", "8") else "+" + digits


class Sample:
    def __init__(self, installation, people=400):
        self.dir = installation.dir / "sample"
        installation.ok("sample", self.dir, "--people", people)
        self.story = json.loads((self.dir / "story.json").read_text(encoding="utf-8"))
        self.shop = rows_of(self.dir / "webshop_contacts.csv", ";")
        self.crm = rows_of(self.dir / "amocrm_contacts.csv")


def import_one(installation, directory, file):
    """(rows, stored, unchanged, rejected) and the whole answer."""
    source, mapping, name, more = file
    done = installation.ok("import", "--source", source, "--mapping", mapping, *more,
                           directory / name, role="integrator")
    return tuple(map(int, REPORT.search(done.stdout).groups())), done.stdout


def import_all(installation, sample):
    return [import_one(installation, sample.dir, file)[0] for file in FILES]


def open_shop(installation):
    """The sample, imported, with its recipient registered."""
    sample = Sample(installation)
    import_all(installation, sample)
    installation.ok(*MAILHOUSE, role="officer")
    return sample


class Release:
    """A release made by the command, its delivery file parsed, its funnel as the officer sees it."""

    def __init__(self, installation, channel, segment="sleeping_180d", recipient="mailhouse"):
        path = installation.dir / f"{segment}-{channel}.csv"
        path.unlink(missing_ok=True)
        made = installation.ok(
            "release", "create", "--segment", segment, "--purpose", "direct_marketing", "--channel",
            channel, "--recipient", recipient, "--fields", "contact,first_name", "--as-of", AS_OF,
            "--output", path, role="marketer")
        self.id = re.search(r"^release (\S+)", made.stdout).group(1)
        shown = installation.ok("release", "show", self.id, role="officer").stdout
        self.matched, self.permitted, self.delivered = map(int, re.search(
            r"matched (\d+), permitted (\d+), delivered (\d+)", shown).groups())
        self.reasons = {reason: int(people) for people, reason in
                        re.findall(r"^ +(\d+)  (\w+)  .+$", shown, re.MULTILINE)}
        self.manifests = [json.loads(line) for line in shown.splitlines() if line.startswith("{")]
        self.contacts = [folded(row["contact"]) for row in rows_of(path)]
        self.content = path.read_bytes()


def find(installation, kind, value, source=""):
    """{profile: [records]} that hold the identifier."""
    more = ("--source", source) if source else ()
    shown = installation.ok("rights", "find", "--identifier", kind, *more, role="officer",
                            stdin=value + "\n").stdout
    people = {}
    for word, name in re.findall(r"(profile|record) (\S+)", shown):
        if word == "profile":
            holders = people.setdefault(name, [])
        else:
            holders.append(name)
    return people


def erase(installation, kind, value):
    done = installation.ok("rights", "erase", "--identifier", kind, role="officer",
                           stdin=value + "\n")
    return re.search(r"request ([0-9a-f-]{36})", done.stdout).group(1)
