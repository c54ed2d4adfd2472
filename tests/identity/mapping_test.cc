#include "identity/mapping.h"

#include "core/digest.h"
#include "decode_fixture.h"

namespace assent {
namespace {

Result<Mapping> mapping_of(std::string_view yaml) {
  const TempFile file(yaml);
  return load_mapping(file.path(), shipped().fields);
}

constexpr std::string_view kGood =
    "mapping: m\nkind: contacts\ncolumns:\n  - {caption: id, field: external_id, required: true}\n";

TEST(MappingTest, TheShippedMappingsAreLoaded) {
  for (const std::string name : {"amocrm_contacts", "contacts", "orders", "cdnow_orders"}) {
    EXPECT_NE(find_mapping(shipped().mappings, name), nullptr) << name;
  }
  EXPECT_EQ(find_mapping(shipped().mappings, "unknown"), nullptr);
  EXPECT_EQ(shipped().mapping("orders").act_of, ActOf::kPerson);
  EXPECT_EQ(shipped().mapping("amocrm_contacts").act_of, ActOf::kClerk);
}

TEST(MappingTest, AMappingIsNamedByTheHashOfItsBytes) {
  const auto mapping = mapping_of(kGood);
  ASSERT_TRUE(mapping.ok());
  EXPECT_EQ(mapping->sha256, sha256(as_bytes(kGood)));
}

TEST(MappingTest, AMappingWithAMistakeIsNotLoaded) {
  for (const std::string line :
       {"colour: red", "time_zone: Mars/Olympus", "dates: [dd.mm]", "currency: XXY",
        "layout: round", "encoding: ebcdic", "act_of_person: perhaps", "unknown_columns: maybe",
        "opt_outs: [{caption: a, channel: pigeon}]", "opt_outs: [{caption: a}]",
        "entity: {caption: a}", "consent: {wish: a}", "ignore: [id]"}) {
    const auto mapping = mapping_of(std::string(kGood) + line + "\n");
    ASSERT_FALSE(mapping.ok()) << line;
    EXPECT_TRUE(mapping.error().position.has_value()) << line;
  }
}

TEST(MappingTest, AColumnMustBecomeAFieldOfItsKind) {
  const auto with = [](const std::string& field) {
    return mapping_of(std::string(kGood) + "  - {caption: x, field: " + field + "}\n");
  };
  EXPECT_TRUE(with("note").ok());
  for (const std::string field : {"shoe_size", "age_band", "quantity", "score"}) {
    const auto mapping = with(field);
    ASSERT_FALSE(mapping.ok()) << field;
    EXPECT_EQ(mapping.error().position->line, 5U) << field;
  }
}

TEST(MappingTest, OrdersKeepNoFreeText) {
  const std::string orders =
      "mapping: m\nkind: orders\ncolumns:\n  - {caption: id, field: external_id, required: true}\n";
  EXPECT_TRUE(mapping_of(orders).ok());
  EXPECT_FALSE(mapping_of(orders + "  - {caption: x, field: note}\n").ok());
  EXPECT_FALSE(mapping_of(orders + "unknown_columns: keep\n").ok());
}

TEST(MappingTest, ARowMustHaveAnExternalId) {
  EXPECT_FALSE(
      mapping_of("mapping: m\nkind: contacts\ncolumns: [{caption: a, field: note}]\n").ok());
  EXPECT_FALSE(
      mapping_of("mapping: m\nkind: contacts\ncolumns: [{caption: a, field: external_id}]\n").ok());
}

TEST(CaptionsTest, CaptionsAreMatchedWithoutCaseAndSuffix) {
  const auto rows =
      rows_of("id,ТИП,Полное имя (контакт),Рабочий телефон (контакт)\n7,Контакт,Анна,89261234567\n",
              "amocrm_contacts");
  const auto& row = only_row<ContactRow>(rows);
  EXPECT_EQ(row.full_name.reveal(), "Анна");
  EXPECT_EQ(row.phones.at(0).value.reveal(), "+79261234567");
}

TEST(CaptionsTest, AMissingCaptionIsNamed) {
  const auto source = source_of("Тип,Имя\n", shipped().mapping("amocrm_contacts"));
  ASSERT_FALSE(source.ok());
  EXPECT_EQ(source.error().reason.view(), "a required column is missing");
  EXPECT_EQ(source.error().field->text(), "external_id");
}

TEST(CaptionsTest, AnUnknownColumnIsRefusedByItsNumber) {
  const auto source = source_of("external_id,email,Secret remark\n", shipped().mapping("contacts"));
  ASSERT_FALSE(source.ok());
  EXPECT_EQ(source.error().reason.view(), "the column is not one of the mapping's");
  EXPECT_EQ(source.error().position, (Position{1, 3}));
  EXPECT_EQ(source.error().field, std::nullopt);
}

TEST(CaptionsTest, ACaptionThatStandsTwiceIsRefused) {
  const auto source = source_of("external_id,email,EXTERNAL_ID\n", shipped().mapping("contacts"));
  ASSERT_FALSE(source.ok());
  EXPECT_EQ(source.error().reason.view(), "a caption stands twice");
  EXPECT_EQ(source.error().position, (Position{1, 3}));
}

TEST(CaptionsTest, CustomColumnsAreCountedAndSealedWithTheirCaption) {
  auto source = source_of("ID,Тип,Товар,Скидка\n7,контакт,\"a,b\",5%\n8,контакт,,\n",
                          shipped().mapping("amocrm_contacts"));
  ASSERT_TRUE(source.ok());
  EXPECT_EQ((*source)->captions().unknown_columns, 2U);
  const auto rows = all_of(**source);
  const auto& row = std::get<ContactRow>(rows.at(0));
  ASSERT_EQ(row.sealed.size(), 1U);
  EXPECT_EQ(row.sealed[0].field_id, shipped().fields.find("custom")->id);
  EXPECT_EQ(row.sealed[0].text.reveal(), "Товар,\"a,b\"\nСкидка,5%");
  EXPECT_TRUE(std::get<ContactRow>(rows.at(1)).sealed.empty());
}

TEST(CaptionsTest, AFileOfConsentsDescribesNobody) {
  const auto consents = source_of("external_id,purpose,channel,action,effective_at,notice,method\n",
                                  shipped().mapping("contacts"));
  EXPECT_FALSE((*consents)->captions().describes_persons);
  EXPECT_TRUE((*source_of("external_id,email\n", shipped().mapping("contacts")))
                  ->captions()
                  .describes_persons);
}

TEST(CaptionsTest, AFileWithoutReadableCaptionsIsRefused) {
  EXPECT_EQ(source_of("", shipped().mapping("contacts")).error().reason.view(),
            "the file has no captions");
  const auto bad = source_of("external_id,em\xFF\n1,2\n", shipped().mapping("contacts"));
  EXPECT_EQ(bad.error().reason.view(), "the text is not UTF-8");
  EXPECT_EQ(bad.error().position, (Position{1, 2}));
}

}  // namespace
}  // namespace assent
