#include <fstream>
#include <sstream>

#include "tests/api/api_world.h"

namespace assent {
namespace {

const std::vector<std::string> kRoles{"administrator", "officer", "marketer", "auditor",
                                      "integrator"};

std::string filled(std::string path) {
  for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
    path.replace(open, path.find('}') - open + 1, "none");
  }
  return path;
}

std::string golden_matrix() {
  std::ifstream file(ApiWorld::source() / "tests/golden/roles_matrix.txt");
  std::string text;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with('#')) text += line + '\n';
  }
  return text;
}

std::string matrix_of(ApiWorld& world) {
  std::ostringstream out;
  for (const Route& route : world.router().routes()) {
    out << method_name(route.method).view() << ' ' << route.pattern.view() << ' '
        << route.action.view();
    for (const std::string& role : kRoles) {
      const Roles& roles = world.services().roles;
      const bool open = roles.is_public(route.action.view());
      out << ' ' << (open ? "public" : roles.allows(role, route.action.view()) ? role : "-");
    }
    out << '\n';
  }
  return out.str();
}

// A row of the golden file.
struct Row {
  Method method = Method::kGet;
  std::string path, action;
  std::map<std::string, std::string> word;  // By role: the role, "-" or "public".
  bool is_public() const { return word.begin()->second == "public"; }
};

std::vector<Row> rows() {
  std::vector<Row> rows;
  std::istringstream text(golden_matrix());
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    std::string method;
    Row row;
    words >> method >> row.path >> row.action;
    row.method = parse_method(method).value();
    for (const std::string& role : kRoles) words >> row.word[role];
    rows.push_back(std::move(row));
  }
  return rows;
}

class RoleMatrixTest : public testing::Test {
 protected:
  // From an address of its own each time, so that no limit of failures is met.
  int status(const Row& row, const std::string& token) {
    world_.address = "192.0.2." + std::to_string(++calls_);
    return world_.call(row.method, filled(row.path), token).status;
  }
  void expect_nobody(const std::string& token) {
    for (const Row& row : rows()) {
      EXPECT_EQ(status(row, token) == 401, !row.is_public()) << row.path;
    }
  }
  ApiWorld world_;
  int calls_ = 0;
};

TEST_F(RoleMatrixTest, RoutesAndRolesAreThoseOfTheReviewedTable) {
  std::vector<std::string> names(kRoles);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::vector<std::string>(world_.services().roles.names().begin(),
                                     world_.services().roles.names().end()),
            names);
  EXPECT_EQ(matrix_of(world_), golden_matrix());
}

TEST_F(RoleMatrixTest, EveryRoleEntersWhereTheTableSaysAndNowhereElse) {
  for (const Row& row : rows()) {
    for (const std::string& role : kRoles) {
      const int answer = status(row, world_.token_of(role));
      if (row.word.at(role) == "-") {
        EXPECT_EQ(answer, 403) << role << ' ' << row.path;
      } else {
        EXPECT_NE(answer, 401) << role << ' ' << row.path;
        EXPECT_NE(answer, 403) << role << ' ' << row.path;
        EXPECT_LT(answer, 500) << role << ' ' << row.path;
      }
    }
  }
}

TEST_F(RoleMatrixTest, WithoutATokenOnlyPublicRoutesAnswer) {
  expect_nobody("");
}

TEST_F(RoleMatrixTest, ATokenThatWasNeverMadeIsNone) {
  expect_nobody("assent_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  expect_nobody("no token at all");
}

TEST_F(RoleMatrixTest, ARevokedTokenIsNoneFromTheNextRequestOn) {
  Uuid id;
  const std::string token = world_.token("officer", world_.services().clock.now().us + kDayUs, &id);
  const Row search{Method::kPost, "/v1/searches", "profile.search", {}};
  EXPECT_EQ(status(search, token), 400);
  world_.revoke(id);
  EXPECT_EQ(status(search, token), 401);
  expect_nobody(token);
}

TEST_F(RoleMatrixTest, AnEndedTokenIsNone) {
  expect_nobody(world_.token("administrator", world_.services().clock.now().us - 1));
}

TEST_F(RoleMatrixTest, AScopeNarrowsARole) {
  auto created = world_.services().tokens.create(
      world_.tenant(), {},
      {"narrow", "officer", {"recipient.list"}, {world_.services().clock.now().us + kDayUs}});
  ASSERT_TRUE(created.ok());
  const std::string token(created->secret.reveal());
  EXPECT_EQ(world_.call(Method::kGet, "/v1/recipients", token).status, 200);
  EXPECT_EQ(world_.call(Method::kGet, "/v1/releases", token).status, 403);
}

TEST_F(RoleMatrixTest, AnotherTenantsTokenSeesNothingOfThisOne) {
  const auto recipient = R"({"name":"ours","role":"internal","country":"DE","contracts":[],)"
                         R"("fields":[],"duties":[]})";
  ASSERT_EQ(world_.as("administrator", Method::kPost, "/v1/recipients", recipient).status, 201);
  Uuid ours;
  world_.token("officer", world_.services().clock.now().us + kDayUs, &ours);
  const std::string theirs(world_.new_tenant().secret.reveal());
  EXPECT_EQ(world_.call(Method::kDelete, "/v1/tokens/" + ours.text(), theirs).status, 404);
  EXPECT_EQ(world_.call(Method::kGet, "/v1/recipients", theirs).body, R"({"recipients":[]})");
  EXPECT_EQ(world_.call(Method::kGet, "/v1/tokens", theirs).body.find(ours.text()),
            std::string::npos);
}

TEST(RolesTest, ARouteWithoutARowKeepsTheProgramFromStarting) {
  const TemporaryDirectory directory;
  const auto policies = directory.path() / "policies";
  std::filesystem::copy(ApiWorld::source() / "policies", policies,
                        std::filesystem::copy_options::recursive);
  std::ifstream all(ApiWorld::source() / "policies/roles.yaml");
  std::ofstream less(policies / "roles.yaml");
  for (std::string line; std::getline(all, line);) {
    if (line.find("decision.preview:") == std::string::npos) less << line << '\n';
  }
  less.close();
  EXPECT_THROW(ApiWorld{policies}, std::logic_error);
}

}  // namespace
}  // namespace assent
