#pragma once

#include <array>
#include <span>
#include <string>

#include "protocol/strategy/strategy.hpp"

namespace assay::protocol {

/// The words for what a party does in a dispute that it knows it should lose, and their acts.
[[nodiscard]] std::span<const std::string_view> defences();
[[nodiscard]] Act defence_act(std::string_view defence);

/// What a searched cheat tries in a dispute. A lie that is found out by a contradiction only loses
/// sooner than one that is not.
inline constexpr std::array<std::string_view, 4> kTriedDefences{"concede", "lie", "stall", "rerun"};
inline constexpr std::array<std::string_view, 2> kNoOrYes{"false", "true"};
inline constexpr SearchedParameter kSearchedDefence{"defence", 0.0, 1.0, "", kTriedDefences};
inline constexpr SearchedParameter kSearchedHurry{"hurry", 0.0, 1.0, "", kNoOrYes};

/// What cheats have in common: when they report, and how they act when they are accused.
struct CheatTerms {
  bool hurry = false;
  std::string defence = "concede";
  void describe(Fields& field);
  [[nodiscard]] Act act(const MoveFacts& facts) const;
};

}  // namespace assay::protocol
