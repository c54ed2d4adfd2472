#include "api/json.h"
#include "api/problem.h"
#include "api/routes.h"
#include "audit/retention_files.h"
#include "audit/signer_state.h"
#include "audit/stamp.h"
#include "audit/stamp_files.h"
#include "audit/tile_files.h"
#include "core/file.h"

// GET /v1/logs/{log}/checkpoint, /v1/logs/{log}/retention and /v1/logs/{log}/tile/{path...}: what
// the signer published, as c2sp.org/tlog-tiles serves it. GET /v1/logs/{log}/timestamps and below
// it: its time stamps.
namespace assent {
namespace {

constexpr std::size_t kRetentionBytesMax = 4096;
constexpr StaticText kInstallationLog = "installation";
constexpr StaticText kText = "text/plain; charset=utf-8";
constexpr StaticText kTimestampReply = "application/timestamp-reply";
// An answer to a token: no cache between may keep it.
constexpr std::string_view kForEver = "private, max-age=31536000, immutable";
constexpr std::string_view kForSeconds = "private, max-age=2";

Error not_published() {
  return Error{ErrorCode::kNotFound, "nothing of that name is published to this caller"};
}

// A tenant's own log. The installation's tells of every tenant: it is the only one's too.
Result<TenantId> log_of(const Request& request, const Caller& caller, Services& services) {
  const std::string& name = request.param("log");
  if (name == caller.tenant.text()) return caller.tenant;
  auto tenants = services.tenants();
  if (!tenants.ok()) return tenants.error();
  for (const Tenant& tenant : *tenants) {
    if (tenant.id == caller.tenant && tenant.name == name) return tenant.id;
  }
  if (name == kInstallationLog.view() && tenants->size() == 1) return TenantId{};
  return not_published();
}

Response file_response(const Request& request, StaticText type, std::string_view cache,
                       Result<std::string> content) {
  if (!content.ok()) {
    const bool missing = content.error().code == ErrorCode::kNotFound;
    return render(missing ? not_published() : content.error(), request.id);
  }
  Response response = text_response(200, type, std::move(*content));
  response.headers.add("Cache-Control", cache);
  return response;
}

// As c2sp.org/tlog-tiles allows: it ends at the minimum index or before it.
bool is_pruned(const std::filesystem::path& directory, TenantId log, const TileFile& file) {
  const auto text = read_file(published_retention_file(directory, log), kRetentionBytesMax);
  const auto minimum = text.ok() ? minimum_in(*text) : std::nullopt;
  return minimum && file.id.level == 0 && (file.id.index + 1) * kTileWidth <= *minimum;
}

// Only what the published checkpoint covers: what was written before its signature is not
// published.
Result<std::string> read_tile(const std::filesystem::path& directory, TenantId log,
                              const TileFile& file) {
  const auto published = read_published(directory, log);
  if (!published.ok()) return published.error();
  if (!*published || !(*published)->checkpoint) return not_published();
  const std::uint64_t size = (*published)->checkpoint->size;
  if (tile_width(file.id.level, file.id.index, size) < file.id.width) return not_published();
  auto content = read_file(published_log(directory, log) / tile_file_path(file), kBundleBytesMax);
  const bool missing = !content.ok() && content.error().code == ErrorCode::kNotFound;
  if (!missing || !is_pruned(directory, log, file)) return content;
  return Error{ErrorCode::kGone,
               "the log keeps the entries of this file no more: see its file retention"};
}

// Of a stamp that is whole: its answer is written last.
Result<std::string> read_stamp_file(const std::filesystem::path& directory, const StampFile& file) {
  const auto path = [&](StampFile::Kind kind) {
    return stamps_directory(directory) / stamp_file_name({file.size, kind});
  };
  auto answer = read_file(path(StampFile::Kind::kAnswer), kStampBytesMax);
  if (!answer.ok() || file.kind == StampFile::Kind::kAnswer) return answer;
  return read_file(path(StampFile::Kind::kCheckpoint), kNoteBytesMax);
}

}  // namespace

Response published_checkpoint(const Request& request, const Caller& caller, Services& services) {
  const auto log = log_of(request, caller, services);
  if (!log.ok()) return render(log.error(), request.id);
  return file_response(
      request, kText, kForSeconds,
      read_file(published_checkpoint_file(services.config.published, *log), kNoteBytesMax));
}

Response published_retention(const Request& request, const Caller& caller, Services& services) {
  const auto log = log_of(request, caller, services);
  if (!log.ok()) return render(log.error(), request.id);
  return file_response(
      request, "text/plain; charset=utf-8", kForSeconds,
      read_file(published_retention_file(services.config.published, *log), kRetentionBytesMax));
}

Response published_tile(const Request& request, const Caller& caller, Services& services) {
  const auto file = parse_tile_file_path("tile/" + request.param("path"));
  if (!file) return render(not_published(), request.id);
  const auto log = log_of(request, caller, services);
  if (!log.ok()) return render(log.error(), request.id);
  return file_response(request, "application/octet-stream", kForEver,
                       read_tile(services.config.published, *log, *file));
}

Response published_timestamps(const Request& request, const Caller& caller, Services& services) {
  const auto log = log_of(request, caller, services);
  if (!log.ok()) return render(log.error(), request.id);
  const auto sizes = stamped_sizes(published_log(services.config.published, *log));
  if (!sizes.ok()) return render(sizes.error(), request.id);
  JsonWriter out;
  out.begin_object().key("sizes").begin_array();
  for (const std::uint64_t size : *sizes) out.integer(static_cast<std::int64_t>(size));
  return json_response(200, out.end_array().end_object().take());
}

Response published_timestamp(const Request& request, const Caller& caller, Services& services) {
  const auto file = parse_stamp_file_name(request.param("file"));
  if (!file) return render(not_published(), request.id);
  const auto log = log_of(request, caller, services);
  if (!log.ok()) return render(log.error(), request.id);
  const StaticText type = file->kind == StampFile::Kind::kAnswer ? kTimestampReply : kText;
  return file_response(request, type, kForEver,
                       read_stamp_file(published_log(services.config.published, *log), *file));
}

}  // namespace assent
