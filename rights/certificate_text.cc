#include "rights/certificate_text.h"

#include "core/clock.h"
#include "core/nlohmann.h"

namespace assent {
namespace {

using Json = nlohmann::json;

// What certificates of older versions say, so that the catalogue goes on to know it.
[[maybe_unused]] constexpr StaticText kOfBefore[] = {
    "not yet: the epoch key that wrapped the destroyed keys is not yet destroyed; a later "
    "certificate will say when it was",
    "not yet: the epoch key that wrapped the destroyed keys is not yet destroyed; the "
    "installation's log says when (KEK_EPOCH_BURNED)",
    "automatic: the erasure worker"};

// Writes the lines; every text of the JSON is one of this program or of policies/, thus known to
// the catalogue.
class ActWriter {
 public:
  ActWriter(const Json& body, Language language) : body_(body), language_(language) {}

  std::string write() {
    line(say("Certificate of erasure of personal data"));
    line("");
    head();
    destroyed();
    kept();
    recipients();
    line(say("To be completed by hand before signing: {1}", joined(body_.at("to_complete"))));
    line(say("Proof: entry {1} of the log {2}; the machine-readable certificate holds its receipt.",
             text("/log/event"), text("/log/origin")));
    return std::move(out_);
  }

 private:
  template <class... Values>
  std::string say(StaticText english, const Values&... values) const {
    return fill(translate(english, language_), {shown(values)...});
  }
  // What the JSON says, in the reader's language.
  std::string said(const Json& value) const {
    return translate_stored(value.get<std::string>(), language_);
  }
  std::string said(const char* path) const { return said(at(path)); }
  const Json& at(const char* path) const { return body_.at(Json::json_pointer(path)); }
  std::string text(const char* path) const { return at(path).get<std::string>(); }
  std::string number(const char* path) const { return shown(at(path).get<std::int64_t>()); }
  std::string joined(const Json& list) const {
    std::string all;
    for (const Json& one : list) all += (all.empty() ? "" : ", ") + said(one);
    return all;
  }
  void line(const std::string& what) { out_ += what + '\n'; }

  void head() {
    line(say("Request: {1}, received {2}", text("/request"), text("/received_at")));
    line(say("Controller: {1} ({2})", text("/operator/name"), text("/operator/country")));
    line(say("Data subject, by the numbers of the records:"));
    for (const Json& one : at("/subjects")) line("  " + one.at("number").get<std::string>());
    line(say("System: {1}", joined(at("/ispdn"))));
    line("");
  }

  void destroyed() {
    line(say("Categories of personal data destroyed: {1}", joined(at("/categories"))));
    line(say("How: {1}", said("/method")));
    line(say("Why: {1}", said("/reason")));
    line(say("When: {1}", text("/destroyed_at")));
    line(say("By: {1}", said("/executors/0/position")));
    line(
        say("Deleted: record versions {1}, identifiers {2}, purchases {3}, rejected rows {4}, "
            "organisations {5}",
            number("/rows_deleted/record_versions"), number("/rows_deleted/identifiers"),
            number("/rows_deleted/purchases"), number("/rows_deleted/rejected_rows"),
            number("/rows_deleted/organisations")));
    for (const Json& one : at("/stages")) stage(one);
    line("");
  }

  void stage(const Json& stage) {
    const std::string promise = said(stage.at("promise"));
    line(stage.contains("at") ? say("Since {1}: {2}", stage.at("at").get<std::string>(), promise)
                              : say("Still to come: {1} ({2})", promise, said(stage.at("state"))));
    // A certificate of before has no steps.
    for (const Json& step : stage.value("steps", Json::array())) line("  - " + said(step));
    const Json due = stage.value("due", Json());
    if (!due.is_string()) return;
    line("  " +
         say("The round that destroys the key of epoch {1} is due on {2}; it ends when every "
             "other key is under a newer one.",
             stage.at("epoch").get<std::int64_t>(), due.get<std::string>()));
  }

  void kept() {
    line(say("What is kept, why and until when:"));
    for (const Json& one : at("/kept")) {
      line("  " + say("{1}: {2}; {3}", said(one.at("what")), said(one.at("why")), until(one)));
    }
    line("");
  }

  std::string until(const Json& kept) const {
    const auto until = kept.at("until").get<std::string>();
    if (parse_rfc3339(until)) return say("until {1}", until);
    if (!kept.contains("term_ends")) return said(kept.at("until"));
    return said(kept.at("until")) + " (" +
           say("the term is over on {1}", kept.at("term_ends").get<std::string>()) + ")";
  }

  void recipients() {
    if (at("/recipients").empty()) return;
    line(say("Recipients who had got the data and must be told:"));
    for (const Json& one : at("/recipients")) {
      line("  " + say("{1}, delivered {2}", one.at("recipient").get<std::string>(),
                      one.at("delivered_at").get<std::string>()));
    }
    line("");
  }

  const Json& body_;
  Language language_;
  std::string out_;
};

}  // namespace

Result<Plaintext> certificate_text(const Plaintext& certificate, Language language) {
  const Json body = Json::parse(certificate.reveal(), nullptr, false);
  try {
    return Plaintext(ActWriter(body, language).write());
  } catch (const Json::exception&) {
    return Error{ErrorCode::kCorrupt, "the certificate cannot be read"};
  }
}

}  // namespace assent
