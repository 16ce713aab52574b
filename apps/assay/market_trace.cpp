#include "apps/assay/market_trace.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace assay::apps {
namespace {

enum Process : std::uint32_t { kMarket = 1, kProviders, kVerifiers, kDisputes };

}  // namespace

MarketTrace::MarketTrace(std::ostream& out, const protocol::Rules& rules)
    : trace_(out), rules_(rules) {
  trace_.name_process(kMarket, "market");
  trace_.name_process(kProviders, "providers");
  trace_.name_process(kVerifiers, "verifiers");
  trace_.name_process(kDisputes, "disputes");
}

void MarketTrace::before(const protocol::World& world, const protocol::Event& event) {
  const sim::SimTime now = world.engine.now();
  switch (event.kind) {
    case protocol::EventKind::kLeaseEnd: {
      const auto id = protocol::LeaseId::unpack(event.subject);
      const protocol::LeaseRow& lease = world.leases.at(id);
      const protocol::IdentityRow& provider = world.identities[lease.provider];
      const bool down = event.code == static_cast<std::uint16_t>(protocol::LeaseEnd::kDown);
      trace_.complete(
          {kProviders, lease.provider}, down ? "lease, machine went away" : "lease",
          std::min(lease.start, now), now,
          {{"group", std::string_view(rules_.groups[protocol::index(provider.group)].name)},
           {"lease_key", static_cast<std::int64_t>(lease.key)},
           {"segments", std::int64_t{lease.segments}},
           {"price_tokens", lease.price.as_double()},
           {"bad_segments", std::int64_t{lease.bad}}});
      break;
    }
    case protocol::EventKind::kReport: {
      const auto& audit = world.audits.at(protocol::AuditId::unpack(event.subject));
      trace_.instant({kVerifiers, audit.verifier}, "report", now,
                     {{"provider", std::int64_t{world.leases.at(audit.lease).provider}},
                      {"fee_tokens", audit.fee.as_double()}});
      break;
    }
    case protocol::EventKind::kTurn: {
      const auto id = protocol::DisputeId::unpack(event.subject);
      const protocol::DisputeRow& dispute = world.disputes.at(id);
      trace_.instant({kDisputes, id.row}, "turn", now,
                     {{"challenger", std::int64_t{dispute.challenger}},
                      {"rounds", std::int64_t{dispute.state.rounds}}});
      break;
    }
    default:
      break;
  }
}

void MarketTrace::after(const protocol::World& world, const protocol::Event& event) {
  if (event.kind != protocol::EventKind::kProbe) return;
  const sim::SimTime now = world.engine.now();
  trace_.counter(kMarket, "leases", now, static_cast<std::int64_t>(world.leases.size()));
  trace_.counter(kMarket, "audits", now, static_cast<std::int64_t>(world.audits.size()));
  trace_.counter(kMarket, "disputes", now, static_cast<std::int64_t>(world.disputes.size()));
}

}  // namespace assay::apps
