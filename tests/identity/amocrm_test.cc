#include <fstream>

#include "core/nlohmann.h"
#include "decode_fixture.h"

namespace assent {
namespace {

using nlohmann::json;

json expected_file() {
  std::ifstream file(source_root() / "tests/golden/connectors/expected_import.json");
  return json::parse(file).at("files").at("amocrm/amocrm_export_contacts_cp1251_semicolon.csv");
}

std::vector<SourceRow> import(const std::string& name) {
  const auto path = source_root() / "tests/golden/connectors/amocrm" / name;
  const auto facts = inspect(path);
  EXPECT_TRUE(facts.ok()) << facts.error().reason.view();
  auto source = open_source(path, *facts, shipped().mapping("amocrm_contacts"), shipped().places,
                            kLatestBirth);
  EXPECT_TRUE(source.ok()) << source.error().reason.view();
  EXPECT_EQ((*source)->captions().columns, expected_file().at("columns"));
  EXPECT_EQ((*source)->captions().unknown_columns, 1U);  // Товар
  return all_of(**source);
}

json values(const std::vector<Identifier>& identifiers) {
  json list = json::array();
  for (const auto& identifier : identifiers) list.push_back(identifier.value.reveal());
  return list;
}

// Warnings in the words of the expectation; what decisions call worth no more than a warning on
// every invented number is left out.
json warnings(const ContactRow& row) {
  const std::map<std::string_view, std::string> words = {
      {"the extension of the phone is dropped", "extension 15"},
      {"the phone is not a phone number", "invalid phone 123"},
      {"the cell begins as a formula: it is stored as text", "formula stored as text"},
      {"the e-mail has no @", "invalid e-mail not-an-email"}};
  json list = json::array();
  for (const auto& warning : row.warnings) {
    if (warning.reason.view() == "the phone is of a range that is not allocated") continue;
    const auto word = words.find(warning.reason.view());
    list.push_back(word == words.end() ? std::string(warning.reason.view()) : word->second);
  }
  return list;
}

class AmocrmTest : public testing::TestWithParam<std::string> {};

TEST_P(AmocrmTest, EveryVariantBecomesExactlyWhatIsExpected) {
  const json expected = expected_file();
  const auto rows = import(GetParam());
  ASSERT_EQ(rows.size(), expected.at("data_rows"));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const json& want = expected.at("rows").at(i);
    ASSERT_TRUE(std::holds_alternative<ContactRow>(rows[i])) << i;
    const auto& row = std::get<ContactRow>(rows[i]);
    EXPECT_EQ(row.external_id.reveal(), want.at("source_id").get<std::string>());
    EXPECT_EQ(row.entity == Entity::kPerson ? "person" : "company", want.at("entity"));
    EXPECT_EQ(values(row.emails), want.at("emails")) << i;
    EXPECT_EQ(values(row.phones), want.at("phones")) << i;
    EXPECT_EQ(warnings(row), want.value("warn", json::array())) << i;
  }
}

TEST_P(AmocrmTest, WhatElseARowSaysIsKept) {
  const auto rows = import(GetParam());
  const auto& anna = std::get<ContactRow>(rows.at(0));
  EXPECT_EQ(anna.first_name.reveal(), "Анна");
  EXPECT_EQ(anna.last_name.reveal(), "Иванова");
  EXPECT_EQ(anna.company.reveal(), "ООО «Ромашка»");
  EXPECT_EQ(anna.city->name.text(), "Москва");
  EXPECT_EQ(anna.country, "RU");
  EXPECT_EQ(to_rfc3339(*anna.created_at), "2024-03-02T07:01:00Z");
  EXPECT_EQ(to_rfc3339(*anna.updated_at), "2024-04-02T06:00:01Z");
  const auto note = std::find_if(anna.sealed.begin(), anna.sealed.end(), [](const auto& sealed) {
    return sealed.field_id == shipped().fields.find("note")->id;
  });
  ASSERT_NE(note, anna.sealed.end());
  EXPECT_EQ(note->text.reveal(), "Любит скидки;\nперезвонить «утром»");
  EXPECT_TRUE(anna.consents.empty());  // The agreement of the CRM is no consent.
}

TEST_P(AmocrmTest, AnUnsubscribedTagIsADenialOfEveryChannel) {
  const auto rows = import(GetParam());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& row = std::get<ContactRow>(rows[i]);
    EXPECT_EQ(row.opt_outs.size(), i == 11 ? 1U : 0U) << i;  // P12 is tagged отписан.
  }
  EXPECT_EQ(std::get<ContactRow>(rows.at(11)).opt_outs.at(0).channel, std::nullopt);
}

TEST_P(AmocrmTest, AFormulaIsStoredAsItStands) {
  const auto rows = import(GetParam());
  const auto& row = std::get<ContactRow>(rows.at(18));
  ASSERT_EQ(row.phones.size(), 1U);
  const bool kept = std::any_of(row.sealed.begin(), row.sealed.end(), [](const auto& sealed) {
    return sealed.text.reveal() == "=HYPERLINK(\"http://example.com/?x=1\",\"нажми\")";
  });
  EXPECT_TRUE(kept);
}

TEST_P(AmocrmTest, ACompanyKeepsItsName) {
  const auto rows = import(GetParam());
  EXPECT_EQ(std::get<ContactRow>(rows.at(16)).company.reveal(), "ООО «Ромашка»");
}

TEST_P(AmocrmTest, AnImportResumesAtAnyRow) {
  const auto path = source_root() / "tests/golden/connectors/amocrm" / GetParam();
  const auto facts = inspect(path);
  for (std::uint64_t at = 0; at <= 22; ++at) {
    auto source = open_source(path, *facts, shipped().mapping("amocrm_contacts"), shipped().places,
                              kLatestBirth);
    ASSERT_TRUE((*source)->skip(at).ok());
    EXPECT_EQ((*source)->row_index(), std::min<std::uint64_t>(at, 21));
    EXPECT_EQ(all_of(**source).size(), at >= 21 ? 0 : 21 - at);
    EXPECT_EQ((*source)->row_index(), 21U);
  }
}

INSTANTIATE_TEST_SUITE_P(Variants, AmocrmTest,
                         testing::Values("amocrm_export_contacts_utf8.csv",
                                         "amocrm_export_contacts_utf8_bom.csv",
                                         "amocrm_export_contacts_cp1251_semicolon.csv",
                                         "amocrm_export_contacts.xlsx"),
                         [](const auto& variant) {
                           std::string name = variant.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace assent
