#pragma once

#include <cstdint>
#include <vector>

#include "protocol/ids.hpp"
#include "protocol/money.hpp"
#include "protocol/verification/verification.hpp"
#include "sim/bytes.hpp"
#include "sim/draws.hpp"

namespace assay::protocol {

/// The identities that can be called to verify, each with the stake that a draw may go by. Each has
/// a place for good: who goes leaves it empty, and a new name of the same verifier gets it back.
/// Draws go by places and pass over the empty ones. So in two markets of which one has convicted a
/// verifier all others are called where they would have been, and the two stay comparable. Part of
/// the world: its order decides draws.
class VerifierPool {
 public:
  /// Those who can be called.
  [[nodiscard]] std::size_t size() const { return members_.size() - away_; }
  void add(IdentityId id, Tokens stake);
  /// Takes the identity out; O(places), and as rare as a conviction. It must be in.
  void remove(IdentityId id);
  /// Puts `id` into the place that `former` has left, which must be one.
  void take_over(IdentityId former, IdentityId id, Tokens stake);

  /// Up to `wanted` distinct members: each with the same chance, or each draw in proportion to
  /// stake among those not drawn yet, in that order; members without stake are never drawn by
  /// stake. O(wanted log places) by stake where few places are empty.
  [[nodiscard]] std::vector<IdentityId> draw(sim::Draws draws, std::uint32_t wanted,
                                             VerifierDraw by) const;

  void save(sim::ByteWriter& out) const;
  void load(sim::ByteReader& in);

 private:
  [[nodiscard]] std::vector<IdentityId> draw_by_head(sim::Draws draws, std::uint32_t wanted) const;
  [[nodiscard]] std::vector<IdentityId> draw_by_stake(sim::Draws draws, std::uint32_t wanted) const;
  [[nodiscard]] std::size_t place_of_member(IdentityId id) const;
  void rebuild();
  void add_stake(std::vector<std::int64_t>& sums, std::size_t place, std::int64_t micro) const;
  [[nodiscard]] std::size_t place_of(const std::vector<std::int64_t>& sums,
                                     std::int64_t mark) const;

  std::vector<IdentityId> members_;   ///< by place; of an empty one, who left it
  std::vector<std::int64_t> stakes_;  ///< micro-tokens, by place
  std::vector<std::uint8_t> empty_;   ///< by place
  std::size_t away_ = 0;              ///< empty places
  /// Partial sums of the stakes (Fenwick, "A new data structure for cumulative frequency tables",
  /// Software: Practice and Experience 24, 1994).
  std::vector<std::int64_t> sums_;
  std::int64_t total_ = 0;       ///< of the stakes of all places
  std::int64_t away_stake_ = 0;  ///< of the empty ones
};

}  // namespace assay::protocol
