"""The live tables against the log: what a database administrator changes past the program is found by
an auditor with two files and no database."""
import csv
import json
import re
import subprocess
import unittest

from installation import Installation, binary
from sample_circle import Sample, erase, import_all, import_one, rows_of

# How each sealed table is attacked: the column its rows are named by, a change of what its leaf sealed,
# the columns that another row's contents would be put back into, and what makes a copy a row of its own.
ATTACKS = {
    "record_version": ("row_id", "fields = fields || '\\x00'", "fields, content_tag",
                       "row_id = gen_random_uuid(), version = version + 1000"),
    "organisation": ("row_id", "name_tag = substring(sha256(name_tag) FOR 16)", "fields, content_tag, name_tag",
                     "row_id = gen_random_uuid(), organisation_id = gen_random_uuid()"),
    "purchase": ("purchase_id", "amount_minor = amount_minor + 1", "amount_minor, quantity, product",
                 "purchase_id = gen_random_uuid()"),
    "rejected_row": ("rejected_id", "line = line + 1", "sealed, line, column_no",
                     "rejected_id = gen_random_uuid()"),
    "consent_event": ("event_id", "action = 1 - action % 2", "contact_tag, effective_at",
                      "event_id = gen_random_uuid()"),
    "tombstone": ("record_id", "request_id = gen_random_uuid()", None,
                  "record_id = gen_random_uuid()"),
}
# Ciphertext that no leaf seals as a row: their hashes stand in leaves of their own.
SEALED_OTHERWISE = {"audit_detail", "certificate"}
COMPANY_TYPE, COMPANY_NAME = ("компания", "Полное имя контакта")
NEW_ORDER = ("external_id;order_id;ordered_at;quantity;amount;currency\n"
             "{0};CORR-1;2026-01-05T10:00:00Z;1;100.00;RUB\n")


class StateTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = Installation()
        cls.addClassCleanup(home.close)
        cls.sample = Sample(home, people=120)
        import_all(home, cls.sample)
        customer = rows_of(cls.sample.dir / "webshop_orders.csv", ";")[0]["external_id"]
        for amount in ("100.00", "200.00"):  # The second file corrects the line of the first.
            (home.dir / "order.csv").write_text(
                NEW_ORDER.format(customer).replace("100.00", amount), encoding="utf-8")
            import_one(home, home.dir, ("webshop_orders", "orders", "order.csv",
                                        ("--customers-of", "webshop")))
        # Two rows of a file are rejected, and stand sealed.
        (home.dir / "bad.csv").write_text("external_id;first_name;email;country\n"
                                          ";Olga;olga@example.com;RU\n;Vera;vera@example.com;RU\n",
                                          encoding="utf-8")
        import_one(home, home.dir, ("webshop", "contacts", "bad.csv", ()))
        cls.describe_a_company_anew()
        home.ok("consent", "record", "--identifier", "email", "--channel", "email", "--action",
                "withdraw", role="officer", stdin=cls.sample.story["withdraw"]["email"] + "\n")
        erase(home, "email", cls.sample.story["erase"]["email"])
        cls.policy = home.dir / "policy.txt"
        cls.policy.write_text(home.ok("audit", "policy", role="auditor").stdout)

    @classmethod
    def describe_a_company_anew(cls):
        """The table `earlier` keeps the companies as they were."""
        home, file = cls.home, cls.sample.dir / "amocrm_contacts.csv"
        home.psql("data", "CREATE TABLE earlier AS SELECT * FROM organisation")
        with open(file, encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text)
            company = next(row for row in reader if COMPANY_TYPE in row.values())
            company[COMPANY_NAME] += " и партнёры"
            with open(home.dir / "company.csv", "w", encoding="utf-8", newline="") as out:
                writer = csv.DictWriter(out, reader.fieldnames)
                writer.writeheader()
                writer.writerow(company)
        import_one(home, home.dir, ("amocrm", "amocrm_contacts", "company.csv", ()))

    def verify(self, *more, dump=True):
        """(exit code, report) of a fresh dump and a bundle exported after it."""
        home = self.home
        if dump:
            home.ok("audit", "dump-state", "--output", home.dir / "hashes.csv")
            home.ok("audit", "export", "--output", home.dir / "log.bundle", role="auditor")
        done = subprocess.run(
            [binary("assent-verify"), "state", "--bundle", home.dir / "log.bundle", "--dump",
             home.dir / "hashes.csv", "--policy", self.policy, "--json", *more],
            capture_output=True, text=True, check=False)
        return done.returncode, json.loads(done.stdout)

    def attack(self, change, undo, what):
        """After `change` the state does not verify, and the finding `what` comes first, with its
        entry; after `undo` it verifies again, as the end of the test sees. Answers what is named."""
        self.attacked = True
        self.home.psql("data", change)
        try:
            code, report = self.verify()
        finally:
            self.home.psql("data", undo)
        self.assertEqual(code, 1, report)
        found = report["findings"][0]
        self.assertIn(what, found["what"])
        return found

    def setUp(self):
        self.attacked = False

    def tearDown(self):
        if self.attacked:
            self.assertEqual(self.verify()[0], 0)

    def one(self, sql):
        return self.home.psql("data", sql)

    def backed_up(self, table, where):
        """The undoing of whatever happens to some rows of a table."""
        self.one(f"DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT * FROM {table} "
                 f"WHERE {where}")
        return f"DELETE FROM {table} WHERE {where}; INSERT INTO {table} SELECT * FROM kept"

    # -- Honest

    def test_an_honest_installation_verifies_with_corrections_rejects_and_an_erasure(self):
        code, report = self.verify()
        self.assertEqual((code, report["findings"]), (0, []))
        counts = {table: int(self.one(f"SELECT count(*) FROM {table}")) for table in
                  ("record_version", "organisation", "purchase", "rejected_row", "consent_event",
                   "tombstone")}
        self.assertEqual(report["state"]["rows"], sum(counts.values()))
        self.assertTrue(all(counts.values()), counts)
        self.assertEqual(report["state"]["removed"], int(self.one("SELECT count(*) FROM removed_row")))
        self.assertGreater(report["state"]["removed"], 1)
        self.assertGreater(report["state"]["erased"], 0)
        self.assertIn("identifiers", report["state"]["not_compared"])

    def test_the_dump_holds_hashes_and_random_ids_only(self):
        self.verify()
        text = (self.home.dir / "hashes.csv").read_text()
        for line in text.splitlines()[4:-2]:
            self.assertRegex(line, r"^(row|erased|removed|removal),[0-9a-f-]{36},\d+,"
                                   r"([a-z_]+|\d+)?,[0-9a-f-]{36},[0-9a-f]{64},([0-9a-f]{64})?,"
                                   r"([0-9a-f-]{36})?,([0-9a-f-]{36})?$")

    def test_reading_the_state_is_itself_in_the_log(self):
        before = int(self.one("SELECT count(*) FROM audit_leaf"))
        self.home.ok("audit", "dump-state")
        self.assertGreaterEqual(int(self.one("SELECT count(*) FROM audit_leaf")), before + 1)

    # -- Attacks, as the superuser past all locks

    def test_every_sealed_table_is_attacked_here(self):
        tables = ("SELECT DISTINCT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
                  "JOIN pg_type t ON t.oid = a.atttypid WHERE c.relkind IN ('r', 'p') AND NOT "
                  "c.relispartition AND c.relowner = 'assent_owner'::regrole AND ")
        sealed = set(self.one(tables + "a.attname = 'leaf_pos'").split()) - {"removed_row"}
        self.assertEqual(sealed, set(ATTACKS))
        ciphertext = set(self.one(tables + "t.typname = 'cdp_enc'").split())
        self.assertEqual(ciphertext - sealed, SEALED_OTHERWISE)
        self.verify()
        dumped = {line.split(",")[3] for line in (self.home.dir / "hashes.csv").read_text()
                  .splitlines() if line.startswith("row,")}
        self.assertEqual(dumped, sealed)

    def rows(self, table, count=1):
        """Names of rows that are nobody's who was erased."""
        key = ATTACKS[table][0]
        others = ("" if table in ("rejected_row", "organisation", "tombstone") else
                  "WHERE NOT EXISTS (SELECT FROM tombstone x WHERE x.record_id = t.record_id)")
        found = self.one(f"SELECT {key} FROM {table} t {others} LIMIT {count}").split()
        self.assertEqual(len(found), count, table)
        return found

    def test_a_changed_column_is_found_in_every_sealed_table(self):
        for table, (key, change, _, _) in ATTACKS.items():
            with self.subTest(table=table):
                row = self.rows(table)[0]
                undo = self.backed_up(table, f"{key} = '{row}'")
                # Of a tombstone nothing is kept beside it that would tell which one it was.
                named = table != "tombstone"
                found = self.attack(f"UPDATE {table} SET {change} WHERE {key} = '{row}'", undo,
                                    "a row is not as the entry sealed it" if named else
                                    "the rows are not those that the entry sealed")
                if named:
                    self.assertEqual(found["found"], f"{table} {row}")
                self.assertEqual(found["entry"], int(self.one(
                    "SELECT idx FROM audit_leaf a JOIN kept k ON a.event_id = k.leaf_id")))

    def test_what_another_row_says_is_found_in_every_sealed_table(self):
        for table, (key, _, columns, _) in ATTACKS.items():
            if columns is None:
                continue  # All that a tombstone says is who it is.
            with self.subTest(table=table):
                one, other = self.rows(table, 2)
                undo = self.backed_up(table, f"{key} = '{one}'")
                found = self.attack(
                    f"UPDATE {table} SET ({columns}) = (SELECT {columns} FROM {table} WHERE {key} = "
                    f"'{other}') WHERE {key} = '{one}'", undo, "a row is not as the entry sealed it")
                self.assertEqual(found["found"], f"{table} {one}")

    def test_a_deleted_row_is_found_with_its_entry_in_every_sealed_table(self):
        for table, (key, _, _, _) in ATTACKS.items():
            with self.subTest(table=table):
                row = self.rows(table)[0]
                undo = self.backed_up(table, f"{key} = '{row}'")
                # Without its tombstone an erased person's other rows are changed ones, too.
                found = self.attack(f"DELETE FROM {table} WHERE {key} = '{row}'", undo,
                                    "" if table == "tombstone" else
                                    "a row that the entry sealed is missing")
                if table != "tombstone":
                    entry, position = self.one("SELECT idx, leaf_pos FROM audit_leaf a JOIN kept k "
                                               "ON a.event_id = k.leaf_id").split("|")
                    self.assertEqual((found["entry"], found["expected"]),
                                     (int(entry), f"row {position}"))

    def test_a_row_that_was_added_is_found_in_every_sealed_table(self):
        for table, (key, _, _, anew) in ATTACKS.items():
            with self.subTest(table=table):
                row = self.rows(table)[0]
                self.one(f"DROP TABLE IF EXISTS added; CREATE TABLE added AS SELECT * FROM {table} "
                         f"WHERE {key} = '{row}'; UPDATE added SET {anew}")
                new = self.one(f"SELECT {key} FROM added")
                undo = f"DELETE FROM {table} WHERE {key} = '{new}'"
                found = self.attack(f"INSERT INTO {table} SELECT * FROM added", undo,
                                    "a row has a place that the entry did not seal for it")
                self.assertRegex(found["found"], f"^{table} ")
                found = self.attack("UPDATE added SET leaf_id = gen_random_uuid(); "
                                    f"INSERT INTO {table} SELECT * FROM added", undo,
                                    "a row names an entry that seals no rows or is not in the log")
                self.assertEqual(found["found"], f"{table} {new}")

    def test_a_company_that_is_put_back_as_it_was_before_its_correction_is_found(self):
        now = self.one("SELECT organisation_id FROM organisation o JOIN earlier e USING "
                       "(organisation_id) WHERE o.row_hash <> e.row_hash")
        undo = self.backed_up("organisation", f"organisation_id = '{now}'")
        self.attack(f"DELETE FROM organisation WHERE organisation_id = '{now}'; INSERT INTO "
                    f"organisation SELECT * FROM earlier WHERE organisation_id = '{now}'", undo, "")

    def test_a_changed_column_whose_kept_hash_was_changed_too_is_found(self):
        row = self.one("SELECT purchase_id FROM purchase LIMIT 1")
        undo = self.backed_up("purchase", f"purchase_id = '{row}'")
        found = self.attack("UPDATE purchase SET amount_minor = 1, row_hash = sha256('x') "
                            f"WHERE purchase_id = '{row}'", undo, "a row is not as the entry")
        self.assertEqual(found["found"], f"purchase {row}")

    def test_a_deleted_row_is_found_though_its_removal_was_invented(self):
        row = self.one("SELECT purchase_id FROM purchase LIMIT 1")
        undo = self.backed_up("purchase", f"purchase_id = '{row}'")
        self.attack(
            "INSERT INTO removed_row SELECT tenant, leaf_id, leaf_pos, sha256('purchase'::bytea || "
            "uuid_send(purchase_id) || row_hash), (SELECT by_leaf FROM removed_row LIMIT 1), 100000 "
            f"FROM purchase WHERE purchase_id = '{row}'; "
            f"DELETE FROM purchase WHERE purchase_id = '{row}'",
            undo + "; DELETE FROM removed_row WHERE by_pos = 100000", "")

    def test_an_erasure_that_the_log_does_not_tell_of_explains_nothing(self):
        record = self.one("SELECT record_id FROM consent_event e WHERE NOT EXISTS (SELECT FROM "
                          "tombstone t WHERE t.record_id = e.record_id) LIMIT 1")
        undo = self.backed_up("consent_event", f"record_id = '{record}'")
        self.attack(
            f"UPDATE consent_event SET action = 1, contact_tag = '' WHERE record_id = '{record}'; "
            f"INSERT INTO tombstone SELECT tenant, '{record}', erased_at, request_id FROM tombstone "
            "LIMIT 1",
            undo + f"; DELETE FROM tombstone WHERE record_id = '{record}'",
            "a row names an entry that seals no rows")

    def test_a_person_who_was_not_erased_cannot_take_the_place_of_one_who_was(self):
        record = self.one("SELECT record_id FROM consent_event e WHERE NOT EXISTS (SELECT FROM "
                          "tombstone t WHERE t.record_id = e.record_id) LIMIT 1")
        erased = self.one("SELECT record_id FROM tombstone LIMIT 1")
        undo = self.backed_up("consent_event", f"record_id = '{record}'")
        self.attack(
            f"UPDATE consent_event SET action = 1, contact_tag = '' WHERE record_id = '{record}'; "
            f"UPDATE tombstone SET record_id = '{record}' WHERE record_id = '{erased}'",
            undo + f"; UPDATE tombstone SET record_id = '{erased}' WHERE record_id = '{record}'", "")

    # -- What cannot be told

    def test_a_bundle_that_does_not_reach_far_enough_is_not_green(self):
        self.home.ok("audit", "export", "--output", self.home.dir / "log.bundle", role="auditor")
        self.home.ok("audit", "dump-state", "--output", self.home.dir / "hashes.csv")
        code, report = self.verify(dump=False)
        self.assertEqual(code, 2)
        self.home.ok("audit", "export", "--from", "1", "--output", self.home.dir / "log.bundle",
                     role="auditor")
        code, report = self.verify(dump=False)
        self.assertEqual(code, 2)
        self.assertIn("from the first entry", json.dumps(report["findings"]))

    def test_half_a_dump_is_not_green(self):
        self.verify()
        path = self.home.dir / "hashes.csv"
        lines = path.read_text().splitlines(keepends=True)
        for kept in (lines[:-1], lines[:-3], lines[:10], lines[:2], lines + ["x\n"], []):
            path.write_text("".join(kept))
            self.assertNotEqual(self.verify(dump=False)[0], 0)
        # A line less, with the count made to fit.
        count = next(line for line in lines if line.startswith("# lines "))
        fewer = [line for line in lines if line != lines[9]]
        path.write_text("".join(fewer).replace(count, f"# lines {int(count.split()[2]) - 1}\n"))
        self.assertEqual(self.verify(dump=False)[0], 1)

    def test_it_says_what_is_not_compared(self):
        self.verify()
        done = subprocess.run(
            [binary("assent-verify"), "state", "--bundle", self.home.dir / "log.bundle", "--dump",
             self.home.dir / "hashes.csv", "--policy", self.policy], capture_output=True, text=True,
            check=False)
        self.assertEqual(done.returncode, 0)
        self.assertTrue(re.search("^not compared: identifiers, links", done.stdout, re.M))
        self.assertIn("RESULT  VERIFIED   (not proved:", done.stdout)
        done = subprocess.run(
            [binary("assent-verify"), "state", "--bundle", self.home.dir / "log.bundle", "--dump",
             self.home.dir / "hashes.csv"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
