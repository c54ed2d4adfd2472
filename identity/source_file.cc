#include "identity/source_file.h"

#include "captions.h"
#include "row_builder.h"

namespace assent {
namespace {

class MappedFile final : public SourceFile {
 public:
  MappedFile(std::unique_ptr<RowReader> rows, const Mapping& mapping, const PlaceCatalogue& places,
             BoundCaptions captions, Date latest)
      : rows_(std::move(rows)),
        mapping_(mapping),
        places_(places),
        captions_(std::move(captions)),
        contacts_(mapping, places, captions_, latest),
        orders_(mapping, captions_) {}

  Result<std::optional<SourceRow>> next() override {
    auto raw = rows_->next();
    if (!raw.ok()) return raw.error();
    if (!raw->has_value()) return std::optional<SourceRow>();
    ++row_index_;
    return std::optional<SourceRow>(make(**raw));
  }

  Status skip(std::uint64_t rows) override {
    for (; rows > 0; --rows) {
      auto raw = rows_->next();
      if (!raw.ok()) return raw.error();
      if (!raw->has_value()) break;
      ++row_index_;
    }
    return Unit{};
  }

  std::uint64_t row_index() const override { return row_index_; }
  std::uint64_t bytes_read() const override { return rows_->bytes_read(); }
  const CaptionFacts& captions() const override { return captions_.facts; }

 private:
  SourceRow make(const RawRow& raw) const {
    if (raw.fault()) {
      RejectedRow row =
          reject_row(raw, {raw.fault()->reason, raw.fault()->position.column, std::nullopt},
                     mapping_, captions_, places_);
      row.line = raw.fault()->position.line;
      return row;
    }
    if (mapping_.kind == RecordKind::kContacts) return keep_or_reject(contacts_.read(raw), raw);
    return keep_or_reject(orders_.read(raw), raw);
  }

  template <class Row>
  SourceRow keep_or_reject(std::variant<Row, CellFault> made, const RawRow& raw) const {
    if (auto* row = std::get_if<Row>(&made)) return std::move(*row);
    return reject_row(raw, std::get<CellFault>(std::move(made)), mapping_, captions_, places_);
  }

  std::unique_ptr<RowReader> rows_;
  const Mapping& mapping_;
  const PlaceCatalogue& places_;
  BoundCaptions captions_;
  ContactReader contacts_;
  OrderReader orders_;
  std::uint64_t row_index_ = 0;
};

}  // namespace

Result<std::unique_ptr<SourceFile>> read_source(std::unique_ptr<RowReader> rows,
                                                const Mapping& mapping,
                                                const PlaceCatalogue& places, Date latest) {
  auto captions = rows->next();
  if (!captions.ok()) return captions.error();
  if (!captions->has_value()) return Error{ErrorCode::kInvalid, "the file has no captions"};
  if ((*captions)->fault()) {
    const RowFault& fault = *(*captions)->fault();
    return Error{ErrorCode::kInvalid, fault.reason, fault.position};
  }
  auto bound = bind_captions(mapping, **captions);
  if (!bound.ok()) return bound.error();
  return Result<std::unique_ptr<SourceFile>>(
      std::make_unique<MappedFile>(std::move(rows), mapping, places, *std::move(bound), latest));
}

Result<std::unique_ptr<SourceFile>> open_source(const std::filesystem::path& path,
                                                const FileFacts& facts, const Mapping& mapping,
                                                const PlaceCatalogue& places, Date latest) {
  auto rows = open_rows(path, facts, mapping.layout);
  if (!rows.ok()) return rows.error();
  return read_source(*std::move(rows), mapping, places, latest);
}

}  // namespace assent
