#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "api/import_file.h"
#include "api/json.h"
#include "api/problem.h"
#include "api/routes.h"
#include "identity/rejected.h"

// POST /v1/sources/{source}/imports; GET /v1/imports/{import}/rejects
namespace assent {
namespace {

constexpr std::int64_t kRejectsPage = 1000;

// The body as a file in memory, for this request only: a file on disk would be plaintext at rest.
class MemoryFile {
 public:
  explicit MemoryFile(const Uuid& name)
      : path_("/dev/shm/assent-import-" + name.text()),
        fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)) {}
  ~MemoryFile() {
    if (fd_ >= 0) ::close(fd_);
    ::unlink(path_.c_str());
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  bool write(std::string_view bytes) {
    while (fd_ >= 0 && !bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return fd_ >= 0;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int fd_;
};

std::string report_json(const ImportReport& report) {
  JsonWriter out;
  out.begin_object();
  out.key("import").text(report.import.text());
  const auto count = [&out](std::string_view name, std::uint64_t value) {
    out.key(name).integer(static_cast<std::int64_t>(value));
  };
  count("rows", report.rows_read);
  count("stored", report.stored);
  count("unchanged", report.unchanged);
  count("rejected", report.rejected);
  count("denials_kept", report.denials_kept);
  count("warnings", report.warnings);
  count("links", report.links_made);
  count("records", report.records_made);
  count("organisations", report.organisations_made);
  count("orders", report.orders_made);
  out.key("finished").boolean(report.finished);
  return out.end_object().take();
}

}  // namespace

Response create_import(const Request& request, const Caller& caller, Services& services) {
  if (auto known = request.query.only({"mapping", "customers_of"}); !known.ok()) {
    return render(known.error(), request.id);
  }
  MemoryFile file(request.id.value);
  if (!file.write(request.body.reveal())) {
    return render(Error{ErrorCode::kUnavailable, "no memory for the file now"}, request.id);
  }
  const ImportOrder order{request.param("source"),
                          std::string(request.query.get("mapping").value_or("")),
                          std::string(request.query.get("customers_of").value_or("")), file.path()};
  const std::atomic<bool> never{false};
  auto report = import_file(
      services, caller.tenant, act_of(caller, PurposeCode::kIngestion, request.id), order,
      [](const ImportProgress&) {}, never);
  if (!report.ok()) return render(report.error(), request.id);
  return json_response(200, report_json(*report));
}

Response import_rejects(const Request& request, const Caller& caller, Services& services) {
  const auto id = Uuid::parse(request.param("import"));
  if (!id) return render(Error{ErrorCode::kNotFound, "no such import"}, request.id);
  auto notes =
      in_tx(services.data, caller.tenant, [&](Tx& tx) -> Result<std::vector<RejectedNote>> {
        return list_rejected(tx, *id, 0, kRejectsPage);
      });
  if (!notes.ok()) return render(notes.error(), request.id);
  JsonWriter out;
  out.begin_object().key("rejects").begin_array();
  for (const RejectedNote& note : *notes) {
    out.begin_object();
    out.key("id").text(note.id.text());
    out.key("line").integer(static_cast<std::int64_t>(note.line));
    out.key("column").integer(note.column);
    out.key("reason").text(note.reason);
    out.key("field").text(note.field);
    out.key("denials_kept").boolean(note.denials_kept);
    out.end_object();
  }
  out.end_array().end_object();
  return json_response(200, out.take());
}

}  // namespace assent
