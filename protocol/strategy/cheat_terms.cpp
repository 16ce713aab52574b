#include "protocol/strategy/cheat_terms.hpp"

#include <array>

namespace assay::protocol {
namespace {

constexpr std::array<std::string_view, 5> kDefences{"concede", "lie", "stall", "contradict",
                                                    "rerun"};

}  // namespace

std::span<const std::string_view> defences() { return kDefences; }

Act defence_act(std::string_view defence) {
  if (defence == "lie") return Act::Lie;
  if (defence == "stall") return Act::Stall;
  if (defence == "contradict") return Act::Contradict;
  if (defence == "rerun") return Act::Truth;  // and the distance of the claim decides
  return Act::Concede;
}

void CheatTerms::describe(Fields& field) {
  field("hurry", hurry, "Report as soon as the work is pretended, not after the honest time.");
  field("defence", defence, kDefences, "What an accused cheat does in a dispute.");
}

Act CheatTerms::act(const MoveFacts& facts) const {
  return facts.cheated ? defence_act(defence) : Act::Truth;
}

}  // namespace assay::protocol
