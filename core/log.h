#pragma once

#include <chrono>
#include <concepts>
#include <initializer_list>
#include <iosfwd>
#include <mutex>
#include <string>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/id.h"
#include "core/result.h"
#include "core/static_text.h"

namespace assent {

// What a log line may say: a closed set of types, none of which can hold a customer's text. There
// is deliberately no way in from std::string, const char* or Plaintext; a literal is
// StaticText("...").
class LogValue {
 public:
  template <std::integral Number>
  requires(!std::same_as<Number, bool> && !std::same_as<Number, char>)
      LogValue(Number number)  // NOLINT(google-explicit-constructor)
      : json_(std::to_string(number)) {}
  template <std::same_as<bool> Bool>
  LogValue(Bool yes) : json_(yes ? "true" : "false") {}  // NOLINT(google-explicit-constructor)
  // A duration is written in whole microseconds; end the field's name in _us.
  template <class Rep, class Period>
  LogValue(std::chrono::duration<Rep, Period> d)  // NOLINT(google-explicit-constructor)
      : LogValue(std::chrono::duration_cast<std::chrono::microseconds>(d).count()) {}
  template <class Tag>
  LogValue(const Id<Tag>& id) : LogValue(id.value) {}  // NOLINT(google-explicit-constructor)
  LogValue(const Uuid& id);                            // NOLINT(google-explicit-constructor)
  LogValue(StaticText text);                           // NOLINT(google-explicit-constructor)
  LogValue(ErrorCode code);                            // NOLINT(google-explicit-constructor)
  LogValue(const CatalogueName& name);                 // NOLINT(google-explicit-constructor)
  LogValue(Timestamp at);                              // NOLINT(google-explicit-constructor)
  LogValue(const Hash32& hash);                        // NOLINT(google-explicit-constructor)

  const std::string& json() const { return json_; }

 private:
  std::string json_;
};

struct LogField {
  StaticText name;
  LogValue value;
};

// Events, not sentences: one JSON object a line, `ts`, `level` and `event` first, then the fields
// in the order given: log.info("server.started", {{"port", 8080}, {"request_id", request.id}}).
// Thread-safe: lines never mix. `clock` and `out` (std::cerr in the programs) outlive the log.
class Log {
 public:
  enum class Level { kInfo, kWarning, kError };
  using Fields = std::initializer_list<LogField>;

  Log(const Clock& clock, std::ostream& out, Level minimum = Level::kInfo);

  void info(StaticText event, Fields fields = {}) { write(Level::kInfo, event, fields); }
  void warning(StaticText event, Fields fields = {}) { write(Level::kWarning, event, fields); }
  void error(StaticText event, Fields fields = {}) { write(Level::kError, event, fields); }

 private:
  void write(Level level, StaticText event, Fields fields);

  const Clock& clock_;
  std::ostream& out_;
  const Level minimum_;
  std::mutex mutex_;
};

}  // namespace assent
