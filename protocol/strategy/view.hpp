#pragma once

#include <cstdint>
#include <optional>

#include "protocol/chance.hpp"
#include "protocol/ids.hpp"
#include "protocol/money.hpp"
#include "sim/time.hpp"

namespace assay::protocol {

struct World;
struct Rules;

/// What anybody may know of an identity.
struct PublicRecord {
  std::uint32_t done = 0;  ///< leases accepted
  std::uint32_t handed_back = 0;
  sim::SimTime registered;
  Share score = kWhole;  ///< of its reputation, where the market keeps one
};

/// What the rules tell everybody.
struct PublicTerms {
  Share audit_rate;
};

/// All that an actor sees when it decides: the public record, its own affairs, and its own draws.
/// Who owns another identity, what others did, and draws that are not its own are out of reach: the
/// world is a private member, and no header of this folder shows it.
class View {
 public:
  View(const World& world, const Rules& rules, IdentityId self);

  [[nodiscard]] sim::SimTime now() const;
  [[nodiscard]] IdentityId self() const { return self_; }
  [[nodiscard]] PublicRecord record(IdentityId identity) const;
  [[nodiscard]] PublicTerms terms() const;
  /// Whether an identity belongs to the same principal as this one.
  [[nodiscard]] bool is_mine(IdentityId identity) const;
  /// How long ago an audit of this identity's work ended; none: never.
  [[nodiscard]] std::optional<sim::SimDuration> since_audit() const;
  [[nodiscard]] std::uint32_t convictions() const;  ///< of all own identities
  [[nodiscard]] Tokens free() const;                ///< of all own identities
  [[nodiscard]] Tokens unbonding() const;           ///< of all own identities
  /// Own random numbers: a stream that belongs to this identity and `key`.
  [[nodiscard]] sim::Draws draws(std::uint64_t key) const;

 private:
  const World* world_;
  const Rules* rules_;
  IdentityId self_;
};

}  // namespace assay::protocol
