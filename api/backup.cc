#include "api/backup.h"

#include <fstream>
#include <thread>

#include "api/backup_files.h"
#include "api/installation.h"
#include "api/json.h"
#include "api/output_file.h"
#include "audit/log_store.h"
#include "audit/signer_state.h"
#include "audit/tile_files.h"
#include "core/child_process.h"
#include "core/digest.h"
#include "core/file.h"
#include "core/key_epochs.h"
#include "core/sealed_stream.h"

namespace assent {
namespace {

constexpr std::string_view kSchema = "assent-backup/1";
constexpr std::string_view kManifest = "manifest";
constexpr std::string_view kDump = "dump";
constexpr std::size_t kReadBytes = 1 << 16;
constexpr std::size_t kManifestBytesMax = 16 << 20;

constexpr int kOwnerLooks = 100;
constexpr std::chrono::milliseconds kOwnerPause{100};
constexpr StaticText kOwnerSessions =
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
    "usename = 'assent_owner' AND pid <> pg_backend_pid()";
constexpr StaticText kTables =
    "SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace LIMIT 1";

std::string_view word(BackupOf of) {
  return of == BackupOf::kData ? "data" : "safe";
}

std::vector<std::string> client(std::vector<std::string> command, const DatabaseConfig& cluster,
                                const std::string& role) {
  const std::vector<std::string> more{
      "--no-password", "--host", cluster.host, "--port",        std::to_string(cluster.port),
      "--username",    role,     "--dbname",   cluster.database};
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

Result<std::map<TenantId, std::uint64_t>> log_sizes(Database& log_reader) {
  return in_tx(log_reader, TenantId{}, [](Tx& tx) -> Result<std::map<TenantId, std::uint64_t>> {
    std::map<TenantId, std::uint64_t> sizes;
    const Rows rows = tx.query("SELECT tenant, size FROM audit_head");
    for (const auto& row : rows) {
      sizes[row.id<TenantId>(0)] = static_cast<std::uint64_t>(row.integer(1));
    }
    return sizes;
  });
}

std::string manifest_json(const BackupManifest& manifest) {
  JsonWriter out;
  out.begin_object();
  out.key("schema").text(kSchema);
  out.key("of").text(word(manifest.of));
  out.key("log_host").text(manifest.log_host);
  out.key("taken_at").text(to_rfc3339(manifest.taken_at));
  out.key("epoch").integer(manifest.epoch);
  out.key("logs").begin_array();
  for (const auto& [log, size] : manifest.log_sizes) {
    out.begin_object();
    out.key("log").text(log.text());
    out.key("size").integer(static_cast<std::int64_t>(size));
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return out.take();
}

Result<BackupManifest> parse_manifest(std::string_view json) {
  const Error unknown{ErrorCode::kInvalid, "a backup of another version"};
  JsonReader in(json);
  const std::string schema = in.text("schema");
  const std::string of = in.text("of");
  BackupManifest manifest;
  manifest.log_host = in.text("log_host");
  const auto taken_at = parse_rfc3339(in.text("taken_at"));
  manifest.epoch = static_cast<std::uint32_t>(in.integer("epoch", 0, UINT32_MAX));
  for (JsonReader& one : in.objects("logs")) {
    const auto log = TenantId::parse(one.text("log"));
    const std::int64_t size = one.integer("size", 0, INT64_MAX);
    if (log) manifest.log_sizes[*log] = static_cast<std::uint64_t>(size);
  }
  if (!in.finish().ok() || schema != kSchema || !taken_at) return unknown;
  if (of != word(BackupOf::kData) && of != word(BackupOf::kSafe)) return unknown;
  manifest.of = of == word(BackupOf::kData) ? BackupOf::kData : BackupOf::kSafe;
  manifest.taken_at = *taken_at;
  return manifest;
}

Result<BackupManifest> manifest_of_now(Services& services, BackupOf of) {
  const auto epoch = epoch_in_use(services.safe);
  if (!epoch.ok()) return epoch.error();
  auto sizes = log_sizes(services.sequencing);
  if (!sizes.ok()) return sizes.error();
  return BackupManifest{of, services.config.log_host, services.clock.now(), *epoch,
                        *std::move(sizes)};
}

Status write_dump(const DatabaseConfig& cluster, SealedWriter& out, std::uint64_t& bytes,
                  const BackupProgress& progress) {
  auto dump = ChildProcess::start(
      client({"pg_dump", "--format=custom", "--compress=1", "--no-unlogged-table-data"}, cluster,
             "assent_backup"),
      ChildProcess::Pipe::kOutput);
  if (!dump.ok()) return dump.error();
  out.begin_section(kDump);
  for (;;) {
    const auto part = dump->read(kReadBytes);
    if (!part.ok()) return part.error();
    if (part->empty()) break;
    out.write(*part);
    bytes += part->size();
    if (progress) progress(bytes);
  }
  if (dump->wait() == 0) return Unit{};
  return Error{
      ErrorCode::kUnavailable,
      "pg_dump could not read the cluster: does the role assent_backup exist (roles.sql)?"};
}

Result<Hash32> file_hash(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  Sha256Stream hash;
  std::string part(kReadBytes, '\0');
  while (in.read(part.data(), static_cast<std::streamsize>(part.size())) || in.gcount() > 0) {
    hash.update(as_bytes(std::string_view(part).substr(0, static_cast<std::size_t>(in.gcount()))));
  }
  if (!in.eof()) return Error{ErrorCode::kUnavailable, "the backup cannot be read"};
  return hash.finish();
}

Result<EventId> tell(Services& services, BackupOf of, const Hash32& hash) {
  return in_tx(services.data, TenantId{}, [&](Tx& tx) -> Result<EventId> {
    Leaf leaf = leaf_of(installation_act(), AuditEvent::kBackupTaken);
    leaf.object_kind = of == BackupOf::kData ? ObjectKind::kRecord : ObjectKind::kKey;
    leaf.record_hash = hash;
    return services.journal.append(tx, leaf);
  });
}

// Walks through a backup. `look` gets each section and reads of it what it wants.
using SectionLook = std::function<Status(const std::string& name, SealedReader& reader)>;
Status for_each_section(const std::filesystem::path& file, const SecretKey& identity,
                        const SectionLook& look) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error{ErrorCode::kNotFound, "there is no such backup"};
  SealedReader reader(in);
  if (auto opened = reader.open(identity); !opened.ok()) return opened;
  for (;;) {
    const auto section = reader.next_section();
    if (!section.ok()) return section.error();
    if (!*section) return Unit{};
    if (auto looked = look(**section, reader); !looked.ok()) return looked;
  }
}

Result<std::string> read_section(SealedReader& reader, std::size_t bytes_max) {
  std::string text;
  for (;;) {
    const auto part = reader.read();
    if (!part.ok()) return part.error();
    if (part->empty()) return text;
    text += as_text(*part);
    if (text.size() > bytes_max) return Error{ErrorCode::kInvalid, "a backup of another version"};
  }
}

// kConflict: it holds an installation. A pg_restore whose starter was killed is given the time to
// die.
Status check_empty(const DatabaseConfig& cluster) {
  const SystemClock clock;
  Database owner(as_role(cluster, "assent_owner", 1), clock);
  for (int look = 0;; ++look) {
    const auto others = in_tx(owner, TenantId{}, [](Tx& tx) -> Result<std::int64_t> {
      return tx.query(kOwnerSessions)[0].integer(0);
    });
    if (!others.ok()) return others.error();
    if (*others == 0) break;
    if (look == kOwnerLooks) {
      return Error{ErrorCode::kConflict, "another command works on the database: stop it first"};
    }
    std::this_thread::sleep_for(kOwnerPause);
  }
  const auto tables =
      in_tx(owner, TenantId{}, [](Tx& tx) -> Result<bool> { return !tx.query(kTables).empty(); });
  if (!tables.ok()) return tables.error();
  if (!*tables) return Unit{};
  return Error{ErrorCode::kConflict,
               "the database holds an installation already: a backup is loaded into an empty one"};
}

Status feed(SealedReader& reader, ChildProcess& restore, const BackupProgress& progress) {
  for (std::uint64_t bytes = 0;;) {
    const auto part = reader.read();
    if (!part.ok()) return part.error();
    if (part->empty()) return Unit{};
    if (auto written = restore.write(*part); !written.ok()) return written;
    bytes += part->size();
    if (progress) progress(bytes);
  }
}

}  // namespace

Result<TakenBackup> take_backup(Services& services, BackupOf of, const std::filesystem::path& file,
                                const BackupProgress& progress) {
  const auto& recipient = services.config.backup.recipient;
  if (!recipient) {
    return Error{ErrorCode::kInvalid,
                 "the configuration names no backup.recipient: 'assent keys new-backup-key' makes "
                 "one"};
  }
  if (std::filesystem::exists(file)) {
    return Error{ErrorCode::kConflict, "the file exists already and is never overwritten"};
  }
  const auto manifest = manifest_of_now(services, of);
  if (!manifest.ok()) return manifest.error();
  TakenBackup taken;
  {
    OutputFile output(file);
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    SealedWriter out(output.stream(), *recipient, services.random);
    out.begin_section(kManifest);
    out.write(as_bytes(manifest_json(*manifest)));
    const DatabaseConfig& cluster =
        of == BackupOf::kData ? services.config.data : services.config.safe;
    auto dumped = write_dump(cluster, out, taken.bytes, progress);
    if (!dumped.ok()) return dumped.error();
    if (of == BackupOf::kData) {
      if (auto written = write_files(services.config, out); !written.ok()) return written.error();
    }
    out.finish();
    if (!output.finish() || !sync_file(file).ok()) {
      std::filesystem::remove(file);
      return Error{ErrorCode::kUnavailable, "the backup could not be written to disk"};
    }
  }
  const auto hash = file_hash(file);
  if (!hash.ok()) return hash.error();
  const auto leaf = tell(services, of, *hash);
  if (!leaf.ok()) return leaf.error();
  taken.leaf = *leaf;
  taken.bytes = std::filesystem::file_size(file);
  return taken;
}

Result<CheckedBackup> check_backup(const std::filesystem::path& file, const SecretKey& identity,
                                   const BackupProgress& progress) {
  std::optional<BackupManifest> manifest;
  std::uint64_t bytes = 0;
  auto walked = for_each_section(file, identity,
                                 [&](const std::string& name, SealedReader& reader) -> Status {
                                   if (name == kManifest && !manifest) {
                                     const auto text = read_section(reader, kManifestBytesMax);
                                     if (!text.ok()) return text.error();
                                     auto read = parse_manifest(*text);
                                     if (!read.ok()) return read.error();
                                     manifest = *std::move(read);
                                   }
                                   for (;;) {
                                     const auto part = reader.read();
                                     if (!part.ok()) return part.error();
                                     if (part->empty()) return Unit{};
                                     bytes += part->size();
                                     if (progress) progress(bytes);
                                   }
                                 });
  if (!walked.ok()) return walked.error();
  if (!manifest) return Error{ErrorCode::kInvalid, "a backup of another version"};
  const auto hash = file_hash(file);
  if (!hash.ok()) return hash.error();
  return CheckedBackup{*std::move(manifest), *hash};
}

Result<bool> is_told_by_log(const std::filesystem::path& published, const Hash32& hash) {
  const auto told = read_published(published, TenantId{});
  if (!told.ok()) return told.error();
  if (!*told || !(*told)->checkpoint) return false;
  const std::uint64_t size = (*told)->checkpoint->size;
  const FileTiles files(published_log(published, TenantId{}));
  // The newest first: a backup that is used is rarely an old one.
  for (std::uint64_t bundle = (size + kTileWidth - 1) / kTileWidth; bundle-- > 0;) {
    const auto width =
        static_cast<unsigned>(std::min<std::uint64_t>(kTileWidth, size - bundle * kTileWidth));
    const auto entries = files.entries(bundle, width);
    if (!entries.ok() && entries.error().code == ErrorCode::kNotFound) return false;  // Pruned.
    if (!entries.ok()) return entries.error();
    for (const Bytes& entry : *entries) {
      const auto leaf = decode(entry);
      if (leaf.ok() && leaf->event == AuditEvent::kBackupTaken && leaf->record_hash == hash) {
        return true;
      }
    }
  }
  return false;
}

Status load_backup(const Config& config, BackupOf of, const std::filesystem::path& file,
                   const SecretKey& identity, const BackupProgress& progress) {
  const DatabaseConfig& cluster = of == BackupOf::kData ? config.data : config.safe;
  if (auto empty = check_empty(cluster); !empty.ok()) return empty;
  const Error failed{ErrorCode::kUnavailable,
                     "pg_restore could not load the backup: the cluster's log says why"};
  return for_each_section(
      file, identity, [&](const std::string& name, SealedReader& reader) -> Status {
        if (name != kDump) return Unit{};
        auto restore = ChildProcess::start(
            client({"pg_restore", "--no-owner", "--exit-on-error", "--single-transaction"}, cluster,
                   "assent_owner"),
            ChildProcess::Pipe::kInput);
        if (!restore.ok()) return restore.error();
        const auto fed = feed(reader, *restore, progress);
        if (!fed.ok() && fed.error().code == ErrorCode::kCorrupt) return fed;
        // It may have had enough before the end of the dump.
        return restore->wait() == 0 ? Status(Unit{}) : Status(failed);
      });
}

Result<std::size_t> extract_files(const std::filesystem::path& file, const SecretKey& identity,
                                  const std::filesystem::path& directory) {
  std::error_code ignored;
  if (std::filesystem::exists(directory, ignored) && !std::filesystem::is_empty(directory)) {
    return Error{ErrorCode::kConflict, "the directory is not empty: name another one"};
  }
  std::size_t files = 0;
  auto walked = for_each_section(file, identity,
                                 [&](const std::string& name, SealedReader& reader) -> Status {
                                   if (name == kManifest || name == kDump) return Unit{};
                                   ++files;
                                   return read_file_section(name, reader, directory);
                                 });
  if (!walked.ok()) return walked.error();
  return files;
}

}  // namespace assent
