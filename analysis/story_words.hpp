#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/observer.hpp"
#include "protocol/world.hpp"

namespace assay::analysis {

/// Puts what a market's rows say into words. What only the simulation knows stands in brackets that
/// begin with `private`.
class StoryWords {
 public:
  StoryWords(const protocol::World& world, const protocol::Rules& rules)
      : world_(world), rules_(rules) {}

  [[nodiscard]] std::string identity(std::uint32_t identity) const;
  [[nodiscard]] std::string task(const protocol::TaskRow& task, const protocol::JobRow& job) const;
  [[nodiscard]] std::string account(protocol::Account account, const std::string& escrow) const;
  [[nodiscard]] std::string outside(protocol::Outside where) const;
  /// Who a principal is: a line each.
  [[nodiscard]] std::vector<std::string> introduction(protocol::PrincipalId principal) const;

  [[nodiscard]] std::string posted(const protocol::JobRow& job) const;
  /// `too_dear`: machines that were asked one by one before, and were above the limit.
  [[nodiscard]] std::string auction(const protocol::AuctionNote& note,
                                    const protocol::TaskRow& task, const protocol::JobRow& job,
                                    const protocol::LeaseRow* lease, std::uint32_t too_dear) const;
  [[nodiscard]] std::string lease_end(const protocol::LeaseRow& lease,
                                      const protocol::TaskRow& task, const protocol::JobRow& job,
                                      protocol::LeaseEnd why, std::uint32_t done) const;
  [[nodiscard]] std::string audit_called(const protocol::LeaseRow& lease,
                                         const protocol::TaskRow& task, const protocol::JobRow& job,
                                         const std::string& verifiers) const;
  /// The segment that this verifier rejects, or kNone; `lease` before its report.
  [[nodiscard]] std::uint32_t rejected(const protocol::AuditRow& audit,
                                       const protocol::LeaseRow& lease,
                                       const protocol::JobRow& job) const;
  [[nodiscard]] std::string report(const protocol::AuditRow& audit, const protocol::LeaseRow& lease,
                                   const protocol::JobRow& job) const;
  /// What was said in a dispute, and how it ended if that ended it.
  [[nodiscard]] std::string turn(const protocol::DisputeRow& dispute,
                                 const protocol::LeaseRow& lease, const protocol::JobRow& job,
                                 protocol::Act act) const;
  [[nodiscard]] std::string standing(const protocol::DisputeState& state) const;

 private:
  [[nodiscard]] protocol::SegmentTruth truth(const protocol::LeaseRow& lease,
                                             const protocol::JobRow& job,
                                             std::uint32_t segment) const;

  const protocol::World& world_;
  const protocol::Rules& rules_;
};

}  // namespace assay::analysis
