#pragma once

#include <memory>

#include "protocol/ids.hpp"
#include "protocol/memory.hpp"
#include "protocol/money.hpp"
#include "protocol/scenario/fields.hpp"

namespace assay::protocol {

/// How a lease ended, as every mechanism learns it.
enum class LeaseOutcome : std::uint8_t { Accepted, HandedBack, Convicted };

/// What the market remembers of an identity's past.
class Reputation {
 public:
  static constexpr auto kFamily = "reputation";
  virtual ~Reputation() = default;
  [[nodiscard]] virtual std::unique_ptr<Memory> memory() const = 0;
  virtual void learn(Memory& memory, IdentityId provider, LeaseOutcome outcome) const = 0;
  /// Whether the identity is good enough to be given a task.
  [[nodiscard]] virtual bool trusted(const Memory& memory, IdentityId provider) const = 0;
  /// How good it is, from 0 to 1; 1 for everybody where nobody's past matters.
  [[nodiscard]] virtual Share score(const Memory&, IdentityId) const { return kWhole; }
  /// Asks for the memory of what is remembered of an identity, which will be needed soon.
  virtual void prefetch(const Memory&, IdentityId) const {}
};

/// Nobody's past matters.
class NoReputation final : public Reputation {
 public:
  static constexpr auto kKind = "none";
  static constexpr auto kSummary = "Nobody's past matters.";
  struct Params {
    void describe(Fields&) {}
  };
  explicit NoReputation(const Params&) {}
  [[nodiscard]] std::unique_ptr<Memory> memory() const override;
  void learn(Memory&, IdentityId, LeaseOutcome) const override {}
  [[nodiscard]] bool trusted(const Memory&, IdentityId) const override { return true; }
};

/// An exponential average of outcomes: 1 for accepted work, 0 for a conviction, and a stated value
/// for work handed back. Identities below the minimum are given no tasks; a new identity starts at
/// the stated score.
class ExponentialAverage final : public Reputation {
 public:
  static constexpr auto kKind = "exponential-average";
  static constexpr auto kSummary = "A moving average of outcomes; below a minimum no more tasks.";
  struct Params {
    Share weight = percent(5);
    Share start = percent(80);
    Share handed_back = percent(70);
    Share minimum = percent(50);
    void describe(Fields& field) {
      field("weight", weight, range(percent(0), percent(100)), "Weight of the newest outcome.");
      field("start", start, range(percent(0), percent(100)), "Score of a new identity.");
      field("handed_back", handed_back, range(percent(0), percent(100)),
            "What a task that was handed back counts for; accepted is 1, a conviction 0.");
      field("minimum", minimum, range(percent(0), percent(100)),
            "Identities with a lower score are given no tasks.");
    }
  };
  explicit ExponentialAverage(const Params& params) : params_(params) {}
  [[nodiscard]] std::unique_ptr<Memory> memory() const override;
  void learn(Memory& memory, IdentityId provider, LeaseOutcome outcome) const override;
  [[nodiscard]] bool trusted(const Memory& memory, IdentityId provider) const override;
  [[nodiscard]] Share score(const Memory& memory, IdentityId provider) const override;
  void prefetch(const Memory& memory, IdentityId provider) const override;

 private:
  Params params_;
};

}  // namespace assay::protocol
