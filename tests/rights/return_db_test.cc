#include <gtest/gtest.h>

#include "tests/rights/rights_world.h"

namespace assent {
namespace {

constexpr auto kCaptions = "external_id,first_name,patronymic,last_name,email,phone,card\n";

// Whether an erased person comes back, by whatever a file calls them: refused is whom linking would
// have made the same person, and nobody else.
class ReturnTest : public ::testing::Test {
 protected:
  ReturnTest() {
    import("shop",
           "e1,Мария,Ивановна,Зуева,maria@example.com,+79031112233,CARD-1\n"
           "e5,,,,nobody@example.com,,\n"
           "e7,Мария,,Лис,family@example.com,,\n"
           "e8,Пётр,,Лис,family@example.com,,\n");
  }
  ImportReport import(const std::string& source, const std::string& rows) {
    return world.import(source, "contacts", kCaptions + rows);
  }
  bool is_refused(const std::string& row) {
    const auto report = import("crm", row + "\n");
    EXPECT_EQ(report.stored + report.rejected, 1U) << row;
    return report.rejected == 1;
  }
  // An order of one of the shop's customers, `days` after now.
  ImportReport order(const std::string& customer, int days) {
    const std::string at = to_rfc3339({world.clock.now().us + days * kDayUs});
    return world.import(
        "till", "orders",
        kOrderCaptions + customer + ",o" + std::to_string(++orders_) + "," + at + ",1,EUR\n",
        "shop");
  }
  RightsWorld world;

 private:
  int orders_ = 0;
};

TEST_F(ReturnTest, WhomLinkingWouldKnowAgainIsRefused) {
  world.erase(RightsWorld::by_email("maria@example.com"));
  for (const char* row : {
           "n1,Мария Ивановна,,Зуева,maria@example.com,,",  // The patronymic in the first name,
           "n2,Мария,,,maria@example.com,,",                // no surname,
           "n3,М.,,Зуева,maria@example.com,,",              // an initial,
           "n4,Маша,,Зуева,,+79031112233,",                 // another form, by phone,
           "n5,Maria,,Petrova,maria@example.com,,",         // in Latin, married,
           "n6,Мариа,,Зуева,maria@example.com,,",           // a slip of the pen,
           "n7,,,,maria@example.com,,",                     // no name at all,
           "n8,Мария,,Зуева,,,CARD-1",                      // the same card,
           "n9,Зуева,,Мария,maria@example.com,,",           // the names in each other's column.
       }) {
    EXPECT_TRUE(is_refused(row)) << row;
  }
}

TEST_F(ReturnTest, ARelativeWhoseFirstNameContradictsIsNot) {
  world.erase(RightsWorld::by_email("maria@example.com"));
  for (const char* row :
       {"n1,Пётр,,Зуев,maria@example.com,,", "n2,П.,,Зуев,maria@example.com,,",
        "n3,Марина,,Зуева,maria@example.com,,", "n4,Иван М.,,Зуев,,+79031112233,"}) {
    EXPECT_FALSE(is_refused(row)) << row;
  }
}

TEST_F(ReturnTest, WhoHadNoNameIsTheAddress) {
  world.erase(RightsWorld::by_email("nobody@example.com"));
  EXPECT_TRUE(is_refused("n1,,,,nobody@example.com,,"));
  EXPECT_TRUE(is_refused("n2,Анна,,,nobody@example.com,,"));
  EXPECT_FALSE(is_refused("n3,Анна,,,other@example.com,,"));
}

TEST_F(ReturnTest, TheRecordOfARelativeGoesOnAsBefore) {
  world.erase(RightsWorld::by_email("family@example.com", "Мария"));
  EXPECT_EQ(import("shop", "e8,Пётр,,Лисов,family@example.com,,\n").stored, 1U);
  EXPECT_EQ(import("shop", "e8,,,Лисов,family@example.com,,\n").stored, 1U);
}

TEST_F(ReturnTest, AnOrderAfterTheErasureBringsTheWholePersonBack) {
  world.erase(RightsWorld::by_email("maria@example.com"));
  const std::string row = "e1,Мария,Ивановна,Зуева,maria@example.com,+79031112233,CARD-1\n";
  world.clock.advance_days(2);
  EXPECT_EQ(import("shop", row).rejected, 1U);
  EXPECT_EQ(order("e1", -1).stored, 1U);
  EXPECT_EQ(import("shop", row).stored, 1U);
  EXPECT_FALSE(is_refused("n1,Маша,,,,+79031112233,"));
}

TEST_F(ReturnTest, OfTwoErasedAtOneAddressOnlyTheOneWhoActsComesBack) {
  world.erase(RightsWorld::by_email("family@example.com", "Мария"));
  world.erase(RightsWorld::by_email("family@example.com", "Пётр"));
  world.clock.advance_days(2);
  EXPECT_EQ(order("e7", -1).stored, 1U);
  EXPECT_FALSE(is_refused("n1,Мария,,,family@example.com,,"));
  EXPECT_TRUE(is_refused("n2,Пётр,,,family@example.com,,"));
  EXPECT_TRUE(is_refused("n3,,,,family@example.com,,"));
}

TEST_F(ReturnTest, AnActThatIsStillToComeLiftsNothing) {
  world.erase(RightsWorld::by_email("maria@example.com"));
  EXPECT_EQ(order("e1", 40).rejected, 1U);
  EXPECT_EQ(world.count("SELECT count(*) FROM erasure_marker WHERE lifted_at IS NOT NULL"), 0);
}

TEST_F(ReturnTest, AnEarlierAddressFindsThePersonAndIsMarkedToo) {
  import("shop", "e1,Мария,Ивановна,Зуева,new@example.com,,\n");
  EXPECT_GT(world.count("SELECT count(*) FROM former_identifier"), 0);
  world.erase(RightsWorld::by_email("maria@example.com"));
  EXPECT_EQ(world.count("SELECT count(*) FROM former_identifier"), 0);
  EXPECT_TRUE(is_refused("n1,Мария,,Зуева,maria@example.com,,"));
  EXPECT_TRUE(is_refused("n2,Мария,,Зуева,new@example.com,,"));
  EXPECT_TRUE(is_refused("n3,Мария,,Зуева,,,CARD-1"));
}

TEST_F(ReturnTest, AnEarlierNameIsMarkedToo) {
  import("shop", "e1,Ольга,,Зуева,maria@example.com,,\n");
  world.erase(RightsWorld::by_email("maria@example.com"));
  EXPECT_TRUE(is_refused("n1,Мария,,,maria@example.com,,"));
  EXPECT_TRUE(is_refused("n2,Ольга,,,maria@example.com,,"));
  EXPECT_FALSE(is_refused("n3,Пётр,,,maria@example.com,,"));
}

TEST_F(ReturnTest, AnEarlierAddressLinksNobody) {
  import("shop", "e1,Мария,Ивановна,Зуева,new@example.com,,\n");
  import("crm", "n1,Мария,,Зуева,maria@example.com,,\n");
  EXPECT_TRUE(world.people().contains(Person{"crm:n1"}));
}

}  // namespace
}  // namespace assent
