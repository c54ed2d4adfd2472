"""scripts/texts.py finds what it is there for: each fault of a catalogue, made here, is named."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import texts


class TextsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sources = texts.Texts()
        cls.whole = texts.catalogue(texts.ROOT / "locales" / "ru.po")

    def faults(self, **changes):
        """Of the real catalogue with these entries changed; None takes one away."""
        changed = {**self.whole, **changes}
        return texts.faults(self.sources, {k: v for k, v in changed.items() if v is not None})

    def test_the_catalogue_as_it_is_has_none(self):
        self.assertEqual(self.faults(), [])

    def test_a_text_without_its_russian_is_named(self):
        for text in ("no such file", "ready to serve", "the person was erased", "first_name",
                     "proof of the erasure"):
            self.assertEqual(self.faults(**{text: None}), [f"ru.po lacks {text!r}"])

    def test_an_empty_translation_is_named(self):
        self.assertEqual(self.faults(**{"no such file": (None, [""])}),
                         ["'no such file' is not translated"])

    def test_another_place_for_a_value_is_named(self):
        found = self.faults(**{"line {1}": (None, ["строка {2}"])})
        self.assertRegex(found[0], "other places for values")

    def test_a_form_of_a_plural_that_is_missing_is_named(self):
        self.assertEqual(self.faults(**{"{1} row": ("{1} rows", ["{1} строка", "{1} строки"])}),
                         ["'{1} row' is not translated"])

    def test_a_text_that_nothing_says_any_more_is_named(self):
        self.assertEqual(self.faults(**{"a text of old": (None, ["старый текст"])}),
                         ["nothing says any more 'a text of old'"])

    def test_literals_are_read_as_the_compiler_reads_them(self):
        source = 'f("a b"  // c\n  " \\"d\\"", \'"\', R"(e\nf)", /* "g" */ "h");'
        self.assertEqual([text for _, text, _ in texts.literals(source)],
                         ['a b "d"', "e\nf", "h"])


if __name__ == "__main__":
    unittest.main()
