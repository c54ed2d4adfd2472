#include "core/key_slab.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "core/digest.h"
#include "core/process.h"
#include "core/random.h"

namespace assent {
namespace {

class KeySlabTest : public ::testing::Test {
 protected:
  KeySlabTest() {
    crypto_ready();
    slab = std::move(*KeySlab::make(4096));
  }
  std::unique_ptr<KeySlab> slab;
  SystemRandom random;
};

TEST_F(KeySlabTest, AKeyIsThereUntilItsHolderDies) {
  {
    const auto kept = slab->keep(SecretKey(Hash32{1, 2, 3}));
    ASSERT_TRUE(kept.ok());
    EXPECT_EQ((*kept)->bytes()[2], 3);
    EXPECT_EQ(slab->size(), 1U);
  }
  EXPECT_EQ(slab->size(), 0U);
}

TEST_F(KeySlabTest, AFreedPlaceIsWiped) {
  auto kept = slab->keep(SecretKey(Hash32{1, 2, 3}));
  ASSERT_TRUE(kept.ok());
  const std::uint8_t* const place = (*kept)->bytes().data();
  kept->reset();
  EXPECT_EQ(place[2], 0);  // The memory is the slab's, and can be read.
}

TEST_F(KeySlabTest, AFullSlabRefusesAndGoesOnWhenAPlaceIsFree) {
  std::vector<KeptKey> held;
  for (;;) {
    auto kept = slab->keep(new_secret_key(random));
    if (!kept.ok()) {
      EXPECT_EQ(kept.error().code, ErrorCode::kTooLarge);
      break;
    }
    held.push_back(std::move(*kept));
  }
  EXPECT_EQ(held.size(), 4096U / 32U);
  held.pop_back();
  EXPECT_TRUE(slab->keep(new_secret_key(random)).ok());
}

TEST_F(KeySlabTest, ManyThreadsKeepAndReadTheirOwnKeys) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (std::uint8_t id = 1; id <= 8; ++id) {
    threads.emplace_back([&, id] {
      for (int i = 0; i < 200; ++i) {
        Hash32 bytes{};
        bytes.fill(id);
        const auto kept = slab->keep(SecretKey(bytes));
        if (!kept.ok() || !equal_constant_time((*kept)->bytes(), bytes)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(slab->size(), 0U);
}

using KeySlabDeathTest = KeySlabTest;

TEST_F(KeySlabDeathTest, NobodyWritesToAKeyThatIsThere) {
  const auto kept = slab->keep(SecretKey(Hash32{1}));
  ASSERT_TRUE(kept.ok());
  auto* const place = const_cast<std::uint8_t*>((*kept)->bytes().data());
  EXPECT_DEATH(*static_cast<volatile std::uint8_t*>(place) = 2, "");
}

// Exit codes of children, which may give up rights that the tests need.
int code_of_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(LockedMemoryTest, WhatTheSystemDoesNotLockIsRefused) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizers replace mlock(2) by nothing";
#endif
  const auto without_limit = [](rlim_t bytes) {
    return [bytes] {
      const rlimit limit{bytes, bytes};
      if (::setrlimit(RLIMIT_MEMLOCK, &limit) != 0) return 9;
      // Root may lock what it likes.
      if (::geteuid() == 0 && ::setuid(65534) != 0) return 9;
      const auto slab = KeySlab::make();
      if (slab.ok()) return 0;
      return slab.error().code == ErrorCode::kUnavailable ? 1 : 2;
    };
  };
  EXPECT_EQ(code_of_child(without_limit(4 << 20)), 0);
  EXPECT_EQ(code_of_child(without_limit(1 << 20)), 1);
}

TEST(CoreDumpTest, AProcessThatForbidsThemCannotBeDumped) {
  EXPECT_EQ(code_of_child([] { return ::prctl(PR_GET_DUMPABLE); }), 1) << "the control";
  EXPECT_EQ(code_of_child([] {
              forbid_core_dumps();
              rlimit limit{1, 1};
              ::getrlimit(RLIMIT_CORE, &limit);
              return ::prctl(PR_GET_DUMPABLE) + static_cast<int>(limit.rlim_cur + limit.rlim_max);
            }),
            0);
}

}  // namespace
}  // namespace assent
