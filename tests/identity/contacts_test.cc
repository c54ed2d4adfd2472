#include "decode_fixture.h"

namespace assent {
namespace {

constexpr std::string_view kCaptions =
    "external_id,first_name,last_name,patronymic,email,phone,card,birth_date,country,city,language,"
    "email_opt_out,sms_opt_out,phone_opt_out,purpose,channel,action,effective_at,notice,method\n";

std::vector<SourceRow> contacts(std::string_view rows) {
  return rows_of(std::string(kCaptions) + std::string(rows), "contacts");
}

TEST(ContactsTest, AWholeRowIsRead) {
  const auto rows = contacts(
      "c-1,Jürgen,Müller,,Juergen@Example.com,030 23125 014,ab-12,03.10.1977,Germany,Berlin,de-DE,"
      ",,,direct_marketing,email,give,2025-05-01T10:00:00Z,eu-email-2025,double_opt_in\n");
  const auto& row = only_row<ContactRow>(rows);
  EXPECT_EQ(row.line, 2U);
  EXPECT_EQ(row.external_id.reveal(), "c-1");
  EXPECT_EQ(row.last_name.reveal(), "Müller");
  EXPECT_EQ(row.emails.at(0).value.reveal(), "juergen@example.com");
  EXPECT_FALSE(row.emails.at(0).verified);
  EXPECT_EQ(row.phones.at(0).value.reveal(), "+493023125014");  // Dialled from the row's country.
  EXPECT_EQ(row.cards.at(0).value.reveal(), "AB12");
  EXPECT_EQ(row.birth_date, (Date{1977, 10, 3}));
  EXPECT_EQ(row.country, "DE");
  EXPECT_EQ(row.city->region.text(), "DE-BE");
  EXPECT_EQ(row.language, "de");
  ASSERT_EQ(row.consents.size(), 1U);
  EXPECT_EQ(row.consents[0].purpose, "direct_marketing");
  EXPECT_EQ(row.consents[0].channel, "email");
  EXPECT_EQ(row.consents[0].action, "give");
  EXPECT_EQ(to_rfc3339(row.consents[0].effective_at), "2025-05-01T10:00:00Z");
  EXPECT_EQ(row.consents[0].notice, "eu-email-2025");
  EXPECT_EQ(row.consents[0].method, "double_opt_in");
  EXPECT_TRUE(row.opt_outs.empty());
  EXPECT_TRUE(row.warnings.empty());
}

TEST(ContactsTest, OptOutsAreDenialsAndTheirAbsenceIsNothing) {
  const auto rows = contacts("1,,,,,,,,,,,1,no,да,,,,,,\n");
  const auto& row = only_row<ContactRow>(rows);
  ASSERT_EQ(row.opt_outs.size(), 2U);
  EXPECT_EQ(row.opt_outs[0].channel->text(), "email");
  EXPECT_EQ(row.opt_outs[1].channel->text(), "phone_live");
  EXPECT_EQ(row.opt_outs[0].effective_at, std::nullopt);
  EXPECT_TRUE(row.consents.empty());
}

TEST(ContactsTest, AnOptOutThatIsNotUnderstoodCountsAsOne) {
  const auto rows = contacts("1,,,,,,,,,,,perhaps,,,,,,,,\n");
  const auto& row = only_row<ContactRow>(rows);
  ASSERT_EQ(row.opt_outs.size(), 1U);
  ASSERT_EQ(row.warnings.size(), 1U);
  EXPECT_EQ(row.warnings[0].column, 12U);
}

TEST(ContactsTest, ABadContactPointIsAWarningAndTheRowLives) {
  const std::string nul("1,,,,\"anna\0@example.com\",123,,,,,,,,,,,,,,\n", 43);
  const auto rows = contacts(nul);
  const auto& row = only_row<ContactRow>(rows);
  EXPECT_TRUE(row.emails.empty());
  EXPECT_TRUE(row.phones.empty());
  ASSERT_EQ(row.warnings.size(), 2U);
  EXPECT_EQ(row.warnings[0].reason.view(), "the e-mail holds a NUL");
  EXPECT_EQ(row.warnings[0].column, 5U);
  EXPECT_EQ(row.warnings[1].reason.view(), "the phone is not a phone number");
  EXPECT_EQ(row.warnings[1].column, 6U);
}

TEST(ContactsTest, SeveralContactPointsInOneCellAreSeveralAndRepeatsAreOne) {
  const auto rows = contacts(
      "1,,,,\"a@example.com; b@example.com,A@example.com\",\"+7 926 123-45-67, +79261234567\",,,,,,"
      ",,,,,,,,\n");
  const auto& row = only_row<ContactRow>(rows);
  EXPECT_EQ(row.emails.size(), 2U);
  EXPECT_EQ(row.phones.size(), 1U);
}

TEST(ContactsTest, ADayThatDoesNotExistRejectsTheRowWithLineColumnAndField) {
  const auto rows = contacts("1,,,,,,,,,,,,,,,,,,,\n2,,,,a@example.com,,,31.02.1990,,,,,,,,,,,,\n");
  const auto& row = std::get<RejectedRow>(rows.at(1));
  EXPECT_EQ(row.line, 3U);
  EXPECT_EQ(row.column, 8U);
  EXPECT_EQ(row.reason.view(), "the birth date is not a day that exists");
  EXPECT_EQ(row.field->text(), "birth_date");
  EXPECT_EQ(row.raw.reveal(), "2,,,,a@example.com,,,31.02.1990,,,,,,,,,,,,\n");
}

TEST(ContactsTest, ABirthInTheFutureRejectsTheRowAlike) {
  const auto rows = contacts("1,,,,,,,21.09.2026,,,,,,,,,,,,\n");
  const auto& row = only_row<RejectedRow>(rows);
  EXPECT_EQ(row.line, 2U);
  EXPECT_EQ(row.column, 8U);
  EXPECT_EQ(row.reason.view(), "the birth date is in the future");
}

TEST(ContactsTest, ADefaultBirthDateIsUnknown) {
  const auto rows = contacts("1,,,,,,,01.01.1970,,,,,,,,,,,,\n");
  const auto& row = only_row<ContactRow>(rows);
  EXPECT_EQ(row.birth_date, std::nullopt);
  EXPECT_EQ(row.warnings.at(0).column, 8U);
}

TEST(ContactsTest, ARowWithoutItsIdIsRejected) {
  const auto rows = contacts(" ,Anna,,,,,,,,,,,,,,,,,,\n");
  const auto& row = only_row<RejectedRow>(rows);
  EXPECT_EQ(row.column, 1U);
  EXPECT_EQ(row.reason.view(), "a required value is missing");
  EXPECT_EQ(row.field->text(), "external_id");
}

TEST(ContactsTest, ARejectedRowIsFoundByWhatItTellsOfThePerson) {
  const auto rows = contacts(
      "77,Anna,,,Anna@Example.com,+7 000 000 01 01,,31.02.1990,,,,,,,,,,,,\n"
      "78,\"never closed,,,olga@example.com,+70000000102\n");
  const auto& parsed = std::get<RejectedRow>(rows.at(0));
  EXPECT_EQ(parsed.external_id.reveal(), "77");
  EXPECT_EQ(parsed.emails.at(0).reveal(), "anna@example.com");
  EXPECT_EQ(parsed.phones.at(0).reveal(), "+70000000101");
  const auto& broken = std::get<RejectedRow>(rows.at(1));
  EXPECT_EQ(broken.line, 3U);
  EXPECT_EQ(broken.reason.view(), "the file ends inside a quoted cell that opens on this line");
  EXPECT_EQ(broken.emails.at(0).reveal(), "olga@example.com");
  EXPECT_EQ(broken.phones.at(0).reveal(), "+70000000102");
}

TEST(ContactsTest, AConsentNeedsPurposeActionAndDate) {
  const auto rows = contacts(
      "1,,,,,,,,,,,,,,direct_marketing,email,give,,n,web_form\n"
      "2,,,,,,,,,,,,,,direct_marketing,,give,2025-01-01,,\n"
      "3,,,,,,,,,,,,,,direct_marketing,email,give,31.02.2025,,\n"
      "4,,,,,,,,,,,,,,Иван Петров,email,give,2025-01-01,,\n");
  EXPECT_EQ(std::get<RejectedRow>(rows.at(0)).column, 18U);
  EXPECT_EQ(std::get<ContactRow>(rows.at(1)).consents.at(0).channel, "");
  EXPECT_EQ(std::get<RejectedRow>(rows.at(2)).reason.view(), "the date is not one that exists");
  EXPECT_EQ(std::get<RejectedRow>(rows.at(3)).column, 15U);
  EXPECT_EQ(std::get<RejectedRow>(rows.at(3)).field->text(), "purpose");
}

TEST(ContactsTest, AnUnknownCountryIsKeptSealedAndStaysUnknown) {
  const auto rows = contacts("1,,,,,89261234567,,,Atlantis,Суздаль,,,,,,,,,,\n");
  const auto& row = only_row<ContactRow>(rows);
  EXPECT_EQ(row.country, std::nullopt);
  EXPECT_EQ(row.sealed.at(0).field_id, shipped().fields.find("country_sealed")->id);
  EXPECT_EQ(row.sealed.at(0).text.reveal(), "Atlantis");
  EXPECT_EQ(row.city, nullptr);
  EXPECT_EQ(row.sealed_city.reveal(), "Суздаль");
  EXPECT_TRUE(row.phones.empty());  // No region, no national number.
}

TEST(ContactsTest, ACityDoesNotTellTheCountryUnlessTheMappingSaysSo) {
  const auto rows = contacts("1,,,,,,,,,Москва,,,,,,,,,,\n");
  EXPECT_EQ(only_row<ContactRow>(rows).country, std::nullopt);
}

TEST(ContactsTest, ATruncatedRowIsRejectedWithItsFirstMissingColumn) {
  const auto rows = contacts("1,Anna,Iv");
  const auto& row = only_row<RejectedRow>(rows);
  EXPECT_EQ(row.line, 2U);
  EXPECT_EQ(row.column, 4U);
  EXPECT_EQ(row.external_id.reveal(), "1");
}

}  // namespace
}  // namespace assent
