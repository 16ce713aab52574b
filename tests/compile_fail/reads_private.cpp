// Must not compile: a strategy that looks up who owns another identity. It even includes the world,
// which the layering test forbids; the view keeps it out all the same.
#include "protocol/strategy/strategy.hpp"
#include "protocol/world.hpp"

namespace assay::protocol {

class Spy final : public Strategy {
 public:
  [[nodiscard]] VerifyPlan verify(const View& view, const VerifyFacts& facts) const override {
    const std::uint32_t owner = view.world_->identities[index(facts.provider)].owner;
    return {owner != 0};
  }
};

}  // namespace assay::protocol
