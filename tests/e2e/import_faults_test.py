"""Bad files through the real binary: each is answered with line, column and reason, never with the
value; the good rows beside them are stored."""
import re
import unittest

from installation import Installation

CAPTIONS = b"external_id;first_name;email;phone;birth_date\n"
GOOD = b"A1;Anna;a1@example.com;+70000001001;1990-01-01\n"
LATER = b"A9;Olga;a9@example.com;;\n"

# name: (the file, line and column of the fault, words of its reason, good rows)
REJECTED = {
    "cut short within a quoted cell": (
        CAPTIONS + GOOD + b'A2;"Ann', (3, 2), "the file ends inside a quoted cell", 1),
    "a quote that is never closed": (
        CAPTIONS + GOOD + b'A2;"Anna;a2@example.com;;\n' + LATER * 3, (3, 2), "quote", None),
    "bytes that are no text": (
        CAPTIONS + GOOD + b"A2;\x98\xff\xfe;a2@example.com;;\n" + LATER, (3, 2), "UTF-8", 2),
    "a line of 10 MB": (
        CAPTIONS + GOOD + b"A2;" + b"x" * 10_000_000 + b";;;\n" + LATER, (3, 0), "1 MiB", 2),
    "the 31st of February": (
        CAPTIONS + GOOD + b"A2;Anna;a2@example.com;;31.02.1990\n" + LATER, (3, 5), "not a day", 2),
    "a birth in the future": (
        CAPTIONS + GOOD + b"A2;Anna;a2@example.com;;28.02.2990\n" + LATER,
        (3, 5), "in the future", 2),
    "an id that a spreadsheet rewrote": (
        CAPTIONS + GOOD + b"31000003.0;Anna;a2@example.com;;\n" + LATER, (3, 1), "as a decimal", 2),
    "a phone that a spreadsheet cut": (
        CAPTIONS + GOOD + b"A2;Anna;a2@example.com;7.92612E+10;\n" + LATER, (3, 4),
        "to an exponent", 2),
    "a row that is too short": (
        CAPTIONS + GOOD + b"A2;Anna\n" + LATER, (3, 3), "fewer columns", 2),
}
# name: (the file, words of the refusal)
REFUSED = {
    "an unknown column": (b"external_id;first_name;shoe_size\nA1;Anna;39\n",
                          r"not one of the mapping's, line 1, column 3"),
    "a required column is missing": (b"first_name;email\nAnna;a@example.com\n",
                                     r"required column is missing.*external_id"),
    "an empty file": (b"", r"empty"),
    "letters that may be read in two ways": ("external_id;first_name\nA1;ну\n".encode("cp1251"),
                                             r"save it as UTF-8"),
    "no text at all": (b"\xff\x00\x98\x01" * 500, r"not text"),
    "a workbook cut short": (b"PK\x03\x04" + b"\x07" * 3000, r"workbook"),
}


class ImportFaultsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = Installation()
        cls.addClassCleanup(cls.home.close)

    def read(self, source, content):
        path = self.home.dir / f"{source}.csv"
        path.write_bytes(content)
        return self.home.run("import", "--source", source, "--mapping", "contacts", path,
                             role="integrator")

    def rows_in(self, source):
        return self.home.psql("data", "SELECT count(*) FROM record JOIN source USING (tenant, "
                              f"source_id) WHERE source.name = '{source}'")

    def test_a_bad_row_is_named_by_line_and_column_and_the_good_rows_stay(self):
        for number, (name, (content, at, reason, good)) in enumerate(REJECTED.items()):
            with self.subTest(name):
                done = self.read(f"rejected{number}", content)
                self.assertEqual(done.returncode, 0, done.stderr)
                line, column = at
                where = f"line {line}, column {column}" if column else f"line {line}"
                self.assertRegex(done.stdout, rf"rejected {where}: .*{reason}")
                for value in ("a2@", "31.02", "xxx", "Ann"):
                    self.assertNotIn(value, done.stdout + done.stderr)
                if good is not None:
                    self.assertEqual(self.rows_in(f"rejected{number}"), str(good))
                    self.assertRegex(done.stdout, r"\b1 rejected")

    def test_a_file_that_cannot_be_read_at_all_is_refused_whole(self):
        for number, (name, (content, words)) in enumerate(REFUSED.items()):
            with self.subTest(name):
                done = self.read(f"refused{number}", content)
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr, words)
                self.assertEqual(self.rows_in(f"refused{number}"), "0")

    def test_other_encodings_are_read_as_what_they_say(self):
        text = "external_id;first_name;email\nA1;Анна;a1@example.com\nA2;Юлия;a2@example.com\n"
        for number, encoding in enumerate(("koi8-r", "utf-32", "cp866", "utf-16")):
            with self.subTest(encoding):
                done = self.read(f"encoded{number}", text.encode(encoding))
                self.assertIn("2 rows, 2 stored", done.stdout, done.stderr)
                found = self.home.ok("rights", "find", "--identifier", "email", role="officer",
                                     stdin="a1@example.com\n").stdout
                self.assertTrue(found, "the address of the first row")
        names = self.home.psql("data", "SELECT count(DISTINCT profile_id) FROM membership m JOIN "
                               "record r USING (tenant, record_id) JOIN source s USING (tenant, "
                               "source_id) WHERE s.name LIKE 'encoded%' AND m.to_at IS NULL")
        self.assertEqual(names, "2", "one name in every encoding: else they would be strangers")

    def test_a_formula_identifies_nobody_and_is_elsewhere_text_that_is_never_evaluated(self):
        done = self.read("formula", CAPTIONS + b"=1+1;Anna;a@example.com;;\nA1;=2+2;b@example.com;;\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("rejected line 2, column 1: the cell is a formula: it identifies nobody",
                      done.stdout)
        self.assertIn("line 3, column 2: the cell begins as a formula: it is stored as text",
                      done.stderr)
        self.assertEqual(self.rows_in("formula"), "1")
        again = self.read("formula", CAPTIONS + b"A1;=2+2;b@example.com;;\n")
        self.assertIn("1 unchanged", again.stdout)

    def test_a_contact_point_that_is_none_is_named_and_the_row_stays(self):
        done = self.read("contacts", CAPTIONS + b"A2;Anna;a2\0@example.com;12;\nA3;Olga;=1+1;;\n")
        self.assertRegex(done.stdout, r"1 stored.* 1 rejected, 2 warnings")
        self.assertIn("rejected line 3, column 3: the cell is a formula", done.stdout)
        for column, reason in ((3, "the e-mail holds a NUL"),
                               (4, "the phone is not a phone number")):
            self.assertIn(f"line 2, column {column}: {reason} (1 row)", done.stderr)
        self.assertNotIn("example.com", done.stdout + done.stderr)
        self.assertEqual(self.rows_in("contacts"), "1")

    def test_every_reject_is_listed_afterwards_without_its_value(self):
        self.read("listed", CAPTIONS + b"A2;Anna;a2@example.com;;31.02.1990\n")
        number = self.home.psql("data", "SELECT import_id FROM import JOIN source USING (tenant, "
                                "source_id) WHERE source.name = 'listed'")
        listed = self.home.ok("rejects", "--import", number, role="officer").stdout
        self.assertTrue(re.match(r"2\t5\t", listed), listed)
        self.assertNotIn("31.02", listed)

    def test_a_token_that_may_not_import_reads_nothing(self):
        (self.home.dir / "denied.csv").write_bytes(CAPTIONS + GOOD)
        done = self.home.run("import", "--source", "denied", "--mapping", "contacts",
                             self.home.dir / "denied.csv", role="auditor")
        self.assertEqual(done.returncode, 1)
        self.assertIn("may not", done.stderr)
        self.assertEqual(self.rows_in("denied"), "0")


if __name__ == "__main__":
    unittest.main(verbosity=2)
