#include "identity/importer.h"

#include <future>
#include <memory>

#include "erased_rows.h"
#include "identity/decode/inspect.h"
#include "identity/search.h"
#include "identity/source_file.h"
#include "import_state.h"
#include "ingest_contacts.h"
#include "ingest_orders.h"
#include "kept_denials.h"

namespace assent {
namespace {

// Rows of one group, by what they are.
struct Group {
  std::vector<PreparedContact> contacts;
  std::vector<OrderRow> orders;
  std::vector<RejectedRow> rejected;
  std::uint64_t rows = 0;
  std::uint64_t bytes_read = 0;  // Of the file, with this group.
};

std::vector<ErasureMarker> reject_markers(const BatchPlan::Reject& reject, const TagMaker& tags,
                                          std::int16_t source) {
  std::vector<ErasureMarker> markers;
  for (const HeldTag& held : reject.held) {
    if (held.kind == kExternalIdIndex) {
      markers.push_back(source_marker(tags, source, held.tag));
    } else {
      const bool is_card = held.kind == kCardIndex;
      markers.push_back(
          marker_of(tags, is_card ? MarkerKind::kCard : MarkerKind::kAddress, held.tag));
    }
  }
  return markers;
}

void note_warnings(const Group& group, ImportReport& report) {
  const auto note = [&report](const std::vector<RowWarning>& warnings) {
    for (const RowWarning& warning : warnings) {
      WarningSeen& seen =
          report.warnings_by_kind[{std::string(warning.reason.view()), warning.column}];
      if (seen.rows++ == 0) seen.first_line = warning.line;
    }
  };
  for (const PreparedContact& one : group.contacts) note(one.row.warnings);
  for (const OrderRow& one : group.orders) note(one.warnings);
}

// One run over one file.
class Run {
 public:
  Run(const ImportServices& services, TenantId tenant, const Act& act, const ImportRequest& request,
      TagMaker tags)
      : services_(services),
        tenant_(tenant),
        act_(act),
        request_(request),
        tags_(std::move(tags)),
        fields_(services.fields),
        preparer_(tags_, fields_, services.blocked) {}

  Status open() {
    auto facts = inspect(request_.file, request_.mapping->encoding);
    if (!facts.ok()) return facts.error();
    facts_ = *facts;
    auto file = open_source(request_.file, facts_, *request_.mapping, services_.places,
                            latest_day(services_.data.clock().now()));
    if (!file.ok()) return file.error();
    file_ = std::move(*file);
    report_.unknown_columns = file_->captions().unknown_columns;
    auto begun = in_tx(services_.data, tenant_, [&](Tx& tx) { return begin(tx); });
    if (!begun.ok()) return begun;
    report_.resumed = state_.rows_read > 0;
    return file_->skip(state_.rows_read);
  }

  // A group is read and prepared while the one before it is stored.
  Status read(const std::function<void(const ImportProgress&)>& on_progress,
              const std::atomic<bool>& stop) {
    auto next = read_ahead();
    while (!stop) {
      auto group = next.get();
      if (!group.ok()) return group.error();
      if (group->rows == 0) return finish();
      next = read_ahead();
      auto stored = in_tx(services_.data, tenant_,
                          [&](Tx& tx) -> Result<Written> { return store(tx, *group); });
      if (!stored.ok()) return stored.error();
      count(*group, *stored);
      auto planned = keep_statistics();
      if (!planned.ok()) return planned;
      on_progress({state_.rows_read, group->bytes_read, facts_.bytes});
    }
    return Unit{};
  }

  ImportReport report() const {
    ImportReport report = report_;
    report.import = state_.id;
    report.rows_read = state_.rows_read;
    report.stored = state_.counts.stored;
    report.unchanged = state_.counts.unchanged;
    report.rejected = state_.counts.rejected;
    report.denials_kept = state_.counts.denials_kept;
    report.warnings = state_.counts.warnings;
    return report;
  }

 private:
  struct Written {
    RowCounts counts;
    MadeCounts made;
    std::size_t links = 0;
  };

