#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "api/server.h"
#include "api/traffic.h"
#include "api/witness/witness_routes.h"
#include "core/random.h"
#include "tests/api/witness_world.h"

namespace assent {

// A witness that listens, on the same port again after a break.
class LiveWitness {
 public:
  explicit LiveWitness(const WitnessedHistory& log, std::optional<TlsFiles> tls = std::nullopt)
      : tls_(std::move(tls)) {
    world.know(log.vkey());
    up();
  }
  void up() {
    EXPECT_TRUE(world.restart().ok());
    router_ = make_witness_routes(*world.witness);
    server_.emplace(ServerConfig{.port = port_, .tls = tls_}, router_, world.clock, random_,
                    world.log, traffic_);
    EXPECT_TRUE(server_->start().ok());
    port_ = server_->port();
  }
  void down() { server_.reset(); }
  std::uint16_t port() const { return port_; }

  WitnessWorld world;

 private:
  std::optional<TlsFiles> tls_;
  std::uint16_t port_ = 0;
  Router router_;
  SystemRandom random_;
  Traffic traffic_;
  std::optional<Server> server_;
};

}  // namespace assent
