#include "segments/delivery.h"

#include <mutex>

#include "consent/authorizer.h"
#include "consent/purpose.h"
#include "consent/vault.h"
#include "core/digest.h"
#include "delivery_lock.h"
#include "member_fields.h"
#include "release_keys.h"

namespace assent {

struct Deliveries::Parts {
  Database& data;
  const SegmentCatalogue& segments;
  const FieldCatalogue& fields;
  const PolicySet& policies;
  Country database;
  KeyStore& keys;
  Journal& journal;
  Releases releases;
  Authorizer authorizer;
  Vault vault;
  DeliveryLocks locks;

  struct Broken {
    TenantId tenant;
    Act act;
    ReleaseId release;
  };
  std::mutex mutex = {};
  std::vector<Broken> unaborted = {};
};

namespace {

constexpr StaticText kStart = "SELECT start_delivery($1, $2, $3, $4)";
constexpr StaticText kPage = R"sql(
  SELECT member_ref, profile_id, record_id, contact_tag, facts_hash FROM release_member
   WHERE tenant = $1 AND release_id = $2 AND member_ref > $3 ORDER BY member_ref LIMIT $4
)sql";
constexpr StaticText kMark = "SELECT mark_members($1, $2, $3, $4)";
constexpr StaticText kOutcome =
    "SELECT member_ref, facts_hash, coalesce(delivered, false), reason FROM release_member "
    "WHERE tenant = $1 AND release_id = $2";
constexpr StaticText kFinish = "SELECT finish_release($1, $2, $3, $4, $5, $6, $7)";
constexpr StaticText kAbort = "SELECT abort_release($1, $2, $3)";

Leaf release_leaf(const Act& act, AuditEvent event, ReleaseId release) {
  Leaf leaf = leaf_of(act, event);
  leaf.object_kind = ObjectKind::kRelease;
  leaf.object = release.value;
  return leaf;
}

// What the program does later for a token that asked (docs/decisions/0027).
Act for_token(Act act, ActorRef token) {
  act.on_behalf_of = token;
  return act;
}

void abort_in(Tx& tx, Journal& journal, const Act& act, ReleaseId release) {
  const Leaf leaf = release_leaf(act, AuditEvent::kReleaseAborted, release);
  tx.exec(kAbort, {journal.append(tx, leaf), release, tx.now()});
}

// False when it is to be tried again.
bool try_abort(Deliveries::Parts& parts, const Deliveries::Parts::Broken& one) {
  const Status aborted = in_tx(parts.data, one.tenant, [&](Tx& tx) -> Status {
    abort_in(tx, parts.journal, one.act, one.release);
    return Unit{};
  });
  // Any other refusal: the commit whose answer was lost has ended the release already.
  return aborted.ok() || (aborted.error().code != ErrorCode::kUnavailable &&
                          aborted.error().code != ErrorCode::kBusy);
}

// One release on its way out.
class Delivery {
 public:
  struct Plan {
    TenantId tenant;
    Act act;
    ReleaseDetail release;
    RegisteredRecipient recipient;
    Operator tenant_facts;
    FileFormat format;
    std::vector<ReleaseField> fields;
    TagMaker tags;
  };

  Delivery(Deliveries::Parts& parts, DeliveryLock lock, Plan plan, Date today)
      : parts_(parts),
        lock_(std::move(lock)),
        plan_(std::move(plan)),
        check_(parts.policies, plan_.tenant_facts, parse_purpose(plan_.release.purpose),
               parse_channel(plan_.release.channel), recipient_facts(plan_.recipient),
               message_facts(plan_.recipient), today),
        file_(plan_.format, plan_.release.fields),
        fields_(plan_.fields, plan_.release.segment, parts.fields.find("contact_points")->id,
                plan_.tags, parts.authorizer, parts.vault) {}
  ~Delivery() { abort(); }
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  Result<std::optional<std::string>> next() {
    if (stage_ == Stage::kEnded) return std::optional<std::string>();
    if (stage_ == Stage::kHeader) {
      stage_ = Stage::kMembers;
      if (std::string header = file_.header(); !header.empty()) return hand_out(header);
    }
    auto page = in_tx(parts_.data, plan_.tenant, [&](Tx& tx) { return read_page(tx); });
    if (!page.ok()) return fail(page.error());
    if (page->last) {
      last_ = *page->last;
      return hand_out(std::move(page->text));
    }
    auto finished = in_tx(parts_.data, plan_.tenant, [&](Tx& tx) { return finish(tx); });
    if (!finished.ok()) return fail(finished.error());
    stage_ = Stage::kEnded;
    return std::optional<std::string>();
  }

 private:
  enum class Stage { kHeader, kMembers, kEnded };
  struct Page {
    std::string text;
    std::optional<Uuid> last;  // nullopt: there are no more members.
  };
  // The members of a page, and the reason against each as it is found.
  struct Members {
    std::vector<Uuid> refs;
    std::vector<GateMember> all;
    std::vector<std::optional<Reason>> reasons;
  };

