#include <cstdlib>
#include <sstream>
#include <vector>

#include "audit/state_dump_reader.h"

namespace {

struct Dump {
  std::string origin;
  std::uint64_t size = 0;
  std::uint64_t covers = 0;
  std::vector<assent::StateLine> lines;
};

std::optional<Dump> read(const std::string& text) {
  std::istringstream in(text);
  assent::StateDumpReader reader(in);
  if (!reader.header().ok()) return std::nullopt;
  Dump dump{reader.origin(), reader.size(), 0, {}};
  while (true) {
    auto line = reader.next();
    if (!line.ok()) return std::nullopt;
    if (!*line) break;
    dump.lines.push_back(std::move(**line));
  }
  dump.covers = reader.covers();
  return dump;
}

std::string write(const Dump& dump) {
  std::ostringstream out;
  assent::StateDumpWriter writer(out, dump.origin, dump.size);
  for (const assent::StateLine& line : dump.lines) writer.add(line);
  if (!writer.finish(dump.covers).ok()) std::abort();
  return out.str();
}

}  // namespace

// What is taken as a dump says nothing that is lost when it is written again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto dump = read(std::string(assent::as_text({data, size})));
  if (!dump) return 0;
  const std::string written = write(*dump);
  const auto again = read(written);
  if (!again || again->lines.size() != dump->lines.size() || write(*again) != written) {
    std::abort();
  }
  return 0;
}