  std::future<Result<Group>> read_ahead() {
    return std::async(std::launch::async, [this] { return read_group(); });
  }

  Result<Group> read_group() const {
    Group group;
    while (group.rows < Importer::kBatchRows) {
      auto row = file_->next();
      if (!row.ok()) return row.error();
      if (!row->has_value()) break;
      add(group, std::move(**row));
    }
    group.bytes_read = file_->bytes_read();
    return group;
  }

  void add(Group& group, SourceRow row) const {
    ++group.rows;
    if (auto* contact = std::get_if<ContactRow>(&row)) {
      group.contacts.push_back(preparer_.prepare(std::move(*contact), source_.id));
    } else if (auto* order = std::get_if<OrderRow>(&row)) {
      group.orders.push_back(std::move(*order));
    } else {
      group.rejected.push_back(std::move(std::get<RejectedRow>(row)));
    }
  }

  // A row that the decoder could not take.
  BatchPlan::Reject as_reject(const RejectedRow& row) const {
    BatchPlan::Reject reject{row.line, row.column, row.reason, row.field ? row.field->text() : "",
                             {},       {},         {}};
    reject.values.push_back({fields_.raw_row, FieldType::kText, row.raw.duplicate()});
    reject.denied = denied_by(row, source_.id, tags_, services_.blocked);
    if (reject.denied.external) {
      reject.held.push_back({{}, *reject.denied.external, kExternalIdIndex});
    }
    for (const ValueTag& value : reject.denied.addresses) {
      reject.held.push_back({{}, value.tag, value.kind});
    }
    for (const Plaintext& card : row.cards) {
      reject.held.push_back({{}, tags_.tag(kCardIndex, card.reveal()), kCardIndex});
    }
    return reject;
  }

  Leaf import_leaf(AuditEvent event) const {
    Leaf leaf = leaf_of(act_, event);
    leaf.object_kind = ObjectKind::kImport;
    leaf.object = state_.id;
    leaf.result_count = static_cast<std::uint32_t>(state_.rows_read);
    return leaf;
  }

  Status begin(Tx& tx) {
    lock_identity(tx);
    const Mapping& mapping = *request_.mapping;
    const Tag16 file = tags_.content_tag("file", facts_.sha256);
    if (const auto known = find_source(tx, request_.source)) {
      auto running = find_running_import(tx, known->id, file, mapping.sha256);
      if (!running.ok()) return running.error();
      if (*running) {
        source_ = *known;
        state_ = **running;
        return find_customers(tx);
      }
    }
    const EventId leaf = services_.journal.append(tx, import_leaf(AuditEvent::kImportStarted));
    const Source wanted{0, request_.source, mapping.name.text(), mapping.act_of == ActOf::kPerson};
    auto source = find_or_register_source(tx, leaf, wanted);
    if (!source.ok()) return source.error();
    source_ = *source;
    state_ = begin_import(tx, leaf, services_.random, source_.id, file, mapping.sha256);
    return find_customers(tx);
  }

  Status find_customers(Tx& tx) {
    customers_ = source_;
    if (request_.customers_of.empty()) return Unit{};
    const auto known = find_source(tx, request_.customers_of);
    if (!known) return Error{ErrorCode::kNotFound, "the source of the customers is not known"};
    customers_ = *known;
    return Unit{};
  }

  Result<Written> store(Tx& tx, const Group& group) {
    lock_identity(tx);
    const BatchScope scope{services_, act_, tags_, fields_, source_, state_.id};
    BatchPlan plan(fields_);
    const RowsTell tell =
        file_->captions().describes_persons ? RowsTell::kPerson : RowsTell::kStatements;
    auto keys = plan_contacts(tx, scope, group.contacts, tell, plan);
    if (!keys.ok()) return keys.error();
    Occurrences occurrences;
    const OrderRules rules{customers_, request_.mapping->corrections};
    plan_orders(tx, scope, rules, group.orders, state_.id, occurrences, plan);
    plan_rejected(tx, group.rejected, plan);
    plan_denials(tx, scope, plan);
    auto sealed = plan.seal(tenant_, services_.keys, services_.random, *keys);
    if (!sealed.ok()) return sealed.error();
    auto resolved = write_batch(tx, scope, std::move(plan.batch));
    if (!resolved.ok()) return resolved.error();
    auto counted =
        progress_import(tx, state_, state_.rows_read + group.rows, plan.counts, occurrences);
    if (!counted.ok()) return counted.error();
    return Written{plan.counts, plan.made, resolved->links_made};
  }

