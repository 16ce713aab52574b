#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "protocol/model.hpp"
#include "sim/trace.hpp"

namespace assay::analysis {

/// Draws a market for the Perfetto/Chrome viewer: a track for every slot of a provider with its
/// leases as bars, marks for audits, messages of disputes and slashes, a track for every job from
/// its posting to its end, and counters. What only the simulation knows is named `private_...`.
/// At `limit` trace events it stops, and says so in the trace. Its memory is that of what is open.
class Timeline final : public protocol::EventObserver, public protocol::LedgerObserver {
 public:
  /// The stream must outlive it, and so must the model's world and rules. It ends after `limit`
  /// events.
  Timeline(std::ostream& out, const protocol::Model& model, std::uint64_t limit);

  void before(const protocol::World& world, const protocol::Event& event) override;
  void after(const protocol::World& world, const protocol::Event& event) override;
  void auctioned(const protocol::World& world, const protocol::AuctionNote& note) override;
  void tokens_moved(protocol::Account from, protocol::Account to, protocol::Tokens amount,
                    protocol::Reason reason) override;
  void dollars_moved(protocol::PrincipalId, protocol::Outside, protocol::Usd,
                     protocol::Reason) override {}

  /// Draws what is still open up to now, and closes the trace.
  void finish();
  [[nodiscard]] bool truncated() const { return truncated_; }

 private:
  struct OpenLease {
    std::uint32_t slot = 0;
    sim::SimTime awarded;
  };
  struct OpenJob {
    std::uint64_t serial = 0;
    sim::SimTime posted;
    protocol::Tokens locked;
    protocol::Tokens paid;
  };

  /// Whether one more may be written; says so once where it may not.
  [[nodiscard]] bool may_write();
  [[nodiscard]] sim::TraceTrack provider_track(std::uint32_t identity, std::uint32_t slot);
  [[nodiscard]] sim::TraceTrack verifier_track(std::uint32_t identity);
  void end_lease(const protocol::LeaseRow& lease, std::uint64_t id, protocol::LeaseEnd why);
  void draw_job(const OpenJob& job, sim::SimTime end, bool finished, protocol::Tokens refund);

  sim::Trace trace_;
  const protocol::World& world_;
  const protocol::Rules& rules_;
  std::uint64_t limit_;
  std::uint64_t written_ = 0;
  bool truncated_ = false;
  std::set<std::pair<std::uint32_t, std::uint64_t>> named_;  ///< tracks
  std::map<std::uint64_t, OpenLease> leases_;                ///< by packed id
  std::map<std::uint32_t, std::vector<bool>> busy_;          ///< slots, by identity
  std::map<std::uint32_t, OpenJob> jobs_;                    ///< by row
  protocol::LeaseId ending_;                                 ///< of the event being handled
  std::uint64_t arriving_ = 0;                               ///< serial, likewise
};

/// Runs a market to its horizon and writes its timeline; the model is the one that was drawn.
/// `truncated`: the limit was reached.
struct DrawnRun {
  std::string digest;
  bool truncated = false;
};
[[nodiscard]] DrawnRun draw_run(const std::shared_ptr<const protocol::Rules>& rules,
                                std::uint64_t seed, std::ostream& out, std::uint64_t limit);

}  // namespace assay::analysis
