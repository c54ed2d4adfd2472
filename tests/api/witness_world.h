#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "api/witness/witness.h"
#include "audit/tiles.h"
#include "tests/support/fake_clock.h"

namespace assent {

// A log that signs whatever it is told to: the first `size` leaves of a history, as text.
class WitnessedHistory {
 public:
  explicit WitnessedHistory(std::string history, std::uint8_t key_seed = 1,
                            std::string origin = "cdp.example/acme/log1")
      : history_(std::move(history)),
        origin_(std::move(origin)),
        key_(signing_key_from_seed(Bytes(32, key_seed))) {}

  VerifierKey vkey() const { return verifier_key(origin_, kEd25519Type, key_.public_key); }
  const SigningKey& key() const { return key_; }
  const std::string& origin() const { return origin_; }

  LeafHashTiles tiles(std::uint64_t size) const {
    std::vector<Hash32> leaves;
    for (std::uint64_t i = 0; i < size; ++i) {
      leaves.push_back(leaf_hash(as_bytes(history_ + std::to_string(i))));
    }
    return LeafHashTiles(std::move(leaves));
  }
  Checkpoint head(std::uint64_t size) const {
    LeafHashTiles leaves = tiles(size);
    return {origin_, size, size == 0 ? empty_root() : right_edge(leaves, size)->root()};
  }
  std::string checkpoint(std::uint64_t size) const { return sign_checkpoint(head(size), key_); }
  HashPath proof(std::uint64_t old_size, std::uint64_t size) const {
    if (old_size == 0) return {};
    LeafHashTiles leaves = tiles(size);
    return *consistency_path(leaves, old_size, size);
  }
  // The body that an honest log sends.
  std::string request(std::uint64_t old_size, std::uint64_t size) const {
    return format_add_checkpoint(old_size, proof(old_size, size), checkpoint(size));
  }

 private:
  const std::string history_;
  const std::string origin_;
  const SigningKey key_;
};

// A witness in a directory of its own, which ends with the object.
class WitnessWorld {
 public:
  WitnessWorld() {
    crypto_ready();
    std::filesystem::create_directories(state);
  }
  ~WitnessWorld() {
    witness.reset();
    std::filesystem::remove_all(state);
  }

  void know(const VerifierKey& key) {
    if (!add_witnessed_log(state, key).ok()) throw std::runtime_error("the log was not added");
  }
  // As a new process would, also after kill -9: nothing but the directory is left.
  Status restart() {
    witness.reset();
    auto opened = Witness::open(state, own, key, clock, log);
    if (!opened.ok()) return opened.error();
    witness = std::move(*opened);
    return Unit{};
  }
  WitnessOutcome send(const std::string& body) { return witness->add_checkpoint(body).outcome; }
  std::filesystem::path state_file(const std::string& origin) const {
    return state / (origin_hash(origin) + ".log");
  }
  // Does the witness's cosignature of `text` hold, and of which second is it?
  SignatureCheck check(const std::string& note_text, const std::string& line) const {
    const auto note = parse_note(note_text + "\n" + line);
    return note.ok() ? check_signature(*note, own) : SignatureCheck{};
  }

  const std::filesystem::path state =
      std::filesystem::temp_directory_path() /
      ("assent-witness-" + std::to_string(::getpid()) + "-" + std::to_string(next()));
  const SigningKey key = signing_key_from_seed(Bytes(32, 77));
  const VerifierKey own = verifier_key("witness.example/w1", kCosignatureType, key.public_key);
  FakeClock clock;
  std::ostringstream log_out;
  Log log{clock, log_out};
  std::unique_ptr<Witness> witness;

 private:
  static int next() {
    static std::atomic<int> made{0};
    return ++made;
  }
};

}  // namespace assent
