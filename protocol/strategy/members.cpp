#include "protocol/strategy/members.hpp"

#include <array>

namespace assay::protocol {

void CheatTerms::describe(Fields& field) {
  static constexpr std::array<std::string_view, 5> kDefences{"concede", "lie", "stall",
                                                             "contradict", "rerun"};
  field("hurry", hurry, "Report as soon as the work is pretended, not after the honest time.");
  field("defence", defence, kDefences, "What an accused cheat does in a dispute.");
}

Act CheatTerms::act(const MoveFacts& facts) const {
  if (!facts.cheated) return Act::Truth;
  if (defence == "lie") return Act::Lie;
  if (defence == "stall") return Act::Stall;
  if (defence == "contradict") return Act::Contradict;
  if (defence == "rerun") return Act::Truth;  // and the distance of the claim decides
  return Act::Concede;
}

}  // namespace assay::protocol
