#pragma once

#include <cstdint>
#include <vector>

#include "protocol/ids.hpp"
#include "protocol/money.hpp"
#include "protocol/verification/verification.hpp"
#include "sim/bytes.hpp"
#include "sim/draws.hpp"

namespace assay::protocol {

/// The identities that can be called to verify, each with the stake that a draw may go by. Part of
/// the world: its order decides draws.
class VerifierPool {
 public:
  [[nodiscard]] std::size_t size() const { return members_.size(); }
  void add(IdentityId id, Tokens stake);
  /// Takes the identity out; O(members), and as rare as a conviction. It must be in.
  void remove(IdentityId id);

  /// Up to `wanted` distinct members in the order of their draws: each with the same chance, or
  /// each draw in proportion to stake among those not drawn yet; members without stake are never
  /// drawn by stake. O(wanted log members) by stake.
  [[nodiscard]] std::vector<IdentityId> draw(sim::Draws draws, std::uint32_t wanted,
                                             VerifierDraw by) const;

  void save(sim::ByteWriter& out) const;
  void load(sim::ByteReader& in);

 private:
  void rebuild();
  void add_stake(std::vector<std::int64_t>& sums, std::size_t place, std::int64_t micro) const;
  [[nodiscard]] std::size_t place_of(const std::vector<std::int64_t>& sums,
                                     std::int64_t mark) const;

  std::vector<IdentityId> members_;
  std::vector<std::int64_t> stakes_;  ///< micro-tokens, by member
  /// Partial sums of the stakes (Fenwick, "A new data structure for cumulative frequency tables",
  /// Software: Practice and Experience 24, 1994).
  std::vector<std::int64_t> sums_;
  std::int64_t total_ = 0;
};

}  // namespace assay::protocol
