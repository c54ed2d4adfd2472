"""The real programs in Russian and English: help, results, refusals, problems, the certificate; and
what machines read, the same in both."""
import json
import os
import re
import subprocess
import unittest

from installation import Installation, binary
from sample_circle import AS_OF, erase, open_shop

CYRILLIC = re.compile("[А-Яа-яЁё]")
BAD_ROW = ("external_id;first_name;email;phone;birth_date\n"
           "A1;Anna;a1@example.com;;31.02.1990\nA2;Olga;a2@example.com;;\n")


def help_of(*command, locale="C.UTF-8"):
    done = subprocess.run([binary("assent"), *command, "--help"], capture_output=True, text=True,
                          env={**os.environ, "LC_ALL": locale}, check=True)
    return done.stdout


def commands_of(text):
    """The subcommands that a help lists."""
    part = re.search(r"\n(?:Subcommands|Подкоманды):\n(.*)", text, re.S)
    return re.findall(r"^  (\w\S*)", part.group(1), re.M) if part else []


class LanguageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = Installation()
        cls.addClassCleanup(home.close)
        cls.sample = open_shop(home)
        home.start_server()

    def problem(self, accepted):
        headers = {"Accept-Language": accepted} if accepted else {}
        status, answered, body = self.home.request("GET", "/v1/nowhere", headers=headers)
        self.assertEqual(status, 404)
        self.assertEqual(answered["Vary"], "Accept-Language")
        return answered["Content-Language"], body

    # -- Help

    def test_the_help_of_every_command_is_in_russian_by_locale_and_by_option(self):
        seen = 0
        waiting = [()]
        while waiting:
            command = waiting.pop()
            russian = help_of(*command, locale="ru_RU.UTF-8")
            english = help_of(*command)
            self.assertFalse(CYRILLIC.search(english), command)
            self.assertEqual(help_of("--lang", "ru", *command), russian)
            self.assertNotRegex(russian, r"Usage|REQUIRED|Options:|Subcommands|Positionals")
            for line in russian.splitlines():
                # A line of words that is none of ours would be one without its Russian.
                told = re.sub(r"^ +(-\S+|[A-Z]+|\S+)( \S+)*?  +", "", line)
                if re.search(r"[a-z]{3,} [a-z]{2,} [a-z]{2,}", told) and "assent " not in told:
                    self.assertTrue(CYRILLIC.search(told), f"{command}: {line}")
            self.assertEqual(commands_of(russian), commands_of(english))
            waiting += [(*command, name) for name in commands_of(english)]
            seen += 1
        self.assertGreater(seen, 40)

    def test_wrong_usage_says_what_to_do_in_either_language(self):
        english = self.home.run("import")
        russian = self.home.run("--lang", "ru", "import")
        self.assertEqual((english.returncode, russian.returncode), (2, 2))
        self.assertIn("FILE is required\nWhat to do: ", english.stderr)
        self.assertIn("Не указан обязательный параметр FILE\nЧто делать: ", russian.stderr)

    # -- Results and refusals

    def test_a_rejected_row_is_told_and_listed_in_russian(self):
        path = self.home.dir / "bad.csv"
        path.write_text(BAD_ROW, encoding="utf-8")
        done = self.home.ok("--lang", "ru", "import", "--source", "crm", "--mapping", "contacts",
                            path, role="integrator")
        self.assertIn("crm: 2 строки, сохранено 1, без изменений 0, отклонено 1, 0 предупреждений, 0 связей", done.stdout)
        self.assertIn("отклонена строка 2, столбец 5: такого дня рождения не существует "
                      "(birth_date)", done.stdout)
        number = self.home.psql("data", "SELECT import_id FROM import JOIN source USING (tenant, "
                                "source_id) WHERE source.name = 'crm'")
        listed = {language: self.home.ok("rejects", "--import", number, "--lang", language,
                                         role="officer").stdout.split("\t")
                  for language in ("en", "ru")}
        self.assertEqual(listed["en"][2], "the birth date is not a day that exists")
        self.assertEqual(listed["ru"][2], "такого дня рождения не существует")
        for column in (0, 1, 3):
            self.assertEqual(listed["en"][column], listed["ru"][column])

    def test_a_refused_start_says_in_russian_what_to_do(self):
        done = subprocess.run([binary("assent"), "--lang", "ru", "--config", "/nowhere.yaml",
                               "sources"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("не удаётся прочитать; scripts/quickstart создаёт такой файл", done.stderr)

    def test_reasons_keep_their_codes_and_get_a_sentence(self):
        command = ("release", "create", "--segment", "sleeping_180d", "--purpose",
                   "direct_marketing", "--channel", "email", "--recipient", "mailhouse", "--fields",
                   "contact", "--as-of", AS_OF)
        english = self.home.ok(*command, role="marketer").stdout
        russian = self.home.ok(*command, "--lang", "ru", role="marketer").stdout
        reasons = r"^ +(\d+)  (\w+)  "
        self.assertEqual(re.findall(reasons, english, re.M), re.findall(reasons, russian, re.M))
        self.assertRegex(english, r"\d  NO_PROCESSING_BASIS  no basis of processing is recorded")
        self.assertRegex(russian, r"\d  NO_PROCESSING_BASIS  для этой цели нет основания обработки")
        self.assertRegex(russian, r"отобрано \d+, разрешено \d+")
        person = next(row for row in self.sample.shop if row["email"])
        decided = self.home.ok("consent", "decide", "--identifier", "email", "--channel", "email",
                               "--lang", "ru", role="officer", stdin=person["email"] + "\n").stdout
        self.assertRegex(decided, r"email записи \S+: (разрешено, OK|отказано, [A-Z_]+)")

    # -- HTTP

    def test_a_problem_is_in_the_language_accepted(self):
        language, russian = self.problem("ru")
        self.assertEqual(language, "ru")
        self.assertEqual((russian["title"], russian["detail"]),
                         ("Не найдено", "по этому пути ничего нет"))
        self.assertEqual(self.problem("de, ru;q=0.5")[0], "ru")
        language, english = self.problem("de")
        self.assertEqual((language, english["title"]), ("en", "Not Found"))
        self.assertEqual(self.problem("")[0], "en")
        same = ("type", "status", "code")
        self.assertEqual([russian[key] for key in same], [english[key] for key in same])

    # -- The certificate

    def test_the_certificate_is_read_in_either_language_and_is_one(self):
        person = next(row for row in self.sample.shop if row["email"])
        request = erase(self.home, "email", person["email"])
        command = ("rights", "certificate", "--request", request)
        machine = self.home.ok(*command, role="officer").stdout
        self.assertEqual(self.home.ok(*command, "--lang", "ru", role="officer").stdout, machine)
        self.assertEqual(json.loads(machine)["reason"], "demand of the person")
        act = self.home.ok(*command, "--text", "--lang", "ru", role="officer").stdout
        self.assertTrue(act.startswith("Акт об уничтожении персональных данных\n"), act)
        self.assertIn("Причина уничтожения: требование субъекта персональных данных", act)
        self.assertIn("Certificate of erasure", self.home.ok(*command, "--text",
                                                             role="officer").stdout)
        path = f"/v1/requests/{request}/certificate"
        headers = {"Accept": "text/plain", "Accept-Language": "ru"}
        status, answered, body = self.home.request("GET", path, role="officer", headers=headers)
        self.assertEqual((status, answered["Content-Language"], body.decode()), (200, "ru", act))


if __name__ == "__main__":
    unittest.main()
