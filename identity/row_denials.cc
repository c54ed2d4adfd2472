#include "row_denials.h"

#include <algorithm>
#include <array>

#include "identity/normalise.h"

namespace assent {
namespace {

constexpr std::size_t kKeyBytesMax = 64;
constexpr std::string_view kMarketing = "direct_marketing";

constexpr auto kDenials = std::to_array<std::pair<std::string_view, RowDenial::Action>>(
    {{"refuse", RowDenial::Action::kRefuse},
     {"withdraw", RowDenial::Action::kWithdraw},
     {"object", RowDenial::Action::kObject}});

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<std::string_view> cut(std::string_view text, char delimiter) {
  std::vector<std::string_view> cells;
  while (cells.size() < kColumnsMax) {
    const auto end = text.find(delimiter);
    std::string_view cell = trim(text.substr(0, end));
    if (cell.starts_with('"')) cell.remove_prefix(1);
    if (cell.ends_with('"')) cell.remove_suffix(1);
    cells.push_back(cell);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return cells;
}

// Where a column's cell may stand, as steps to the right of its caption.
struct Reach {
  std::ptrdiff_t from = 0;
  std::ptrdiff_t to = 0;
  bool is_sure() const { return from == to; }
};

class DenialReader {
 public:
  DenialReader(const RawRow& raw, std::span<const std::string_view> cells, Reach reach,
               const Mapping& mapping, const BoundCaptions& captions)
      : raw_(raw), cells_(cells), reach_(reach), mapping_(mapping), captions_(captions) {}

  std::vector<RowDenial> read() {
    id_ = find(Target::kExternalId);
    for (const BoundColumn& bound : captions_.columns) {
      if (bound.mapped == nullptr) continue;
      if (bound.mapped->target != Target::kOptOut && bound.mapped->target != Target::kAction) {
        continue;
      }
      for (auto step = reach_.from; step <= reach_.to; ++step) {
        if (!may_be(bound.column, step)) continue;
        bound.mapped->target == Target::kOptOut ? read_opt_out_at(bound, step) : read_claim(step);
      }
    }
    return std::move(denials_);
  }

 private:
  std::string_view cell(std::size_t column, std::ptrdiff_t step) const {
    const auto at = static_cast<std::ptrdiff_t>(column) + step;
    if (at < 0 || at >= static_cast<std::ptrdiff_t>(cells_.size())) return {};
    return cells_[static_cast<std::size_t>(at)];
  }

  // The id's own cell is never another column's that was moved.
  bool may_be(std::size_t column, std::ptrdiff_t step) const {
    const auto at = static_cast<std::ptrdiff_t>(column) + step;
    return step == 0 || id_ == nullptr || at != static_cast<std::ptrdiff_t>(id_->column);
  }

  const BoundColumn* find(Target target) const {
    const auto found = std::ranges::find_if(captions_.columns, [target](const BoundColumn& b) {
      return b.mapped != nullptr && b.mapped->target == target;
    });
    return found == captions_.columns.end() ? nullptr : &*found;
  }

  void add(RowDenial denial) {
    const auto same = [&](const RowDenial& other) {
      return other.action == denial.action && other.purpose == denial.purpose &&
             other.channel == denial.channel && other.effective_at == denial.effective_at;
    };
    if (std::ranges::none_of(denials_, same)) denials_.push_back(std::move(denial));
  }

  void read_opt_out_at(const BoundColumn& bound, std::ptrdiff_t step) {
    const std::string_view text = cell(bound.column, step);
    if (trim(text).empty() && raw_.kind(bound.column) != CellKind::kError) return;
    const OptOutWord word = read_opt_out(*bound.mapped, text);
    if (word == OptOutWord::kNothing) return;
    if (word == OptOutWord::kUnclear && !reach_.is_sure()) return;
    const auto& channel = bound.mapped->channel;
    add({RowDenial::Action::kObject, std::string(kMarketing), channel ? channel->text() : "",
         std::nullopt});
  }

  // A word in the shape of a key, else none: what is not a word may be somebody's data.
  std::string key(Target target, std::ptrdiff_t step) const {
    const BoundColumn* bound = find(target);
    if (bound == nullptr) return {};
    const std::string word = fold_key(cell(bound->column, step));
    const bool shaped = word.size() <= kKeyBytesMax && std::ranges::all_of(word, [](char c) {
                          return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                        });
    return shaped ? word : std::string();
  }

  void read_claim(std::ptrdiff_t step) {
    const std::string word = key(Target::kAction, step);
    const auto action = std::ranges::find(kDenials, word, [](const auto& d) { return d.first; });
    if (action == kDenials.end()) return;
    std::optional<Timestamp> at;
    if (const BoundColumn* date = find(Target::kEffectiveAt)) {
      at = mapping_.dates.instant(cell(date->column, step), mapping_.zone);
    }
    add({action->second, key(Target::kPurpose, step), key(Target::kChannel, step), at});
  }

  const RawRow& raw_;
  std::span<const std::string_view> cells_;
  const Reach reach_;
  const Mapping& mapping_;
  const BoundCaptions& captions_;
  const BoundColumn* id_ = nullptr;
  std::vector<RowDenial> denials_;
};

}  // namespace

OptOutWord read_opt_out(const MappedColumn& rule, std::string_view cell) {
  if (rule.tags.empty()) {
    const std::string word = fold_key(cell);
    if (is_one_of(word, {"0", "false", "no", "n", "off", "нет"})) return OptOutWord::kNothing;
    const bool clear = is_one_of(word, {"1", "true", "yes", "y", "on", "x", "да"});
    return clear ? OptOutWord::kDenied : OptOutWord::kUnclear;
  }
  while (!cell.empty()) {
    const auto end = cell.find_first_of(",;|\n");
    const std::string word = fold_key(cell.substr(0, end));
    if (std::ranges::find(rule.tags, word) != rule.tags.end()) return OptOutWord::kDenied;
    if (end == std::string_view::npos) break;
    cell.remove_prefix(end + 1);
  }
  return OptOutWord::kNothing;
}

std::vector<std::string_view> cells_of(const RawRow& raw, std::string_view text) {
  std::vector<std::string_view> cells;
  for (std::size_t i = 0; i < raw.columns(); ++i) cells.push_back(raw.reveal(i));
  if (!cells.empty()) return cells;
  constexpr std::string_view kDelimiters = ",;\t|";
  const char commonest = *std::ranges::max_element(
      kDelimiters, {}, [text](char c) { return std::ranges::count(text, c); });
  return cut(text, commonest);
}

std::vector<RowDenial> read_denials(const RawRow& raw, std::span<const std::string_view> cells,
                                    const Mapping& mapping, const BoundCaptions& captions) {
  const auto added = static_cast<std::ptrdiff_t>(cells.size()) -
                     static_cast<std::ptrdiff_t>(captions.facts.columns);
  // A row that was not at fault has its width, but for one empty cell at its end.
  const bool moved = raw.fault().has_value() && !raw.is_placed();
  const Reach reach =
      moved ? Reach{std::min<std::ptrdiff_t>(added, 0), std::max<std::ptrdiff_t>(added, 0)}
            : Reach{};
  return DenialReader(raw, cells, reach, mapping, captions).read();
}

}  // namespace assent