  // A row without a name that can be read, where somebody was erased, is taken for theirs: nothing
  // of it is kept but what it denies.
  void plan_rejected(Tx& tx, const std::vector<RejectedRow>& rows, BatchPlan& plan) {
    std::vector<BatchPlan::Reject> rejects;
    std::vector<std::vector<ErasureMarker>> markers;
    std::vector<ErasureMarker> all;
    for (const RejectedRow& row : rows) {
      rejects.push_back(as_reject(row));
      markers.push_back(reject_markers(rejects.back(), tags_, source_.id));
      all.insert(all.end(), markers.back().begin(), markers.back().end());
    }
    ErasedRows erased(tx, tags_, services_.names);
    if (!all.empty()) erased.look_up(all);
    for (std::size_t i = 0; i < rejects.size(); ++i) {
      if (erased.refuse(markers[i], std::nullopt)) {
        BatchPlan::Reject nothing = plan.erased(rejects[i].line);
        nothing.denied = std::move(rejects[i].denied);
        rejects[i] = std::move(nothing);
      }
      plan.reject(Uuid::v7(tx.now(), services_.random), Uuid::v7(tx.now(), services_.random),
                  std::move(rejects[i]));
    }
  }

  void count(const Group& group, const Written& written) {
    state_.rows_read += group.rows;
    state_.counts.stored += written.counts.stored;
    state_.counts.unchanged += written.counts.unchanged;
    state_.counts.rejected += written.counts.rejected;
    state_.counts.denials_kept += written.counts.denials_kept;
    state_.counts.warnings += written.counts.warnings;
    report_.links_made += written.links;
    report_.records_made += written.made.records;
    report_.organisations_made += written.made.organisations;
    report_.orders_made += written.made.orders;
    note_warnings(group, report_);
  }

  // After the 1st, 4th, 16th, … group: each time the tables have grown by a factor.
  Status keep_statistics() {
    if (++groups_ != next_statistics_) return Unit{};
    next_statistics_ *= 4;
    return in_tx(services_.data, tenant_, [](Tx& tx) -> Status {
      tx.query("SELECT refresh_statistics()");
      return Unit{};
    });
  }

  Status finish() {
    auto done = in_tx(services_.data, tenant_, [&](Tx& tx) -> Status {
      const EventId leaf = services_.journal.append(tx, import_leaf(AuditEvent::kImportFinished));
      finish_import(tx, leaf, state_);
      return Unit{};
    });
    report_.finished = done.ok();
    return done;
  }

  const ImportServices& services_;
  const TenantId tenant_;
  const Act& act_;
  const ImportRequest& request_;
  const TagMaker tags_;
  const ContactFields fields_;
  const ContactPreparer preparer_;
  FileFacts facts_;
  std::unique_ptr<SourceFile> file_;
  Source source_;
  Source customers_;
  ImportState state_;
  ImportReport report_;
  std::uint64_t groups_ = 0;
  std::uint64_t next_statistics_ = 1;
};

}  // namespace

Result<ImportReport> Importer::run(TenantId tenant, const Act& act, const ImportRequest& request,
                                   const std::function<void(const ImportProgress&)>& on_progress,
                                   const std::atomic<bool>& stop) {
  const Timestamp started = services_.data.clock().now();
  auto tags = services_.keys.tags(tenant, index_ids());
  if (!tags.ok()) return tags.error();
  Run run(services_, tenant, act, request, std::move(*tags));
  auto opened = run.open();
  if (!opened.ok()) return opened.error();
  auto done = run.read(on_progress, stop);
  if (!done.ok()) return done.error();
  ImportReport report = run.report();
  report.duration_us = services_.data.clock().now().us - started.us;
  return report;
}

}  // namespace assent
