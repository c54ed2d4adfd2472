"""The whole circle through the real binary: files in, a gated release out, one person erased, the
log verified."""
import json
import subprocess
import unittest

from installation import Installation, binary
from sample_circle import (CHANNELS, FILES, MAILHOUSE, Release, Sample, erase, find, folded,
                           import_all, import_one, rows_of)

# One person known to two systems: the till knows what she bought, the loyalty club what she allowed.
LOYALTY = ("external_id;first_name;email;phone;country;purpose;channel;action;effective_at;notice;"
           "method\n"
           "L1;Зоя;zoya.two@example.com;+70000099001;RU;direct_marketing;;give;"
           "2026-06-08T13:00:00Z;ru-processing-2025;paper\n"
           "L1;Зоя;zoya.two@example.com;+70000099001;RU;direct_marketing;email;give;"
           "2026-06-08T13:00:10Z;ru-ads-email-2025;web_form\n")
TILL = "external_id;first_name;phone;country\nT1;Зоя;8 000 009-90-01;RU\n"
TILL_ORDERS = ("external_id;order_id;ordered_at;quantity;amount;currency\n"
               "T1;T-1;2026-01-05T10:00:00Z;1;100.00;RUB\n")


class CircleTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = Installation()
        cls.addClassCleanup(home.close)
        cls.sample = Sample(home)
        cls.story = cls.sample.story
        cls.first_import = import_all(home, cls.sample)
        cls.second_import = import_all(home, cls.sample)
        home.ok(*MAILHOUSE, role="officer")
        cls.releases = {channel: Release(home, channel) for channel in CHANNELS}
        cls.withdraw()
        cls.unmerge()
        cls.erase()
        cls.export()

    @classmethod
    def withdraw(cls):
        cls.before_withdrawal = cls.releases["email"]
        cls.home.ok("consent", "record", "--identifier", "email", "--channel", "email", "--action",
                    "withdraw", role="officer", stdin=cls.story["withdraw"]["email"] + "\n")
        cls.after_withdrawal = Release(cls.home, "email")

    @classmethod
    def unmerge(cls):
        for name, text in (("loyalty.csv", LOYALTY), ("till.csv", TILL),
                           ("till_orders.csv", TILL_ORDERS)):
            (cls.home.dir / name).write_text(text, encoding="utf-8")
        import_one(cls.home, cls.home.dir, ("loyalty", "contacts", "loyalty.csv", ()))
        import_one(cls.home, cls.home.dir, ("till", "contacts", "till.csv", ()))
        import_one(cls.home, cls.home.dir,
                   ("till_orders", "orders", "till_orders.csv", ("--customers-of", "till")))
        cls.merged = find(cls.home, "phone", "+70000099001")
        cls.before_unmerge = Release(cls.home, "email")
        record = next(iter(find(cls.home, "external_id", "T1", "till").values()))[0]
        cls.home.ok("identity", "unmerge", "--record", record, role="officer")
        cls.unmerged = find(cls.home, "phone", "+70000099001")
        cls.after_unmerge = Release(cls.home, "email")
        import_one(cls.home, cls.home.dir, ("till", "contacts", "till.csv", ()))
        cls.unmerged_later = find(cls.home, "phone", "+70000099001")

    @classmethod
    def erase(cls):
        email = cls.story["erase"]["email"]
        cls.found_before = find(cls.home, "email", email)
        cls.request = erase(cls.home, "email", email)
        cls.found_after = find(cls.home, "email", email)
        cls.after_erasure = {channel: Release(cls.home, channel) for channel in CHANNELS}
        cls.import_after = [import_one(cls.home, cls.sample.dir, file) for file in FILES]

    @classmethod
    def export(cls):
        cls.policy = cls.home.dir / "policy.txt"
        cls.policy.write_text(cls.home.ok("audit", "policy", role="auditor").stdout)
        cls.bundle = cls.home.dir / "log.bundle"
        cls.home.ok("audit", "export", "--output", cls.bundle, role="auditor")

    # -- Import

    def test_every_row_of_the_sample_is_stored_or_is_a_second_word_of_the_same_person(self):
        for (_, _, name, _), (rows, stored, unchanged, rejected) in zip(FILES, self.first_import):
            with self.subTest(file=name):
                self.assertEqual(rows, self.story["files"][name]["rows"])
                self.assertEqual((stored + unchanged, rejected), (rows, 0))

    def test_importing_again_changes_nothing(self):
        for rows, stored, unchanged, rejected in self.second_import:
            self.assertEqual((stored, unchanged, rejected), (0, rows, 0))

    def test_the_money_is_that_of_the_files_without_the_erased_person(self):
        erased = {row["external_id"] for row in self.story["erase"]["records"]}
        for currency in ("RUB", "EUR"):
            kept = [row for row in rows_of(self.sample.dir / "webshop_orders.csv", ";")
                    if row["currency"] == currency and row["external_id"] not in erased]
            minor = sum(int(row["amount"].replace(".", "")) for row in kept)
            self.assertEqual(
                self.home.psql("data", "SELECT count(*) || ' ' || sum(amount_minor) FROM purchase"
                               " JOIN source USING (tenant, source_id)"
                               f" WHERE name = 'webshop_orders' AND currency = '{currency}'"),
                f"{len(kept)} {minor}")

    # -- Release

    def test_every_funnel_sums(self):
        for release in [*self.releases.values(), *self.after_erasure.values(), self.after_unmerge]:
            self.assertEqual(release.permitted + sum(release.reasons.values()), release.matched)
            self.assertEqual(release.delivered, len(release.contacts))
            self.assertEqual(len(set(release.contacts)), len(release.contacts))

    def test_the_sleepers_are_those_of_the_story(self):
        for release in self.releases.values():
            self.assertEqual(release.matched, self.story["sleeping_180d"])

    def test_the_permitted_are_those_of_the_story(self):
        # The story counts whom consent allows; people abroad need besides that a tool of transfer,
        # which this recipient does not have.
        for channel, release in self.releases.items():
            with self.subTest(channel=channel):
                self.assertEqual(release.permitted + release.reasons.get("TRANSFER_NO_TOOL", 0),
                                 self.story["permitted_sleeping_180d"]["two_keys_for_all"][channel])

    def test_nobody_who_opted_out_is_delivered(self):
        column = {"email": "email", "sms": "phone", "phone_live": "phone"}
        checked = 0
        for person in self.story["opted_out"]:
            for channel in person["channels"]:
                for row in self.sample.shop:
                    if row["external_id"] == person["external_id"] and row[column[channel]]:
                        self.assertNotIn(folded(row[column[channel]]),
                                         self.releases[channel].contacts)
                        checked += 1
        self.assertGreater(checked, 10)

    def test_the_manifests_name_what_was_permitted_and_what_was_delivered(self):
        for release in self.releases.values():
            opening, closing = release.manifests
            self.assertEqual(opening["permitted"], release.permitted)
            self.assertEqual(closing["delivered"], len(release.contacts))

    def test_a_field_that_the_contract_does_not_allow_refuses_the_release(self):
        refused = self.home.run("release", "create", "--segment", "sleeping", "--purpose",
                                "direct_marketing", "--channel", "email", "--recipient",
                                "mailhouse", "--fields", "contact,last_name", role="marketer")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("field", refused.stderr)

    # -- Withdrawal, unmerge

    def test_a_withdrawal_takes_exactly_that_person_out_of_the_next_release(self):
        gone = set(self.before_withdrawal.contacts) - set(self.after_withdrawal.contacts)
        self.assertEqual(gone, {self.story["withdraw"]["email"]})
        self.assertLess(set(self.after_withdrawal.contacts), set(self.before_withdrawal.contacts))

    def test_two_records_of_one_phone_and_name_are_one_person_until_unmerged(self):
        self.assertEqual([len(records) for records in self.merged.values()], [2])
        self.assertEqual([len(records) for records in self.unmerged.values()], [1, 1])
        self.assertEqual(self.unmerged_later.keys(), self.unmerged.keys())

    def test_an_unmerge_changes_the_next_release_by_exactly_that_person(self):
        self.assertEqual(set(self.before_unmerge.contacts) - set(self.after_withdrawal.contacts),
                         {"zoya.two@example.com"})
        self.assertEqual(set(self.after_unmerge.contacts), set(self.after_withdrawal.contacts))

    # -- Erasure

    def test_the_erased_person_is_nowhere(self):
        self.assertEqual([len(records) for records in self.found_before.values()], [2])
        self.assertEqual(self.found_after, {})
        for release in self.after_erasure.values():
            self.assertNotIn(self.story["erase"]["email"], release.contacts)
        records = ",".join(f"'{r}'" for rows in self.found_before.values() for r in rows)
        self.assertEqual(self.home.psql(
            "safe", f"SELECT count(*) FROM subject_key WHERE subject IN ({records})"), "0")
        self.assertEqual(self.home.psql(
            "safe", f"SELECT count(*) FROM tombstone WHERE subject IN ({records})"), "2")

    def test_relatives_behind_the_same_phone_stay(self):
        for row in self.story["erase"]["relatives"]:
            people = find(self.home, "external_id", row["external_id"], row["source"])
            self.assertEqual([len(records) for records in people.values()], [1])
            phone = next(shop["phone"] for shop in self.sample.shop
                         if shop["external_id"] == row["external_id"])
            self.assertTrue(people.keys() <= find(self.home, "phone", phone).keys())

    def test_the_next_exports_do_not_bring_the_erased_person_back(self):
        for (rows, stored, unchanged, rejected), answer in self.import_after:
            self.assertRegex(answer, r"rejected line \d+.*ERASED")
            self.assertGreater(rejected, 0)
            self.assertEqual((stored, unchanged), (0, rows - rejected))
        self.assertEqual(find(self.home, "email", self.story["erase"]["email"]), {})

    def test_the_certificate_is_readable_and_names_what_is_kept(self):
        certificate = json.loads(self.home.ok("rights", "certificate", "--request", self.request,
                                              role="officer").stdout)
        self.assertEqual(len(certificate["keys_destroyed"]), 2)
        self.assertTrue(all(kept["why"] for kept in certificate["kept"]))
        self.assertNotIn(self.story["erase"]["email"], json.dumps(certificate))
        self.assertEqual(self.home.run("rights", "certificate", "--request", self.request,
                                       role="marketer").returncode, 1)

    # -- The log

    def verify(self, lines):
        path = self.home.dir / "changed.bundle"
        path.write_bytes(b"\n".join(lines))
        return subprocess.run([binary("assent-verify"), "bundle", path, "--policy", self.policy],
                              capture_output=True, text=True, timeout=60, check=False)

    def entries(self):
        """The bundle's lines, and which of them are entries."""
        lines = self.bundle.read_bytes().split(b"\n")
        first = lines.index(b"") + 1
        return lines, [number for number in range(first, len(lines))
                       if not lines[number].startswith((b"hashes ", b"count ", b"first-path"))
                       and number < next(i for i, line in enumerate(lines)
                                         if line.startswith(b"count "))]

    def test_the_exported_log_verifies(self):
        lines, entries = self.entries()
        verified = self.verify(lines)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        self.assertGreater(len(entries), 50)

    def named(self, lines, entry):
        verified = self.verify(lines)
        self.assertEqual(verified.returncode, 1, verified.stdout + verified.stderr)
        self.assertRegex(verified.stdout + verified.stderr, rf"\b{entry}\b")

    def test_a_flipped_byte_is_named(self):
        for entry in (0, 17, 42):
            lines, entries = self.entries()
            line = bytearray(lines[entries[entry]])
            line[20] = ord("A") if line[20] != ord("A") else ord("B")
            lines[entries[entry]] = bytes(line)
            self.named(lines, entry)

    def test_a_removed_entry_is_named(self):
        lines, entries = self.entries()
        del lines[entries[23]]
        self.named(lines, 23)

    def test_swapped_entries_are_named(self):
        lines, entries = self.entries()
        a, b = entries[11], entries[12]
        lines[a], lines[b] = lines[b], lines[a]
        self.named(lines, 11)

    def test_an_added_entry_is_named(self):
        lines, entries = self.entries()
        lines.insert(entries[31], lines[entries[30]])
        self.named(lines, 31)

    # -- The papers that leave the house

    def papers(self, *args):
        return subprocess.run([binary("assent-verify"), *map(str, args), "--policy", self.policy,
                               "--bundle", self.bundle], capture_output=True, text=True, timeout=60,
                              check=False)

    def test_the_certificate_is_verified_offline_and_every_change_of_it_is_found(self):
        path = self.home.dir / "certificate.json"
        self.home.ok("rights", "certificate", "--request", self.request, "--output", path,
                     role="officer")
        verified = self.papers("erasure", path)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        self.assertIn("closed in the log: yes", verified.stdout)
        certificate = json.loads(path.read_text(encoding="utf-8"))
        for key in certificate:
            changed = {**certificate, key: "changed"}
            path.write_text(json.dumps(changed, separators=(",", ":"), ensure_ascii=False),
                            encoding="utf-8")
            self.assertIn(self.papers("erasure", path).returncode, (1, 2), key)

    def test_a_release_is_verified_offline_with_the_file_that_left(self):
        release = self.releases["email"]
        evidence, file = self.home.dir / "release.evidence", self.home.dir / "left.csv"
        self.home.ok("release", "evidence", release.id, "--output", evidence, role="auditor")
        file.write_bytes(release.content)
        verified = self.papers("release", evidence, "--delivered", file)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        self.assertIn("file: the one that left   log: tells of it", verified.stdout)
        for contact in release.contacts:
            self.assertNotIn(contact, evidence.read_text(encoding="utf-8"))
        file.write_bytes(release.content.replace(b"@", b"%", 1))
        changed = self.papers("release", evidence, "--delivered", file)
        self.assertEqual(changed.returncode, 1, changed.stdout)
        self.assertIn("the file is not the one that was delivered", changed.stdout)
        refused = self.home.run("release", "evidence", release.id, role="marketer")
        self.assertEqual(refused.returncode, 1)
        self.assertEqual(refused.stdout, "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
