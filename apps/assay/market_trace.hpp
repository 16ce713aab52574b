#pragma once

#include <iosfwd>

#include "protocol/model.hpp"
#include "sim/trace.hpp"

namespace assay::apps {

/// Draws a market as a timeline: a bar for every lease on its provider's track, marks for
/// verifiers' reports and for turns of disputes, and the numbers of open leases, audits and
/// disputes. The stream must outlive it.
class MarketTrace final : public protocol::EventObserver {
 public:
  MarketTrace(std::ostream& out, const protocol::Rules& rules);
  void before(const protocol::World& world, const protocol::Event& event) override;
  void after(const protocol::World& world, const protocol::Event& event) override;
  void finish() { trace_.finish(); }

 private:
  sim::Trace trace_;
  const protocol::Rules& rules_;
};

}  // namespace assay::apps
