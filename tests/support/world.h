#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "audit/journal.h"
#include "core/custody.h"
#include "core/db.h"
#include "core/key_store.h"
#include "core/random.h"
#include "tests/support/fake_clock.h"

namespace assent {

// The private PostgreSQL clusters that scripts/with-clusters started, with one database of this
// test program in each, migrated from empty. Made on first use, dropped when the program ends.
class TestClusters {
 public:
  static TestClusters& instance();
  DatabaseConfig data(const std::string& role) const;
  DatabaseConfig safe(const std::string& role) const;
  ~TestClusters();

 private:
  TestClusters();
  std::string directory_;
  std::string database_;
};

// A directory that is removed with everything in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Everything a room's test stands on: real clusters, a clock that stands still, fresh keys and a
// tenant of its own, so that tests of one program do not see each other.
class World {
 public:
  World(std::string operator_country = "DE", std::vector<std::string> targets = {"DE", "RU"},
        Suite suite = Suite::kPoly1305);

  const Suite suite;  // Of new values.

  FakeClock clock;
  SystemRandom random;
  TemporaryDirectory directory;
  Database data{TestClusters::instance().data("assent_app"), clock};
  Database owner{TestClusters::instance().data("assent_owner"), clock};
  Database sequencer{TestClusters::instance().data("assent_sequencer"), clock};
  Database signer_role{TestClusters::instance().data("assent_signer"), clock};
  Database eraser{TestClusters::instance().data("assent_eraser"), clock};
  Database destroyer_of_data{TestClusters::instance().data("assent_key_destroyer"), clock};
  Database safe{TestClusters::instance().safe("assent_app"), clock};
  Database key_destroyer{TestClusters::instance().safe("assent_key_destroyer"), clock};
  Database rewrapper{TestClusters::instance().safe("assent_rewrapper"), clock};
  Database follower{TestClusters::instance().safe("assent_follower"), clock};
  std::unique_ptr<KeySlab> slab;
  CustodyConfig custody;  // A file root and the keyring, in `directory`.
  std::unique_ptr<LiveKeyring> keyring;
  KeyStore keys{safe, *keyring, random, suite};
  Journal journal{random};
  TenantId tenant;
  std::string log_origin;
  Act act;  // A system act for the purpose of operations.

  std::filesystem::path policies() const;
};

}  // namespace assent
