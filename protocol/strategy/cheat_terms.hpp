#pragma once

#include <span>
#include <string>

#include "protocol/strategy/strategy.hpp"

namespace assay::protocol {

/// The words for what a party does in a dispute that it knows it should lose, and their acts.
[[nodiscard]] std::span<const std::string_view> defences();
[[nodiscard]] Act defence_act(std::string_view defence);

/// What cheats have in common: when they report, and how they act when they are accused.
struct CheatTerms {
  bool hurry = false;
  std::string defence = "concede";
  void describe(Fields& field);
  [[nodiscard]] Act act(const MoveFacts& facts) const;
};

}  // namespace assay::protocol