  std::optional<std::string> hand_out(std::string text) {
    content_.update(as_bytes(text));
    bytes_ += static_cast<std::int64_t>(text.size());
    return text;
  }

  Error fail(const Error& error) {
    abort();
    return error;
  }

  void abort() {
    if (stage_ == Stage::kEnded) return;
    stage_ = Stage::kEnded;
    try {
      Deliveries::Parts::Broken broken{plan_.tenant, plan_.act, plan_.release.id};
      if (try_abort(parts_, broken)) return;
      // From now on it is the program that tries, and the token's call is over.
      broken.act.actor_kind = ActorKind::kProcess;
      broken.act.actor = {};
      broken.act = for_token(broken.act, plan_.act.actor);
      const std::lock_guard lock(parts_.mutex);
      parts_.unaborted.push_back(broken);
    } catch (const std::exception&) {  // A destructor must not throw.
    }
  }

  GateQuestion question(const Tx& tx) const {
    return {static_cast<std::int16_t>(plan_.act.purpose),
            static_cast<std::int16_t>(parse_channel(plan_.release.channel)), parts_.policies.hash(),
            utc_date(tx.now())};
  }

  Members members_after(Tx& tx, Uuid last) const {
    Members members;
    const Rows rows =
        tx.query(kPage, {tx.tenant(), plan_.release.id, last, Deliveries::kPageMembers});
    for (const auto& row : rows) {
      members.refs.push_back(row.uuid(0));
      members.all.push_back({row.id<ProfileId>(1), row.id<RecordId>(2), row.tag(3), row.hash(4)});
    }
    return members;
  }

  Result<Page> read_page(Tx& tx) {
    Members members = members_after(tx, last_);
    if (members.all.empty()) return Page{};
    members.reasons = gate_members(tx, question(tx), members.all, check_);
    std::vector<GateMember> permitted;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < members.all.size(); ++i) {
      if (members.reasons[i]) continue;
      permitted.push_back(members.all[i]);
      places.push_back(i);
    }
    auto values = fields_.read(tx, plan_.act, permitted);
    if (!values.ok()) return values.error();
    Page page{{}, members.refs.back()};
    std::uint32_t delivered = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (const auto* reason = std::get_if<Reason>(&(*values)[i])) {
        members.reasons[places[i]] = *reason;
      } else {
        file_.append(page.text, members.refs[places[i]], std::get<MemberCells>((*values)[i]));
        ++delivered;
      }
    }
    mark(tx, members, delivered);
    return page;
  }

  void mark(Tx& tx, const Members& members, std::uint32_t delivered) {
    Leaf leaf = release_leaf(plan_.act, AuditEvent::kDecisionForUse, plan_.release.id);
    leaf.result_count = delivered;
    std::vector<std::optional<std::int16_t>> reasons;
    for (const auto& reason : members.reasons) {
      reasons.push_back(reason ? std::optional(static_cast<std::int16_t>(*reason)) : std::nullopt);
    }
    tx.exec(kMark, {parts_.journal.append(tx, leaf), plan_.release.id, Param::array(members.refs),
                    Param::array(reasons)});
  }

  Status finish(Tx& tx) {
    std::vector<CommittedMember> members;
    Funnel funnel = plan_.release.funnel;
    const Rows rows = tx.query(kOutcome, {tx.tenant(), plan_.release.id});
    for (const auto& row : rows) {
      members.push_back({row.uuid(0), row.hash(1), row.flag(2)});
      if (!row.is_null(3)) ++funnel.dropped[static_cast<Reason>(row.integer(3))];
    }
    auto signer = release_signer(tx, parts_.keys);
    if (!signer.ok()) return signer.error();
    const ReleaseDetail& release = plan_.release;
    const ClosingManifest manifest{
        release.id,
        sha256(as_bytes(release.opening)),
        tx.now(),
        release.purpose,
        release.channel,
        release.recipient,
        std::string(format_name(plan_.format)),
        release.fields,
        commit_delivered(release.id, std::move(members), release.policies),
        commit_reasons(release.id, release.reason_salt, funnel),
        bytes_,
        content_hash()};
    const std::string closing = sign_closing(manifest, signer->name, signer->key);
    Leaf leaf = release_leaf(plan_.act, AuditEvent::kReleaseDelivered, release.id);
    leaf.result_count = static_cast<std::uint32_t>(manifest.delivered.count);
    leaf.record_hash = sha256(as_bytes(closing));
    std::vector<std::int16_t> reasons;
    std::vector<std::int64_t> counts;
    for (const auto& [reason, count] : funnel.dropped) {
      reasons.push_back(static_cast<std::int16_t>(reason));
      counts.push_back(count);
    }
    tx.exec(kFinish,
            {parts_.journal.append(tx, leaf), release.id, closing, manifest.delivered.count,
             tx.now(), Param::array(reasons), Param::array(counts)});
    return Unit{};
  }

  // Once, also when the last transaction is repeated.
  const Hash32& content_hash() {
    if (!content_hash_) content_hash_ = content_.finish();
    return *content_hash_;
  }

  Deliveries::Parts& parts_;
  const DeliveryLock lock_;  // Let go after everything else, an abort included.
  const Plan plan_;
  const RecipientCheck check_;
  const ReleaseFile file_;
  const MemberFields fields_;
  Stage stage_ = Stage::kHeader;
  Uuid last_;
  Sha256Stream content_;
  std::optional<Hash32> content_hash_;
  std::int64_t bytes_ = 0;
};

