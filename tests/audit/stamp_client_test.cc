// What the signer asks a time stamping authority with, against a good one and hostile ones.
#include "audit/stamp_client.h"

#include <gtest/gtest.h>

#include "core/digest.h"
#include "core/random.h"
#include "tests/audit/test_tsa.h"
#include "tests/support/odd_server.h"

namespace assent {
namespace {

using namespace std::chrono_literals;
using Handler = httplib::Server::Handler;

class StampClientTest : public testing::Test {
 protected:
  StampClientTest() { crypto_ready(); }
  // What asking an authority that answers so comes to.
  Result<GivenStamp> ask(Handler handler, std::chrono::milliseconds patience = 10s,
                         const std::string& policy = {}) {
    const OddServer server("/tsr", std::move(handler));
    const std::string url = "http://127.0.0.1:" + std::to_string(server.port()) + "/tsr";
    auto client = StampClient::open({url, policy, patience}, tsa.trusted(), random);
    EXPECT_TRUE(client.ok());
    return (*client)->ask(imprint);
  }
  ErrorCode failure(Handler handler, std::chrono::milliseconds patience = 10s) {
    const auto given = ask(std::move(handler), patience);
    EXPECT_FALSE(given.ok());
    return given.ok() ? ErrorCode::kBusy : given.error().code;
  }
  Handler answer_by(const TestTsa& authority) const {
    return [&authority](const httplib::Request& request, httplib::Response& answer) {
      answer.set_content(authority.answer(request.body), "application/timestamp-reply");
    };
  }

  const TestTsa tsa;
  SystemRandom random;
  const Hash32 imprint = sha256(as_bytes("checkpoint"));
};

TEST_F(StampClientTest, AQuestionHasItsTypeAndTheAnswerIsKeptAsItCame) {
  std::string type;
  std::string sent;
  const auto given = ask([&](const httplib::Request& request, httplib::Response& answer) {
    type = request.get_header_value("Content-Type");
    sent = tsa.answer(request.body);
    answer.set_content(sent, "application/timestamp-reply");
  });
  ASSERT_TRUE(given.ok()) << given.error().reason.view();
  EXPECT_EQ(type, "application/timestamp-query");
  EXPECT_EQ(given->answer, sent);
  EXPECT_EQ(given->stamp.imprint, imprint);
}

TEST_F(StampClientTest, AnOldAnswerToTheSameQuestionIsRefused) {
  std::string old;
  const auto replay = [&](const httplib::Request& request, httplib::Response& answer) {
    if (old.empty()) old = tsa.answer(request.body);
    answer.set_content(old, "application/timestamp-reply");
  };
  EXPECT_TRUE(ask(replay).ok());
  EXPECT_EQ(failure(replay), ErrorCode::kInvalid);
}

TEST_F(StampClientTest, AnotherAuthorityIsNotBelieved) {
  const TestTsa other;
  EXPECT_EQ(failure(answer_by(other)), ErrorCode::kCorrupt);
}

TEST_F(StampClientTest, ThePolicyThatWasAskedForIsGranted) {
  EXPECT_TRUE(ask(answer_by(tsa), 10s, TestTsa::kPolicy).ok());
  EXPECT_EQ(ask(answer_by(tsa), 10s, "1.2.3.4.9").error().code, ErrorCode::kDenied);
}

TEST_F(StampClientTest, AnAnswerWithoutEndIsCut) {
  EXPECT_EQ(failure([](const httplib::Request&, httplib::Response& answer) {
              answer.set_content(std::string(kStampBytesMax + 1, '0'), "text/plain");
            }),
            ErrorCode::kUnavailable);
  // One byte now and then, for ever: without a deadline in all this test would not end.
  EXPECT_EQ(failure(
                [](const httplib::Request&, httplib::Response& answer) {
                  answer.set_chunked_content_provider("text/plain",
                                                      [](std::size_t, httplib::DataSink& sink) {
                                                        std::this_thread::sleep_for(10ms);
                                                        return sink.write("0", 1);
                                                      });
                },
                200ms),
            ErrorCode::kUnavailable);
}

TEST_F(StampClientTest, OtherStatusesAreNoStamps) {
  for (const auto& [status, code] :
       {std::pair{503, ErrorCode::kUnavailable}, std::pair{429, ErrorCode::kUnavailable},
        std::pair{404, ErrorCode::kInvalid}, std::pair{201, ErrorCode::kInvalid}}) {
    EXPECT_EQ(
        failure([&, status = status](const httplib::Request& request, httplib::Response& answer) {
          answer.set_content(tsa.answer(request.body), "application/timestamp-reply");
          answer.status = status;
        }),
        code);
  }
}

TEST_F(StampClientTest, ARedirectIsNotFollowed) {
  const OddServer good("/tsr", answer_by(tsa));
  EXPECT_EQ(failure([&](const httplib::Request&, httplib::Response& answer) {
              answer.set_redirect("http://127.0.0.1:" + std::to_string(good.port()) + "/tsr", 307);
            }),
            ErrorCode::kInvalid);
}

TEST_F(StampClientTest, WhatCannotBeAskedIsSaidAtTheStart) {
  for (const auto* url : {"", "tsa.example", "ftp://tsa.example", "http://", "http://a b/"}) {
    EXPECT_FALSE(StampClient::open({url, "", 1s}, tsa.trusted(), random).ok()) << url;
  }
  EXPECT_FALSE(StampClient::open({"http://tsa.example", "sha256", 1s}, tsa.trusted(), random).ok());
  EXPECT_TRUE(
      StampClient::open({"https://tsa.example/a/tsr", "1.2.3", 1s}, tsa.trusted(), random).ok());
}

}  // namespace
}  // namespace assent
