#include "api/router.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace assent {
namespace {

Handler never() {
  return [](const Request&) { return Response{}; };
}

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    router_.add({Method::kGet, "/v1/requests/{id}", "request.read", never()});
    router_.add({Method::kDelete, "/v1/requests/{id}", "request.cancel", never()});
    router_.add({Method::kGet, "/v1/requests/overdue", "request.list", never()});
    router_.add({Method::kPost, "/v1/segments/{name}/releases", "release.create", never()});
    router_.add({Method::kGet, "/", "root", never()});
  }

  std::string action(Method method, std::string_view path) const {
    const Routing routing = router_.find(method, path);
    return routing.route == nullptr ? "" : std::string(routing.route->action.view());
  }

  Router router_;
};

TEST_F(RouterTest, ANamedSegmentBecomesAParameter) {
  const Routing routing = router_.find(Method::kPost, "/v1/segments/sleeping/releases");
  ASSERT_NE(routing.route, nullptr);
  EXPECT_EQ(routing.route->action, StaticText("release.create"));
  EXPECT_EQ(routing.params, (PathParams{{"name", "sleeping"}}));
}

TEST_F(RouterTest, ALiteralSegmentWinsOverAParameter) {
  EXPECT_EQ(action(Method::kGet, "/v1/requests/overdue"), "request.list");
  EXPECT_EQ(action(Method::kGet, "/v1/requests/other"), "request.read");
  EXPECT_EQ(action(Method::kDelete, "/v1/requests/overdue"), "request.cancel");
}

TEST_F(RouterTest, AnUnknownPathHasNoRouteAndNothingToAllow) {
  for (const auto* path : {"/v1", "/v1/requests", "/v1/requests/1/x", "/V1/requests/1"}) {
    const Routing routing = router_.find(Method::kGet, path);
    EXPECT_EQ(routing.route, nullptr) << path;
    EXPECT_EQ(routing.allow, "") << path;
  }
}

TEST_F(RouterTest, AKnownPathWithAnotherMethodSaysWhatIsAllowed) {
  const Routing routing = router_.find(Method::kPost, "/v1/requests/7");
  EXPECT_EQ(routing.route, nullptr);
  EXPECT_EQ(routing.allow, "GET, HEAD, DELETE, OPTIONS");
}

TEST_F(RouterTest, AGetRouteAnswersHead) {
  EXPECT_EQ(action(Method::kHead, "/v1/requests/7"), "request.read");
  EXPECT_EQ(action(Method::kHead, "/"), "root");
  EXPECT_EQ(action(Method::kHead, "/v1/segments/x/releases"), "");
}

TEST_F(RouterTest, TwoRoutesCannotAnswerTheSamePaths) {
  EXPECT_THROW(router_.add({Method::kGet, "/v1/requests/{other}", "x", never()}), std::logic_error);
  EXPECT_NO_THROW(router_.add({Method::kPut, "/v1/requests/{other}", "x", never()}));
}

TEST_F(RouterTest, AMalformedPatternIsRefused) {
  EXPECT_THROW(router_.add({Method::kGet, "v1", "x", never()}), std::logic_error);
  EXPECT_THROW(router_.add({Method::kGet, "/v1/", "x", never()}), std::logic_error);
  EXPECT_THROW(router_.add({Method::kGet, "/v1//x", "x", never()}), std::logic_error);
  EXPECT_THROW(router_.add({Method::kGet, "/v1/{}", "x", never()}), std::logic_error);
  EXPECT_THROW(router_.add({Method::kGet, "/v1/a{b}", "x", never()}), std::logic_error);
}

TEST_F(RouterTest, RoutesAreListedInTheOrderAdded) {
  ASSERT_EQ(router_.routes().size(), 5U);
  EXPECT_EQ(router_.routes().front().pattern, StaticText("/v1/requests/{id}"));
  EXPECT_EQ(router_.routes().back().action, StaticText("root"));
}

}  // namespace
}  // namespace assent
