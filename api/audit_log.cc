#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <ext/stdio_filebuf.h>
#include <memory>
#include <ostream>

#include "api/problem.h"
#include "api/receipt.h"
#include "api/routes.h"
#include "audit/exporter.h"
#include "audit/log_store.h"

// GET /v1/log/checkpoint, /v1/log/bundle, /v1/log/policy, /v1/log/proofs/{event}
namespace assent {
namespace {

constexpr StaticText kText = "text/plain; charset=utf-8";
constexpr std::size_t kPieceBytes = 1 << 16;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
// An unnamed file: a bundle holds no personal data, and may be larger than memory should be.
using TemporaryFile = std::shared_ptr<std::FILE>;

BodyProducer pieces_of(TemporaryFile file) {
  return [file = std::move(file)]() -> Result<std::optional<std::string>> {
    std::string piece(kPieceBytes, '\0');
    piece.resize(std::fread(piece.data(), 1, piece.size(), file.get()));
    if (std::ferror(file.get()) != 0) {
      return Error{ErrorCode::kUnavailable, "the bundle could not be read back"};
    }
    if (piece.empty()) return std::optional<std::string>();
    return std::optional<std::string>(std::move(piece));
  };
}

Result<std::optional<std::uint64_t>> entry_number(const Request& request, StaticText name) {
  const auto text = request.query.get(name);
  if (!text) return std::optional<std::uint64_t>();
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (failed != std::errc() || end != text->data() + text->size()) {
    return Error{ErrorCode::kInvalid, "an entry is named by its number"};
  }
  return std::optional<std::uint64_t>(number);
}

}  // namespace

Response log_checkpoint(const Request& request, const Caller& caller, Services& services) {
  auto note = in_tx(services.data, caller.tenant, [&](Tx& tx) -> Result<std::string> {
    auto newest = LogStore(tx, caller.tenant).newest_checkpoint();
    if (!newest) return Error{ErrorCode::kNotFound, "nothing has been signed yet"};
    return std::move(*newest);
  });
  if (!note.ok()) return render(note.error(), request.id);
  return text_response(200, kText, std::move(*note));
}

Response log_policy(const Request& request, const Caller& caller, Services& services) {
  auto policy = services.trust_policy(caller.tenant);
  if (!policy.ok()) return render(policy.error(), request.id);
  return text_response(200, kText, std::move(*policy));
}

Response log_proof(const Request& request, const Caller& caller, Services& services) {
  const auto event = EventId::parse(request.param("event"));
  if (!event) return render(Error{ErrorCode::kNotFound, "no such event"}, request.id);
  auto look = [&data = services.data, log = caller.tenant, event = *event] {
    return wait_for_checkpoint(data, log, event, std::chrono::milliseconds(0));
  };
  auto proof = look();
  if (proof.ok()) return text_response(200, kText, std::move(*proof));
  Response response = render(proof.error(), request.id);
  if (proof.error().code == ErrorCode::kUnavailable) {
    response.late = [look](Response& answer) {
      auto later = look();
      if (later.ok()) answer = text_response(200, kText, std::move(*later));
      return later.ok();
    };
  }
  return response;
}

Response log_bundle(const Request& request, const Caller& caller, Services& services) {
  if (auto known = request.query.only({"from", "to"}); !known.ok()) {
    return render(known.error(), request.id);
  }
  auto first = entry_number(request, "from");
  auto end = entry_number(request, "to");
  if (!first.ok() || !end.ok()) {
    return render(first.ok() ? end.error() : first.error(), request.id);
  }
  const ExportRequest wanted{*first, *end, {}};
  const TemporaryFile file(std::tmpfile(), CloseFile());
  if (!file) {
    return render(Error{ErrorCode::kUnavailable, "no temporary file can be made"}, request.id);
  }
  EventId leaf;
  {
    __gnu_cxx::stdio_filebuf<char> buffer(::dup(::fileno(file.get())), std::ios::out);
    std::ostream out(&buffer);
    auto written = export_bundle(services.data, caller.tenant, services.journal,
                                 act_of(caller, PurposeCode::kAudit, request.id), wanted, out);
    if (!written.ok()) return render(written.error(), request.id);
    out.flush();
    leaf = written->leaf;
  }
  std::rewind(file.get());
  Response response = stream_response(kText, pieces_of(file));
  response.headers.add(kReceiptHeader.view(), receipt_place(leaf));
  return response;
}

}  // namespace assent
