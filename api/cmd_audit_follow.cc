#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>
#include <thread>
#include <utility>

#include "api/cmd_audit.h"
#include "api/entry_feed.h"
#include "api/entry_text.h"
#include "api/tls_sender.h"

// assent audit follow: every new entry to standard output or to a SIEM.
namespace assent {
namespace {

constexpr std::chrono::milliseconds kPause{500};

struct FollowOptions {
  std::filesystem::path place;
  std::string format = "jsonl";
  std::string syslog;
  std::filesystem::path authorities;
  bool once = false;
};

volatile std::sig_atomic_t stopped = 0;
void stop(int) {
  stopped = 1;
}

// Where entries go: lines of standard output, or RFC 5424 messages in the frames of RFC 5425.
class Destination {
 public:
  Destination(const FollowOptions& options, const Services& services, std::string log)
      : options_(options), services_(services), log_(std::move(log)) {}

  Status open() {
    if (options_.syslog.empty()) return Unit{};
    const auto receiver = parse_receiver(options_.syslog);
    if (!receiver.ok()) return receiver.error();
    auto sender = TlsSender::connect(*receiver, options_.authorities);
    if (!sender.ok()) return sender.error();
    sender_ = std::move(*sender);
    return Unit{};
  }

  Status take(const ViewedEntry& entry) {
    std::string text = options_.format == "cef"
                           ? entry_cef(entry, log_)
                           : entry_json(entry, services_.catalogues->fields, log_);
    if (!sender_) {
      waiting_ += text + '\n';
    } else {
      const std::string message = syslog_message(entry, services_.config.log_host, text);
      waiting_ += std::to_string(message.size()) + ' ' + message;
    }
    return Unit{};
  }

  Status flush() {
    const std::string now = std::exchange(waiting_, {});
    if (sender_) return sender_->send(now);
    std::cout << now << std::flush;
    if (std::cout) return Unit{};
    return Error{ErrorCode::kUnavailable, "the output did not take everything"};
  }

  // Standard output has what was flushed; a connection only when its other end has closed too.
  bool confirms_at_once() const { return sender_ == nullptr; }
  Status finish() { return sender_ ? sender_->finish() : Status(Unit{}); }

 private:
  const FollowOptions& options_;
  const Services& services_;
  std::string log_;
  std::string waiting_;
  std::unique_ptr<TlsSender> sender_;
};

// The entry of the reading itself: how many waited when it began.
Status tell(Services& services, const Caller& caller, std::uint64_t waiting) {
  const Act act = act_of(caller, PurposeCode::kAudit, {Uuid::v7(services.clock, services.random)});
  return in_tx(services.data, caller.tenant, [&](Tx& tx) -> Status {
    Leaf leaf = leaf_of(act, AuditEvent::kAuditRead);
    leaf.object_kind = ObjectKind::kLog;
    leaf.object = caller.tenant.value;
    leaf.result_count = static_cast<std::uint32_t>(std::min<std::uint64_t>(waiting, UINT32_MAX));
    services.journal.append(tx, leaf);
    return Unit{};
  });
}

// A connection that took a step may still lose it: its place is kept when the next was taken too.
Status send_all(EntryFeed& feed, Destination& to, bool once) {
  while (stopped == 0) {
    const std::uint64_t before = feed.place();
    const auto sent = feed.step([&](const ViewedEntry& entry) { return to.take(entry); },
                                [&] { return to.flush(); });
    if (!sent.ok()) return sent.error();
    if (*sent == 0 && once) break;
    if (*sent == 0) {
      std::this_thread::sleep_for(kPause);
    } else if (auto kept = feed.keep(to.confirms_at_once() ? feed.place() : before); !kept.ok()) {
      return kept;
    }
  }
  if (auto finished = to.finish(); !finished.ok()) return finished;
  return feed.keep(feed.place());
}

int follow(Services& services, const Caller& caller, const FollowOptions& options) {
  if (auto settled = settle_log(services, caller.tenant); !settled.ok())
    return say(settled.error());
  const auto tenant = services.tenant(caller.tenant);
  if (!tenant.ok()) return say(tenant.error());
  EntryFeed feed(services.data, caller.tenant, options.place);
  const auto waiting = feed.open();
  if (!waiting.ok()) return say(waiting.error());
  const auto origin = services.log_origin(*tenant);
  if (!origin.ok()) return say(origin.error());
  Destination to(options, services, *origin);
  if (auto opened = to.open(); !opened.ok()) return say(opened.error());
  if (auto told = tell(services, caller, *waiting); !told.ok()) return say(told.error());
  std::signal(SIGTERM, stop);
  std::signal(SIGINT, stop);
  const auto done = send_all(feed, to, options.once);
  return done.ok() ? kDone : say(done.error());
}

int run_follow(const CommandLine& line, const FollowOptions& options) {
  if (!options.syslog.empty() && options.authorities.empty()) return say("a receiver needs --ca");
  return with_caller(line, "audit.entries", [&](Services& services, const Caller& caller) {
    return follow(services, caller, options);
  });
}

}  // namespace

void add_audit_follow_command(Command& audit, CommandLine& line) {
  auto options = std::make_shared<FollowOptions>();
  Command* follow = audit.add_subcommand(
      "follow", tr("Send every new entry on, from where it stopped: to standard output or a SIEM"));
  follow->add_option("--state", options->place, tr("File that remembers how far it came"))
      ->required();
  follow->add_option("--format", options->format, tr("jsonl or cef"))
      ->one_of({"jsonl", "cef"})
      ->capture_default_str();
  follow->add_option("--syslog", options->syslog,
                     tr("Receiver of syslog over TLS: tls://HOST:PORT [standard output]"));
  follow->add_option("--ca", options->authorities,
                     tr("Certificates that the receiver's must lead to"));
  follow->add_flag("--once", options->once, tr("End when all there is was sent"));
  follow->callback([options, &line] { line.exit_code = run_follow(line, *options); });
}

}  // namespace assent
