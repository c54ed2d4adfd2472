"""Real and realistic files that may not lie in this repository: where they lie beside the clone, the
real binary must come to their figures exactly."""
import shutil
import unittest

from installation import Installation, shared
from sample_circle import import_one

AMOCRM = ("amocrm_export_contacts_utf8.csv", "amocrm_export_contacts_utf8_bom.csv",
          "amocrm_export_contacts_cp1251_semicolon.csv", "amocrm_export_contacts.xlsx")
CDNOW_ROWS, CDNOW_CUSTOMERS, CDNOW_CENTS = 69659, 23570, 250031563


class SharedTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.amocrm = [shared(f"connectors/amocrm/{name}") for name in AMOCRM]
        cls.cdnow = shared("retention/cdnow/CDNOW_master.txt")
        if not all(cls.amocrm) or not cls.cdnow:
            raise unittest.SkipTest("the shared data is not beside this clone")
        cls.home = Installation(targets="RU,US")
        cls.addClassCleanup(cls.home.close)

    def read(self, path, source, mapping):
        return import_one(self.home, path.parent, (source, mapping, path.name, ()))[0]

    def count(self, sql):
        return self.home.psql("data", sql)

    def test_every_variant_of_an_amocrm_export_gives_the_same_records(self):
        first = self.read(self.amocrm[0], "crm", "amocrm_contacts")
        self.assertGreater(first[1], 0)
        records = self.count("SELECT count(*) FROM record JOIN source USING (tenant, source_id) "
                             "WHERE name = 'crm'")
        for path in self.amocrm[1:]:
            with self.subTest(path.name):
                rows, stored, unchanged, rejected = self.read(path, "crm", "amocrm_contacts")
                self.assertEqual((rows, stored, rejected), (first[0], 0, first[3]))
                self.assertEqual(unchanged, rows - rejected)
        self.assertEqual(records, self.count("SELECT count(*) FROM record JOIN source USING (tenant,"
                                             " source_id) WHERE name = 'crm'"))

    def test_cdnow_is_exact_and_a_renamed_copy_changes_nothing(self):
        self.assertEqual(self.read(self.cdnow, "cdnow", "cdnow_orders"),
                         (CDNOW_ROWS, CDNOW_ROWS, 0, 0))
        figures = ("SELECT count(*) || ' ' || count(DISTINCT p.record_id) || ' ' || "
                   "sum(p.amount_minor) FROM purchase p JOIN record r USING (tenant, record_id) "
                   "JOIN source s USING (tenant, source_id) WHERE s.name = 'cdnow'")
        exact = f"{CDNOW_ROWS} {CDNOW_CUSTOMERS} {CDNOW_CENTS}"
        self.assertEqual(self.count(figures), exact)
        renamed = self.home.dir / "sales.txt"
        shutil.copy(self.cdnow, renamed)
        for path in (self.cdnow, renamed):
            self.assertEqual(self.read(path, "cdnow", "cdnow_orders"),
                             (CDNOW_ROWS, 0, CDNOW_ROWS, 0))
        self.assertEqual(self.count(figures), exact)


if __name__ == "__main__":
    unittest.main(verbosity=2)
