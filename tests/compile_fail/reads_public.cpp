// Compiles: all that a strategy may know when it decides. The counterpart to reads_private.cpp,
// which differs by one expression.
#include "protocol/strategy/strategy.hpp"
#include "protocol/world.hpp"

namespace assay::protocol {

class Careful final : public Strategy {
 public:
  [[nodiscard]] WorkPlan work(const View& view, const WorkFacts& facts) const override {
    const bool watched = view.terms().audit_rate > percent(5);
    const bool rich = view.free() + view.unbonding() > facts.liable;
    const bool old = view.now() - view.record(view.self()).registered > std::chrono::hours(24);
    const bool lucky = view.draws(facts.segments).below(2) == 0;
    const bool mine = view.is_mine(IdentityId{0});
    return {watched || rich || old || lucky || mine ? Share{} : kWhole};
  }
};

}  // namespace assay::protocol
