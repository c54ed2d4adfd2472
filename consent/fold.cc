#include "consent/fold.h"

#include <algorithm>

namespace assent {
namespace {

using Events = std::vector<const ConsentEvent*>;

bool is_give(const ConsentEvent& e) {
  return e.action == ConsentAction::kGive || e.action == ConsentAction::kRenew;
}

bool contains(std::span<const RecordId> sorted, RecordId record) {
  return std::binary_search(sorted.begin(), sorted.end(), record);
}

template <class T>
void keep_latest(std::optional<T>& latest, const T& value) {
  if (!latest || value > *latest) latest = value;
}

class Fold {
 public:
  Fold(const FoldQuestion& question, const FoldStory& story)
      : q_(question), story_(story), channel_(static_cast<std::uint8_t>(question.channel)) {}

  Folded run() {
    out_.flags.erased = story_.erased;
    for (const StandingFlag& flag : story_.flags) add_flag(flag);
    for (const ConsentEvent* e : story_.events) {
      if (concerns(*e) && e->action == ConsentAction::kObject) add_objection(*e);
    }
    for (const Suppressions::Entry& entry : story_.suppressed) {
      if (entry.channel != 0 && entry.channel != channel_) continue;
      out_.suppressions.push_back({static_cast<Channel>(entry.channel), entry.since});
    }
    if (objected_) out_.flags.objection_dm = Denial{*objected_};
    add_key(ConsentKey::kProcessing, 0);
    if (channel_ != 0) add_key(ConsentKey::kChannel, channel_);
    return std::move(out_);
  }

 private:
  void add_flag(const StandingFlag& flag) {
    switch (flag.flag) {
      case RecordFlag::kRestriction:
        out_.flags.restriction = "restricted";  // No policy's own kind: binds under all.
        return;
      case RecordFlag::kTermination:
        out_.flags.termination_demand = true;
        return;
      case RecordFlag::kObjection:
        return keep_latest(objected_, flag.since);
      case RecordFlag::kLegalHold:
        return;
    }
  }

  void add_objection(const ConsentEvent& e) {
    if (e.channel == 0) return keep_latest(objected_, e.effective_at);
    out_.suppressions.push_back({q_.channel, e.effective_at});
  }

  bool own(const ConsentEvent& e) const { return contains(story_.own, e.record); }

  // Purpose, channel and reach: an own record's word, or that of whoever else holds the address.
  bool concerns(const ConsentEvent& e) const {
    if (e.purpose != q_.purpose || (e.channel != 0 && e.channel != channel_)) return false;
    if (own(e)) return true;
    return e.contact ? *e.contact == q_.contact : contains(story_.other_holders, e.record);
  }

  // A word of the holder about this very contact point or all of them.
  bool holders_own(const ConsentEvent& e) const {
    return e.record == q_.holder && (e.channel == 0 || !e.contact || *e.contact == q_.contact);
  }

  bool by_verified_holder(const ConsentEvent& e) const {
    return e.by_verified_holder && e.contact == q_.contact && e.channel == channel_ &&
           channel_ != 0;
  }

  // Somebody else's denial, unless the same record later gave, provenly, what it had denied.
  bool stands(const ConsentEvent& denial) const {
    return std::ranges::none_of(story_.events, [&](const ConsentEvent* e) {
      return is_give(*e) && e->record == denial.record && e->purpose == denial.purpose &&
             e->channel == denial.channel && e->effective_at > denial.effective_at &&
             (e->contact == denial.contact || e->contact == q_.contact) &&
             e->evidence == EvidenceKind::kProven && !e->pre_ticked && !e->conditional &&
             has_good_notice(*e);
    });
  }

  void add_key(ConsentKey key, std::uint8_t channel) {
    Events words;
    Events foreign;
    Events requests;
    for (const ConsentEvent* e : story_.events) {
      if (!concerns(*e) || e->channel != channel || e->action == ConsentAction::kObject) continue;
      if (holders_own(*e)) {
        (e->action == ConsentAction::kRequest ? requests : words).push_back(e);
      } else if (is_denial(e->action) && stands(*e)) {
        foreign.push_back(e);
      }
    }
    if (words.empty() && foreign.empty()) words = requests;
    for (const ConsentEvent* e : governing(words, foreign)) emit(key, *e);
  }

  static Events latest(const Events& events) {
    Events last;
    for (const ConsentEvent* e : events) {
      if (!last.empty() && e->effective_at < last.front()->effective_at) continue;
      if (!last.empty() && e->effective_at > last.front()->effective_at) last.clear();
      last.push_back(e);
    }
    return last;
  }

  // The holder's latest words, unless what others deny is not older or not lifted by them.
  Events governing(const Events& words, const Events& foreign) const {
    Events own_words = latest(words);
    if (foreign.empty()) return own_words;
    Events denials = latest(foreign);
    if (own_words.empty()) return denials;
    const bool later = own_words.front()->effective_at > denials.front()->effective_at;
    const bool lifts = std::ranges::all_of(
        own_words, [&](const ConsentEvent* e) { return !is_give(*e) || by_verified_holder(*e); });
    return later && lifts ? own_words : denials;
  }

  // A text of another purpose or channel, of a later day or that nobody knows proves nothing.
  bool has_good_notice(const ConsentEvent& e) const {
    if (!e.notice) return true;
    const auto found = story_.notices.find(*e.notice);
    if (found == story_.notices.end()) return false;
    const NoticeTerms& terms = found->second;
    const bool asks = e.channel == 0
                          ? terms.channels.empty()
                          : std::ranges::find(terms.channels, e.channel) != terms.channels.end();
    return asks && terms.purpose == e.purpose && terms.effective_from <= e.effective_at;
  }

  bool is_separate(const ConsentEvent& e) const {
    if (!e.notice) return e.separate_document;
    const auto found = story_.notices.find(*e.notice);
    return found != story_.notices.end() && found->second.separate_document;
  }

  void emit(ConsentKey key, const ConsentEvent& e) {
    Consent c;
    c.key = key;
    c.purpose = static_cast<Purpose>(e.purpose);
    c.channel = static_cast<Channel>(e.channel);
    c.state = state_of(e.action);
    c.given_at = e.effective_at;
    c.expires_at = e.expires_on;
    c.separate = is_separate(e);
    c.evidence = e.evidence == EvidenceKind::kProven && has_good_notice(e);
    c.conditional = e.conditional;
    c.pre_ticked = e.pre_ticked;
    c.lifts_suppression = is_give(e) && by_verified_holder(e);
    out_.consents.push_back(std::move(c));
  }

  static ConsentState state_of(ConsentAction action) {
    switch (action) {
      case ConsentAction::kRequest:
        return ConsentState::kPending;
      case ConsentAction::kGive:
      case ConsentAction::kRenew:
        return ConsentState::kGiven;
      case ConsentAction::kRefuse:
        return ConsentState::kRefused;
      case ConsentAction::kWithdraw:
        return ConsentState::kWithdrawn;
      case ConsentAction::kObject:
        return ConsentState::kObjected;
      case ConsentAction::kExpire:
        return ConsentState::kExpired;
      case ConsentAction::kInvalidate:
        return ConsentState::kInvalid;
    }
    return ConsentState::kInvalid;
  }

  const FoldQuestion& q_;
  const FoldStory& story_;
  const std::uint8_t channel_;
  std::optional<Timestamp> objected_;
  Folded out_;
};

}  // namespace

Folded fold(const FoldQuestion& question, const FoldStory& story) {
  return Fold(question, story).run();
}

}  // namespace assent
