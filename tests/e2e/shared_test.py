"""Real and realistic files that may not lie in this repository: where they lie beside the clone, the
real binary must come to their figures exactly."""
import shutil
import unittest

from installation import Installation, shared
from sample_circle import import_one

# Variant: the rows in which it differs from the one before. CP1251 has no umlauts and no accents: the
# exporter wrote two people's names without them, and the workbook has them again.
AMOCRM = {"amocrm_export_contacts_utf8.csv": 21, "amocrm_export_contacts_utf8_bom.csv": 0,
          "amocrm_export_contacts_cp1251_semicolon.csv": 2, "amocrm_export_contacts.xlsx": 2}
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
        records = set()
        for path, changed in zip(self.amocrm, AMOCRM.values()):
            with self.subTest(path.name):
                self.assertEqual(self.read(path, "crm", "amocrm_contacts"),
                                 (21, changed, 21 - changed, 0))
            records.add(self.count("SELECT string_agg(record_id::text, ' ' ORDER BY record_id) FROM "
                                   "record JOIN source USING (tenant, source_id) "
                                   "WHERE name = 'crm'"))
        self.assertEqual(len(records), 1)

    def test_cdnow_is_exact_and_a_renamed_copy_changes_nothing(self):
        self.assertEqual(self.read(self.cdnow, "cdnow", "cdnow_orders"),
                         (CDNOW_ROWS, CDNOW_ROWS, 0, 0))
        figures = ("SELECT count(*) || ' ' || count(DISTINCT p.record_id) || ' ' || "
                   "sum(p.amount_minor) FROM purchase p JOIN record r USING (tenant, record_id) "
                   "JOIN source s ON s.tenant = r.tenant AND s.source_id = r.source_id "
                   "WHERE s.name = 'cdnow'")
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
