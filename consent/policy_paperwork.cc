#include "policy_blocks.h"

namespace assent {
namespace {

enum class Unit { kCounted, kImmediate, kUndated };
constexpr std::pair<std::string_view, Unit> kUnits[] = {
    {"hours", Unit::kCounted},       {"working_days", Unit::kCounted}, {"days", Unit::kCounted},
    {"weeks", Unit::kCounted},       {"months", Unit::kCounted},       {"years", Unit::kCounted},
    {"immediate", Unit::kImmediate}, {"none", Unit::kUndated}};

// An absent or wrong unit is a fault; a counted one needs its number, an undated one its words.
void check_term(YamlMap& term) {
  const Unit unit = term.word("unit", Words<Unit>(kUnits), Unit::kImmediate);
  const std::optional<int> n = term.number_if("n");
  const std::optional<std::string> text = term.text_if("text");
  if (unit == Unit::kCounted && !n) term.fault("n", "missing");
  if (unit == Unit::kUndated && !text) term.fault("text", "missing");
}

void check_extension(YamlMap& deadline) {
  std::optional<YamlMap> extend = deadline.map_if("extend");
  if (!extend) return;
  extend->word_if("unit", Words<Unit>(kUnits));
  if (!extend->number_if("n")) extend->fault("n", "missing");
  extend->flag("once");
  extend->text("needs");
  extend->text_if("counted_from");
  extend->finish();
}

void check_deadline(YamlMap& deadline) {
  check_term(deadline);
  check_extension(deadline);
  deadline.text("cite");
  for (const char* words : {"pause", "must_say", "earliest_of"}) deadline.texts(words);
  for (const char* word :
       {"from", "to", "roll", "skip_if", "if", "stop", "meanwhile", "gpc", "platform_target"}) {
    deadline.text_if(word);
  }
  deadline.finish();
}

void check_time(YamlMap& file) {
  YamlMap time = file.map("time");
  for (const char* needed : {"zone", "calendar", "day_of_event", "roll"}) time.text(needed);
  time.texts("roll_units");
  for (const char* word : {"cite", "on_missing_calendar", "business_day"}) time.text_if(word);
  time.finish();
}

void check_destruction(YamlMap& file) {
  std::optional<YamlMap> destruction = file.map_if("destruction");
  if (!destruction) return;
  for (const char* words : {"proof", "act_fields", "export_fields"}) destruction->texts(words);
  destruction->text_if("missing_in_export");
  destruction->text("cite");
  if (std::optional<YamlMap> retain = destruction->map_if("retain")) {
    check_term(*retain);
    retain->finish();
  }
  destruction->finish();
}

void check_erasure(YamlMap& file) {
  std::optional<YamlMap> erasure = file.map_if("erasure");
  if (!erasure) return;
  erasure->texts("exceptions");
  erasure->flag("keep_minimal_suppression_record");
  erasure->text("cite");
  erasure->finish();
}

void check_logging(YamlMap& file) {
  std::optional<YamlMap> logging = file.map_if("logging");
  if (!logging) return;
  for (const char* word : {"ropa", "decisions", "breach_register", "level", "cite"}) {
    logging->text_if(word);
  }
  if (std::optional<YamlMap> measures = logging->map_if("measures_by_level")) {
    for (const std::string& level : measures->keys()) measures->texts(level.c_str());
  }
  logging->finish();
}

}  // namespace

void check_paperwork(YamlMap& file) {
  check_time(file);
  YamlMap deadlines = file.map("deadlines");
  for (const std::string& name : deadlines.keys()) {
    YamlMap deadline = deadlines.map(name.c_str());
    check_deadline(deadline);
  }
  file.texts("access_report");
  file.texts("evidence");
  check_destruction(file);
  check_erasure(file);
  check_logging(file);
}

}  // namespace assent
