#pragma once

#include "protocol/strategy/strategy.hpp"

namespace assay::protocol {

/// Does the work, reports what it finds, defends what is right.
class Honest final : public Strategy {
 public:
  static constexpr auto kKind = "honest";
  static constexpr auto kSummary = "Does the work and reports the truth.";
  static constexpr Traits kTraits{.verifies = true,
                                  .catalogued = false,
                                  .noun = "honest work",
                                  .subject = "An honest provider"};
  struct Params {
    void describe(Fields&) {}
  };
  explicit Honest(const Params&) {}
  [[nodiscard]] bool hostile() const override { return false; }
};

}  // namespace assay::protocol