Error no_such_link() {
  return {ErrorCode::kNotFound, "no such link, or it is spent"};
}

Result<Delivery::Plan> plan_of(Tx& tx, const Deliveries::Parts& parts, const Act& act, ReleaseId id,
                               FileFormat format) {
  auto release = parts.releases.find(tx, id);
  if (!release.ok()) return no_such_link();
  auto recipient = Recipients::find(tx, release->recipient);
  if (!recipient.ok()) return recipient.error();
  auto tenant = load_operator(tx, parts.database);
  if (!tenant.ok()) return tenant.error();
  auto tags = parts.keys.tags(tx.tenant(), {kPhoneIndex, kEmailIndex});
  if (!tags.ok()) return tags.error();
  auto purpose = Purposes::find(tx, release->purpose);
  if (!purpose.ok()) return purpose.error();
  std::vector<ReleaseField> fields;
  for (const std::string& name : release->fields) {
    const ReleaseField* field = parts.segments.release_field(release->purpose, name);
    if (field == nullptr) {
      return Error{ErrorCode::kDenied, "a field may not be released any more"};
    }
    fields.push_back(*field);
  }
  Act reading = act;
  reading.purpose = *purpose;
  return Delivery::Plan{tx.tenant(),        reading, std::move(*release), std::move(*recipient),
                        std::move(*tenant), format,  std::move(fields),   std::move(*tags)};
}

}  // namespace

Deliveries::Deliveries(Database& data, const SegmentCatalogue& segments,
                       const FieldCatalogue& fields, const PolicySet& policies, Country database,
                       KeyStore& keys, Journal& journal, Random& random)
    : parts_(new Parts{data, segments, fields, policies, database, keys, journal,
                       Releases(segments, policies, database, keys, journal, random),
                       Authorizer(journal), Vault(keys), DeliveryLocks(data)}) {}
Deliveries::~Deliveries() = default;

Result<ReleaseBody> Deliveries::start(TenantId tenant, const Act& act, ReleaseId release,
                                      std::string_view link, FileFormat format) {
  const auto secret = from_base64url(link);
  if (!secret) return no_such_link();
  auto hash = link_hash(parts_->keys, tenant, release, *secret);
  if (!hash.ok()) return hash.error();
  // Spent in a commit of its own: whatever happens from here on, the link opens nothing again.
  std::optional<DeliveryLock> lock;
  auto plan = in_tx(parts_->data, tenant, [&](Tx& tx) -> Result<Delivery::Plan> {
    const Rows spent = tx.query(kStart, {release, *hash, act.actor, tx.now()});
    if (!spent[0].flag(0)) return no_such_link();
    auto taken = parts_->locks.take(tenant, release);
    if (!taken.ok()) return taken.error();
    lock.emplace(std::move(*taken));
    return plan_of(tx, *parts_, act, release, format);
  });
  if (!plan.ok()) return plan.error();
  const Date today = utc_date(parts_->data.clock().now());
  auto delivery = std::make_shared<Delivery>(*parts_, *std::move(lock), std::move(*plan), today);
  return ReleaseBody([delivery] { return delivery->next(); });
}

Result<std::size_t> Deliveries::abort_interrupted(TenantId tenant, const Act& act) {
  return in_tx(parts_->data, tenant, [&](Tx& tx) -> Result<std::size_t> {
    const auto abandoned = DeliveryLocks::abandoned(tx);
    for (const auto& [release, asked_by] : abandoned) {
      abort_in(tx, parts_->journal, for_token(act, asked_by), release);
    }
    return abandoned.size();
  });
}

std::size_t Deliveries::retry_aborts() {
  std::vector<Parts::Broken> waiting;
  {
    const std::lock_guard lock(parts_->mutex);
    waiting.swap(parts_->unaborted);
  }
  const std::size_t done =
      std::erase_if(waiting, [&](const Parts::Broken& one) { return try_abort(*parts_, one); });
  const std::lock_guard lock(parts_->mutex);
  parts_->unaborted.insert(parts_->unaborted.end(), waiting.begin(), waiting.end());
  return done;
}

}  // namespace assent
