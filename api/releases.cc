#include "api/json.h"
#include "api/problem.h"
#include "api/receipt.h"
#include "api/routes.h"

// POST /v1/segments/{name}/releases; GET /v1/releases, /v1/releases/{release},
// GET /v1/releases/{release}/file; GET /v1/segments/{name}/count; POST /v1/segments/compute
namespace assent {
namespace {

void write_reasons(JsonWriter& out, std::string_view key, const ShownReasons& reasons) {
  out.key(key).begin_object();
  for (const auto& [reason, people] : reasons) out.key(reason).integer(people);
  out.end_object();
}

void write_funnel(JsonWriter& out, const Funnel& exact, Viewer viewer) {
  const ShownFunnel funnel = shown_funnel(exact, viewer);
  out.key("funnel").begin_object();
  out.key("matched").integer(funnel.matched);
  out.key("permitted").integer(funnel.permitted);
  write_reasons(out, "denied", funnel.denied);
  out.key("delivered");
  if (funnel.delivered) {
    out.integer(*funnel.delivered);
  } else {
    out.null();
  }
  write_reasons(out, "dropped", funnel.dropped);
  out.end_object();
}

std::string_view state_word(ReleaseState state) {
  switch (state) {
    case ReleaseState::kOpen:
      return "open";
    case ReleaseState::kStreaming:
      return "streaming";
    case ReleaseState::kDelivered:
      return "delivered";
    case ReleaseState::kAborted:
      return "aborted";
  }
  return "";
}

void write_summary(JsonWriter& out, const ReleaseSummary& release, Viewer viewer) {
  out.key("id").text(release.id.text());
  out.key("segment").text(release.segment);
  out.key("as_of").text(to_iso(release.as_of));
  out.key("purpose").text(release.purpose);
  out.key("channel").text(release.channel);
  out.key("recipient").text(release.recipient);
  out.key("state").text(state_word(release.state));
  out.key("opened_at").text(to_rfc3339(release.opened_at));
  write_funnel(out, release.funnel, viewer);
}

}  // namespace

Response create_release(const Request& request, const Caller& caller, Services& services) {
  JsonReader in(request);
  ReleaseOrder order;
  order.segment = request.param("name");
  order.purpose = in.text("purpose", 64);
  order.channel = in.text("channel", 32);
  order.recipient = in.text("recipient", 64);
  order.fields = in.texts("fields", 64);
  const auto as_of = in.optional_text("as_of", 10);
  order.as_of = utc_date(services.clock.now());
  if (as_of) {
    const auto day = parse_date(*as_of);
    if (!day) in.refuse("as_of", "a day such as 2026-11-21");
    order.as_of = day.value_or(order.as_of);
  }
  if (auto read = in.finish(); !read.ok()) return render(read.error(), request.id);
  auto opened = in_tx(services.data, caller.tenant, [&](Tx& tx) {
    return services.release_room.releases.open(
        tx, act_of(caller, PurposeCode::kDirectMarketing, request.id), order);
  });
  if (!opened.ok()) return render(opened.error(), request.id);
  JsonWriter out;
  out.begin_object();
  out.key("id").text(opened->id.text());
  write_funnel(out, opened->funnel, viewer_of(caller.role));
  out.key("file").text("/v1/releases/" + opened->id.text() + "/file?link=" + opened->link);
  out.key("file_ends_at").text(to_rfc3339(opened->link_ends_at));
  return with_receipt(201, out, caller.tenant, opened->leaf, services);
}

Response read_release(const Request& request, const Caller& caller, Services& services) {
  const auto id = ReleaseId::parse(request.param("release"));
  if (!id) return render(Error{ErrorCode::kNotFound, "no such release"}, request.id);
  std::optional<EventId> closed;
  auto release = in_tx(services.data, caller.tenant, [&](Tx& tx) {
    auto found = services.release_room.releases.find(tx, *id);
    if (found.ok()) closed = Releases::closing_entry(tx, *found);
    return found;
  });
  if (!release.ok()) return render(release.error(), request.id);
  const Viewer viewer = viewer_of(caller.role);
  JsonWriter out;
  out.begin_object();
  write_summary(out, *release, viewer);
  // The opening manifest has exact counts; the closing one is made for the recipient.
  if (viewer == Viewer::kExact) out.key("opening_manifest").text(release->opening);
  if (release->closing) out.key("closing_manifest").text(*release->closing);
  if (closed) out.key("closing_receipt_at").text(receipt_place(*closed));
  return json_response(200, out.end_object().take());
}

Response list_releases(const Request& request, const Caller& caller, Services& services) {
  auto all =
      in_tx(services.data, caller.tenant, [&](Tx& tx) -> Result<std::vector<ReleaseSummary>> {
        return services.release_room.releases.list(tx, {}, Releases::kListMax);
      });
  if (!all.ok()) return render(all.error(), request.id);
  JsonWriter out;
  out.begin_object().key("releases").begin_array();
  for (const ReleaseSummary& release : *all) {
    out.begin_object();
    write_summary(out, release, viewer_of(caller.role));
    out.end_object();
  }
  return json_response(200, out.end_array().end_object().take());
}

Response download_release(const Request& request, const Caller& caller, Services& services) {
  if (auto known = request.query.only({"link", "format"}); !known.ok()) {
    return render(known.error(), request.id);
  }
  const auto id = ReleaseId::parse(request.param("release"));
  if (!id) return render(Error{ErrorCode::kNotFound, "no such release"}, request.id);
  const auto format = request.query.get("format").value_or("csv");
  if (format != "csv" && format != "ndjson") {
    return render(Error{ErrorCode::kInvalid, "a format is csv or ndjson"}, request.id);
  }
  // Looking does not spend the link.
  if (request.method == Method::kHead) return no_content();
  const FileFormat chosen = format == "csv" ? FileFormat::kCsv : FileFormat::kNdjson;
  auto body = services.release_room.deliveries.start(
      caller.tenant, act_of(caller, PurposeCode::kDirectMarketing, request.id), *id,
      request.query.get("link").value_or(""), chosen);
  if (!body.ok()) return render(body.error(), request.id);
  return chosen == FileFormat::kCsv ? stream_response("text/csv; charset=utf-8", std::move(*body))
                                    : stream_response("application/x-ndjson", std::move(*body));
}

Response compute_segments(const Request& request, const Caller& caller, Services& services) {
  JsonReader in(request);
  const auto as_of = parse_date(in.text("as_of", 10));
  if (!as_of) in.refuse("as_of", "a day such as 2026-11-21");
  if (auto read = in.finish(); !read.ok()) return render(read.error(), request.id);
  auto run = in_tx(services.data, caller.tenant, [&](Tx& tx) {
    return services.release_room.traits.compute(
        tx, act_of(caller, PurposeCode::kAnalytics, request.id), *as_of);
  });
  if (!run.ok()) return render(run.error(), request.id);
  JsonWriter out;
  out.begin_object();
  out.key("run").text(run->id.text());
  out.key("as_of").text(to_iso(run->as_of));
  out.key("rule").text(run->rule);
  out.key("profiles").integer(shown_count(run->profiles, viewer_of(caller.role)));
  return json_response(200, out.end_object().take());
}

Response count_segment(const Request& request, const Caller& caller, Services& services) {
  const auto as_of = parse_date(request.query.get("as_of").value_or(""));
  if (!as_of) {
    return render(Error{ErrorCode::kInvalid, "as_of is a day such as 2026-11-21"}, request.id);
  }
  auto count = in_tx(services.data, caller.tenant, [&](Tx& tx) {
    return services.release_room.traits.count(tx, request.param("name"), *as_of,
                                              viewer_of(caller.role));
  });
  if (!count.ok()) return render(count.error(), request.id);
  JsonWriter out;
  out.begin_object().key("profiles").integer(*count).end_object();
  return json_response(200, out.take());
}

}  // namespace assent
