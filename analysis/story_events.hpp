#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "analysis/story.hpp"
#include "protocol/model.hpp"

// What `assay why` gathers while a market runs: which events concern a subject, and where its money
// went. It says nothing; that is the telling's part.
namespace assay::analysis {

/// What an event is about, as it stood before.
struct Scene {
  protocol::Event event;
  std::optional<protocol::JobRow> job;
  std::optional<protocol::TaskRow> task;
  std::optional<protocol::LeaseRow> lease;
  std::optional<protocol::AuditRow> audit;
  std::optional<protocol::DisputeRow> dispute;
  protocol::TaskId task_id;
  protocol::LeaseId lease_id;
  protocol::DisputeId dispute_id;
  protocol::IdentityId identity{};
  std::uint32_t challenger = protocol::kNone;  ///< whose bond it is
  bool reviewing = false;
  bool gone = false;
};

/// A move of money, before it is put into words.
struct Move {
  protocol::Account from;
  protocol::Account to;
  protocol::PrincipalId payer{};
  protocol::Outside outside{};
  std::int64_t micro = 0;
  bool dollars = false;
  protocol::Reason reason{};
};

/// The event being handled, seen from one subject, and the subject's accounts over the whole run.
class StoryEvents {
 public:
  StoryEvents(const protocol::Model& model, Subject subject);

  /// An event begins; the rows that it is about are kept as they stand before it.
  void begin(const protocol::Event& event);
  /// It moved money.
  void take(const Move& move);
  /// It asked for prices. Where the subject is concerned: how many freed machines the task had
  /// found too dear before; none where it is not, or where that is all that happened.
  [[nodiscard]] std::optional<std::uint32_t> auctioned(const protocol::AuctionNote& note);
  /// A principal's balance begins here.
  void start_measuring();

  [[nodiscard]] const Scene& scene() const { return scene_; }
  [[nodiscard]] const std::vector<Move>& moves() const { return moves_; }
  [[nodiscard]] bool is_principal() const { return subject_.kind == SubjectKind::Principal; }
  [[nodiscard]] bool mine(std::uint32_t identity) const {
    return is_principal() && identity != protocol::kNone &&
           world_.identities[identity].owner == principal_;
  }
  [[nodiscard]] bool mine(const protocol::JobRow& job) const {
    return is_principal() ? mine(job.requester) : job.serial == subject_.id;
  }
  [[nodiscard]] bool owns(protocol::Account account) const;
  /// Whether the job, the lease, the audit or the dispute that the event is about is the subject's.
  [[nodiscard]] bool is_party() const;
  /// Whether the subject's verifiers are called to the lease that has just ended.
  [[nodiscard]] bool is_called() const;
  /// Whether the event is part of the subject's story.
  [[nodiscard]] bool concerns() const;
  [[nodiscard]] bool belongs(const Move& move) const;
  [[nodiscard]] bool has(protocol::Reason reason) const {
    return std::any_of(moves_.begin(), moves_.end(),
                       [reason](const Move& move) { return move.reason == reason; });
  }
  /// All moves of the event for one reason, in millionths.
  [[nodiscard]] std::int64_t sum(protocol::Reason reason) const;

  // Over the whole run.
  [[nodiscard]] const std::map<protocol::Reason, BalanceRow>& flows() const { return flows_; }
  [[nodiscard]] bool measuring() const { return measuring_; }
  [[nodiscard]] protocol::Tokens start_tokens() const { return start_tokens_; }
  [[nodiscard]] protocol::Usd start_purse() const { return start_purse_; }
  [[nodiscard]] protocol::Tokens tokens_held() const;
  [[nodiscard]] std::uint64_t jobs_seen() const { return jobs_seen_; }
  [[nodiscard]] std::uint64_t asked() const { return asked_; }  ///< for a price
  [[nodiscard]] std::uint64_t won() const { return won_; }      ///< of these, leases
  [[nodiscard]] protocol::JobId job_id() const { return job_id_; }

 private:
  void find_new_job();
  void count(const Move& move);

  const protocol::World& world_;
  Subject subject_;
  std::uint32_t principal_ = protocol::kNone;

  // The event being handled.
  Scene scene_;
  std::vector<Move> moves_;
  bool auctioned_ = false;

  // The whole run.
  std::map<protocol::Reason, BalanceRow> flows_;
  std::map<std::uint64_t, std::uint32_t> passed_over_;  ///< by task key: freed machines, too dear
  std::uint64_t jobs_seen_ = 0;
  std::uint64_t asked_ = 0;
  std::uint64_t won_ = 0;
  bool measuring_ = false;
  protocol::Tokens start_tokens_;
  protocol::Usd start_purse_;
  protocol::JobId job_id_;
};

}  // namespace assay::analysis
