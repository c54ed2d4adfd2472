#include "audit/stamper.h"

#include <algorithm>

#include "audit/signer_state.h"
#include "audit/stamp_files.h"
#include "core/digest.h"
#include "core/file.h"
#include "core/metrics_text.h"

namespace assent {
namespace {

constexpr std::int64_t kPauseMaxUs = 3'600 * kSecondUs;
// Who is this far from the authority's time has no time of his own.
constexpr std::int64_t kClockDifferenceMaxUs = 300 * kSecondUs;
constexpr unsigned kFileForTheWorld = 0644;
constexpr unsigned kDirectoryForTheWorld = 0755;

// What was written when, by this machine's time.
std::optional<Timestamp> written_at(const std::filesystem::path& file) {
  std::error_code failed;
  const auto when = std::filesystem::last_write_time(file, failed);
  if (failed) return std::nullopt;
  const auto at = std::chrono::file_clock::to_sys(when).time_since_epoch();
  return Timestamp{std::chrono::duration_cast<std::chrono::microseconds>(at).count()};
}

}  // namespace

// What is published of a log.
struct Stamper::Due {
  std::string note;
  Checkpoint checkpoint;
};

Stamper::Stamper(StamperConfig config, const Clock& clock, const Clock& steady, Log& log,
                 MetricsFile& metrics)
    : config_(std::move(config)),
      clock_(clock),
      steady_(steady),
      log_(log),
      metrics_(metrics),
      pause_(kPauseMaxUs) {}

Result<LogRound> Stamper::run_once() {
  LogRound round;
  for (const TenantId log : published_logs(config_.published)) {
    const auto done = attend(log);
    if (const auto kept = kept_.find(log); kept != kept_.end()) {
      kept->second.is_failing = !done.ok();
    }
    if (done.ok()) {
      round.done += *done;
    } else {
      round.refused.push_back({log, done.error()});
    }
  }
  write_metrics();
  return round;
}

Result<std::size_t> Stamper::attend(TenantId log) {
  auto known = kept_.find(log);
  if (known != kept_.end() && steady_.now() < known->second.due) return std::size_t{0};
  const auto due = look(log);
  if (!due.ok()) return due.error();
  if (!*due) return std::size_t{0};
  const Checkpoint& checkpoint = (*due)->checkpoint;
  if (known == kept_.end() || known->second.origin != checkpoint.origin) {
    auto loaded = load(log, checkpoint.origin);
    if (!loaded.ok()) return loaded.error();
    known = kept_.insert_or_assign(log, std::move(*loaded)).first;
  }
  Kept& kept = known->second;
  if (steady_.now() < kept.due || checkpoint.size <= kept.size) return std::size_t{0};
  if (!pause_.over(steady_.now())) return *failed_;
  if (auto stamped = stamp(log, **due, kept); !stamped.ok()) {
    pause_.lengthen(steady_.now());
    failed_ = stamped.error();
    return stamped.error();
  }
  pause_.end();
  return std::size_t{1};
}

// What is published is judged as a start of the program does: our own key signed it.
Result<std::optional<Stamper::Due>> Stamper::look(TenantId log) const {
  auto note = read_file(published_checkpoint_file(config_.published, log), kNoteBytesMax);
  if (!note.ok() && note.error().code == ErrorCode::kNotFound) return std::optional<Due>();
  if (!note.ok()) return note.error();
  const auto keys = read_log_keys(published_keys_file(config_.published, log));
  if (!keys.ok()) return keys.error();
  auto checkpoint = own_checkpoint(*note, *keys);
  if (!checkpoint.ok()) return checkpoint.error();
  return std::optional(Due{std::move(*note), std::move(*checkpoint)});
}

// A stamp that lies there; nullopt when one of its files is missing or damaged.
std::optional<Stamper::Kept> Stamper::read_kept(TenantId log, std::uint64_t size) const {
  const auto directory = stamps_directory(published_log(config_.published, log));
  const auto answer_file = directory / stamp_file_name({size, StampFile::Kind::kAnswer});
  const auto note =
      read_file(directory / stamp_file_name({size, StampFile::Kind::kCheckpoint}), kNoteBytesMax);
  const auto answer = read_file(answer_file, kStampBytesMax);
  if (!note.ok() || !answer.ok()) return std::nullopt;
  auto head = parse_signed_checkpoint(*note);
  const auto stamp = parse_stamp(*answer);
  const auto written = written_at(answer_file);
  if (!head.ok() || !stamp.ok() || !written) return std::nullopt;
  Kept kept{size, stamp->at, {}, std::move(head->checkpoint.origin)};
  const std::int64_t every_us = std::chrono::microseconds(config_.every).count();
  const std::int64_t left_us = every_us - (clock_.now().us - written->us);
  kept.due = {steady_.now().us + std::clamp<std::int64_t>(left_us, 0, every_us)};
  return kept;
}

// The newest stamp of this log. There may be others: of a log that was here under another origin.
Result<Stamper::Kept> Stamper::load(TenantId log, const std::string& origin) const {
  const auto sizes = stamped_sizes(published_log(config_.published, log));
  if (!sizes.ok()) return sizes.error();
  for (auto size = sizes->rbegin(); size != sizes->rend(); ++size) {
    auto kept = read_kept(log, *size);
    if (kept && kept->origin == origin) return std::move(*kept);
  }
  return Kept{0, {}, {}, origin};
}

// The stamped bytes first: who finds a stamp finds what it stamps.
Status Stamper::stamp(TenantId log, const Due& due, Kept& kept) {
  const std::uint64_t size = due.checkpoint.size;
  if (read_kept(log, size)) {
    return Error{ErrorCode::kConflict, "a time stamp of another log lies in this one's place"};
  }
  const auto given = config_.ask(sha256(as_bytes(due.note)));
  if (!given.ok()) return given.error();
  const auto directory = stamps_directory(published_log(config_.published, log));
  if (auto made = make_directories(directory, kDirectoryForTheWorld); !made.ok()) return made;
  const auto keep = [&](StampFile::Kind kind, const std::string& content) {
    return replace_file(directory / stamp_file_name({size, kind}), content, kFileForTheWorld);
  };
  if (auto kept_note = keep(StampFile::Kind::kCheckpoint, due.note); !kept_note.ok()) {
    return kept_note;
  }
  if (auto done = keep(StampFile::Kind::kAnswer, given->answer); !done.ok()) return done;
  kept.size = size;
  kept.at = given->stamp.at;
  kept.due = {steady_.now().us + std::chrono::microseconds(config_.every).count()};
  log_.info("timestamp.kept", {{"tenant", log}, {"size", size}, {"at", kept.at}});
  compare_clocks(log, kept.at);
  return Unit{};
}

void Stamper::compare_clocks(TenantId log, Timestamp stamped_at) {
  const std::int64_t ahead_us = clock_.now().us - stamped_at.us;
  if (std::abs(ahead_us) <= kClockDifferenceMaxUs) return;
  log_.warning("timestamp.clock_differs",
               {{"tenant", log}, {"ahead_of_it_seconds", ahead_us / kSecondUs}});
}

void Stamper::write_metrics() {
  std::string text;
  const auto series = [&](StaticText name, auto value) {
    append_metric_type(text, name, "gauge");
    for (const auto& [log, kept] : kept_) {
      append_sample(text, name, "origin", kept.origin, value(kept));
    }
  };
  series("assent_signer_timestamp_size", [](const Kept& k) { return k.size; });
  series("assent_signer_timestamp_seconds",
         [](const Kept& k) { return static_cast<std::uint64_t>(k.at.us / kSecondUs); });
  series("assent_signer_timestamp_failing",
         [](const Kept& k) { return std::uint64_t{k.is_failing}; });
  metrics_.put("timestamps", std::move(text));
}

}  // namespace assent
